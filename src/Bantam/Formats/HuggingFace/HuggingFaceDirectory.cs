using System.Text.Json;
using Bantam.Formats.Safetensors;
using Bantam.Tensors;

namespace Bantam.Formats.HuggingFace;

/// <summary>
/// A model as the Hugging Face hub keeps it: a directory with <c>config.json</c>, safetensors and tokenizer files. With
/// the configuration alone it can still be sized.
/// </summary>
public sealed class HuggingFaceDirectory : IDisposable
{
    /// <summary>Longest configuration that is read, in bytes; real ones have a few thousand.</summary>
    public const int MaxConfigBytes = 10_000_000;

    private static readonly StrictJson.Codes Codes = new("BT1063", "BT1062", "BT1062");

    private readonly string? _folder;
    private SafetensorsFile? _single;
    private ShardedSafetensors? _sharded;

    private HuggingFaceDirectory(string path, string? folder, JsonElement config)
    {
        Path = path;
        _folder = folder;
        Config = config;
    }

    /// <summary>The path as it was given.</summary>
    public string Path { get; }

    /// <summary>The content of <c>config.json</c>: an object with unique keys, finite numbers and a bounded depth. Names like <c>auto_map</c> that point at code are only text here.</summary>
    public JsonElement Config { get; }

    /// <summary>The content of <c>generation_config.json</c>, or null where there is none.</summary>
    public JsonElement? GenerationConfig { get; private set; }

    /// <summary>The index of a sharded checkpoint, read even when the weights are not; null where there is none.</summary>
    public SafetensorsIndex? Index { get; private set; }

    /// <summary>Views of all tensors by name, in the order of the files; empty when there are no weights or they were not asked for.</summary>
    public IReadOnlyDictionary<string, Tensor> Tensors { get; private set; } = new Dictionary<string, Tensor>();

    /// <summary>The safetensors files that are mapped, with their headers.</summary>
    public IReadOnlyList<SafetensorsFile> WeightFiles => _single is not null ? [_single] : _sharded?.Files ?? [];

    /// <summary>Path of <c>tokenizer.json</c> (the tokenizers library), or null.</summary>
    public string? TokenizerJson => FindFile("tokenizer.json");

    /// <summary>Path of <c>tokenizer.model</c> (SentencePiece, or tiktoken ranks), or null.</summary>
    public string? TokenizerModel => FindFile("tokenizer.model");

    /// <summary>Path of <c>tokenizer_config.json</c>, or null.</summary>
    public string? TokenizerConfig => FindFile("tokenizer_config.json");

    /// <summary>Path of <c>special_tokens_map.json</c>, or null.</summary>
    public string? SpecialTokensMap => FindFile("special_tokens_map.json");

    /// <summary>Opens a directory, or a <c>config.json</c> alone.</summary>
    /// <param name="path">The directory, or the path of a configuration; in the second case nothing beside it is looked at.</param>
    /// <param name="weights">Whether to map the weights. Sizing needs only the configuration, and works where the weights are missing.</param>
    /// <exception cref="ModelFileException">
    /// The configuration is too large, too deep, or has duplicate keys (BT1062); it is missing or no JSON object (BT1063);
    /// the only weights are pickles (BT1061); or the safetensors are refused (BT1050 to BT1060).
    /// </exception>
    public static HuggingFaceDirectory Open(string path, bool weights = true)
    {
        var isFolder = Directory.Exists(path);
        var config = isFolder ? System.IO.Path.Combine(path, "config.json") : path;
        if (isFolder && !File.Exists(config))
            throw new ModelFileException("BT1063", System.IO.Path.TrimEndingDirectorySeparator(path), "config.json", "missing", "a Hugging Face directory needs one");
        var opened = new HuggingFaceDirectory(path, isFolder ? path : null, StrictJson.Read(config, MaxConfigBytes, Codes));
        try
        {
            if (opened.FindFile("generation_config.json") is { } generation)
                opened.GenerationConfig = StrictJson.Read(generation, MaxConfigBytes, Codes);
            opened.OpenWeights(weights);
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>Opens a directory for its tokenizer: weights are not looked at, and <c>config.json</c> may be missing.</summary>
    /// <exception cref="ModelFileException">A configuration that is there is too large, too deep, has duplicate keys (BT1062), or is no JSON object (BT1063).</exception>
    internal static HuggingFaceDirectory OpenTokenizer(string path)
    {
        var config = System.IO.Path.Combine(path, "config.json");
        var opened = new HuggingFaceDirectory(path, path, File.Exists(config) ? StrictJson.Read(config, MaxConfigBytes, Codes) : StrictJson.Parse("{}"u8, config, Codes));
        if (opened.FindFile("generation_config.json") is { } generation) opened.GenerationConfig = StrictJson.Read(generation, MaxConfigBytes, Codes);
        return opened;
    }

    /// <summary>The path of the file called <paramref name="name"/> in the directory (<c>chat_template.jinja</c>, <c>merges.txt</c>), or null where there is none.</summary>
    public string? FindFile(string name) =>
        _folder is not null && System.IO.Path.Combine(_folder, name) is var file && File.Exists(file) ? file : null;

    /// <summary>Unmaps the weights; views of them must not be used afterwards.</summary>
    public void Dispose()
    {
        _single?.Dispose();
        _sharded?.Dispose();
    }

    // One file before an index, as transformers chooses.
    private void OpenWeights(bool map)
    {
        var single = FindFile(ShardedSafetensorsWriter.SingleFileName);
        var index = FindFile(SafetensorsIndex.FileName);
        if (single is not null && map)
        {
            _single = SafetensorsFile.Open(single);
            var tensors = new OrderedDictionary<string, Tensor>(StringComparer.Ordinal);
            foreach (var tensor in _single.Tensors)
                tensors.Add(tensor.Name, _single.View(tensor));
            Tensors = tensors;
        }
        else if (index is not null && map)
        {
            _sharded = ShardedSafetensors.Open(index);
            Index = _sharded.Index;
            Tensors = _sharded.Tensors;
        }
        else if (index is not null)
        {
            Index = SafetensorsIndex.Load(index);
        }
        else if (map && _folder is not null)
        {
            RefusePickles(_folder);
        }
    }

    // No safetensors: a directory that has pickles instead is refused, one without any weights can still be sized.
    private static void RefusePickles(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal))
        {
            if (PickleGuard.IsPickleName(file) || (file.EndsWith(".bin", StringComparison.OrdinalIgnoreCase) && PickleGuard.HoldsPickle(file)))
                throw PickleGuard.Refusal(System.IO.Path.TrimEndingDirectorySeparator(folder), "only weight file", System.IO.Path.GetFileName(file));
        }
    }
}
