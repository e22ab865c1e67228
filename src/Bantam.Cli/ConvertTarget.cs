using Bantam.Formats.Safetensors;

namespace Bantam.Cli;

/// <summary>
/// The output of a conversion: a GGUF file, or a Hugging Face directory. It appears complete or not at all, and replaces
/// only what it was told to replace and could have written itself.
/// </summary>
internal sealed class ConvertTarget
{
    private static readonly string[] OwnFiles =
    [
        "config.json", "generation_config.json", "tokenizer.model", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
        "added_tokens.json", "vocab.json", "merges.txt", "vocab.txt", "chat_template.jinja", "chat_template.json",
        ShardedSafetensorsWriter.SingleFileName, SafetensorsIndex.FileName,
    ];

    private ConvertTarget(string path) => Path = path;

    /// <summary>The path as it was typed.</summary>
    public string Path { get; }

    /// <summary>Whether it becomes a GGUF file.</summary>
    public bool IsGguf => Path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase);

    /// <summary>Checks, before any work, that <paramref name="path"/> may be written.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="inputs">Files and folders that are read.</param>
    /// <param name="force">Whether what is there is replaced.</param>
    /// <exception cref="BantamException">It is an input (BT9007), exists (BT9006), or its folder does not (BT9008).</exception>
    public static ConvertTarget Of(string path, IEnumerable<string> inputs, bool force)
    {
        var target = new ConvertTarget(path);
        if (inputs.Any(input => RealPath.Same(input, path)))
            throw new BantamException("BT9007", $"{path}: the output is the input; choose another name");
        if (File.Exists(path)) target.CheckFile(force);
        else if (Directory.Exists(path)) target.CheckDirectory(force);
        else if (!Directory.Exists(System.IO.Path.GetDirectoryName(RealPath.Of(path))))
            throw new BantamException("BT9008", $"{path}: there is no folder {System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))}; make it first");
        return target;
    }

    /// <summary>Lets <paramref name="write"/> fill a directory beside the target and puts it in place; a GGUF file is written so by its writer.</summary>
    public void Write(Action<string> write)
    {
        if (IsGguf)
        {
            write(Path);
            return;
        }
        // A link to a directory stays, and what it leads to is replaced.
        var target = RealPath.Of(Path);
        var (part, old) = ($"{target}.{Environment.ProcessId}.part", $"{target}.{Environment.ProcessId}.old");
        try
        {
            write(part);
            var replaces = Directory.Exists(target);
            if (replaces) Directory.Move(target, old);
            Directory.Move(part, target);
            if (replaces) Directory.Delete(old, recursive: true);
        }
        catch
        {
            if (Directory.Exists(old) && !Directory.Exists(target)) Directory.Move(old, target);
            if (Directory.Exists(part)) Directory.Delete(part, recursive: true);
            throw;
        }
    }

    private void CheckFile(bool force)
    {
        if (!IsGguf) throw new BantamException("BT9006", $"{Path}: a file of this name exists, and only a name that ends in .gguf makes a file; choose another name for the directory");
        if (!force) throw Exists();
    }

    private void CheckDirectory(bool force)
    {
        if (IsGguf) throw new BantamException("BT9006", $"{Path}: a directory of this name exists; choose another name for the file");
        var other = Directory.EnumerateFileSystemEntries(Path).Select(e => System.IO.Path.GetFileName(e)!).Order(StringComparer.Ordinal).ToList();
        if (other.Count == 0) return;
        // Replaced as a whole, or old shards and tokenizers would lie beside new weights: nobody else's file may be lost so.
        if (other.Find(name => !IsOwn(name) && !IsTemplates(System.IO.Path.Combine(Path, name))) is { } foreign)
            throw new BantamException("BT9006", $"{Path}: the directory exists and holds more than a model, for instance {foreign}; choose another one");
        if (!force) throw Exists();
    }

    private static bool IsOwn(string name) => OwnFiles.Contains(name)
        || (name.StartsWith("model-", StringComparison.Ordinal) && name.EndsWith(".safetensors", StringComparison.Ordinal));

    private static bool IsTemplates(string path) => System.IO.Path.GetFileName(path) == "additional_chat_templates"
        && Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).All(entry => entry.EndsWith(".jinja", StringComparison.Ordinal));

    private BantamException Exists() => new("BT9006", $"{Path} exists; --force replaces it");
}
