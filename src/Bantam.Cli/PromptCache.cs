namespace Bantam.Cli;

/// <summary>The file that keeps a prompt's keys and values from one run to the next.</summary>
internal sealed class PromptCache
{
    private readonly string _given;
    private readonly string _path;

    /// <summary>Checks, before a model is opened, that there is a place for the file.</summary>
    /// <exception cref="BantamException">A directory, a device, or no such folder (BT3016).</exception>
    public PromptCache(string path)
    {
        (_given, _path) = (path, RealPath.Of(path));
        if (Directory.Exists(_path)) throw Refuse("a directory; name a file in it");
        if (!Directory.Exists(Path.GetDirectoryName(_path))) throw Refuse($"there is no folder {Path.GetDirectoryName(_path)}; make it first");
        if (_path.StartsWith("/dev/", StringComparison.Ordinal)) throw Refuse("a device; name a file");
    }

    /// <summary>How many tokens of the prompt the model need not compute. A file that is something else, or of another model, is refused and stays as it is.</summary>
    public int Load(LanguageModel model, int[] prompt) => File.Exists(_path) && new FileInfo(_path).Length > 0 ? model.LoadPrefix(_path, prompt) : 0;

    /// <summary>Writes what the model has computed.</summary>
    /// <exception cref="BantamException">It cannot be written (BT3016).</exception>
    public void Save(LanguageModel model)
    {
        try
        {
            model.SavePrefix(_path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Their own words name the part that is written first.
            throw Refuse(e is UnauthorizedAccessException ? "no permission to write there" : e.Message);
        }
    }

    private BantamException Refuse(string why) => new("BT3016", $"{ModelFileException.Printable(_given)}: the prompt's keys and values cannot be kept there: {why}");
}
