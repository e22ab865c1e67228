using Bantam.Formats;
using Bantam.Formats.Llama2c;
using Bantam.Models;
using Bantam.Nn;
using Bantam.Tensors;
using Bantam.Tokenizers;

namespace Bantam.Checkpoints;

/// <summary>
/// A model as some file or directory holds it, in one shape: configuration, weights under Hugging Face paths where they
/// lie in the mapped file, and vocabulary. What the container was matters only to those who write it again.
/// </summary>
public sealed class Checkpoint : IDisposable
{
    private readonly IDisposable _files;

    internal Checkpoint(string path, IDisposable files) => (Path, _files) = (path, files);

    /// <summary>The path as it was given.</summary>
    public string Path { get; }

    /// <summary>The container, for people: <c>GGUF v3</c>, <c>safetensors directory</c>, <c>llama2.c</c>.</summary>
    public required string Container { get; init; }

    /// <summary>Hyperparameters; the pairing of rotated elements is that of these weights' rows.</summary>
    public required ModelConfig Config { get; init; }

    /// <summary>The weights.</summary>
    public required Weights Weights { get; init; }

    /// <summary>The vocabulary, or null where the checkpoint has none.</summary>
    public Vocabulary? Vocabulary { get; init; }

    /// <summary>Bytes of all weight files.</summary>
    public required long FileBytes { get; init; }

    /// <summary>What the model is called, or null.</summary>
    public string? Name { get; init; }

    /// <summary>The Jinja chat template, or null.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>Further chat templates by name, such as <c>tool_use</c>.</summary>
    public IReadOnlyDictionary<string, string> OtherChatTemplates { get; init; } = new Dictionary<string, string>();

    /// <summary>The GGUF metadata, where the container is one: writers carry over what they do not know.</summary>
    internal Formats.Gguf.GgufMetadata? Metadata { get; init; }

    /// <summary>Why there is no vocabulary although the checkpoint has a tokenizer, or null.</summary>
    internal string? UnreadTokenizer { get; init; }

    /// <summary>What of the tokenizer the vocabulary does not hold.</summary>
    internal IReadOnlyList<string> TokenizerNotices { get; init; } = [];

    /// <summary>The files of a directory that make up tokenizer and chat templates; none where the vocabulary was given apart.</summary>
    internal IReadOnlyList<string> TokenizerFiles { get; init; } = [];

    /// <summary>What the configuration asks for and never gets, one line for people, or null: the model's own code.</summary>
    internal string? CodeNotice { get; init; }

    /// <summary>Names of the settings for generating that a directory has and that are not carried.</summary>
    internal IReadOnlyList<string> GenerationSettings { get; init; } = [];

    /// <summary>
    /// Opens a GGUF file, a Hugging Face directory (or the safetensors file in one), or a llama2.c checkpoint, recognised
    /// by content.
    /// </summary>
    /// <param name="path">File or directory.</param>
    /// <param name="tokenizer">A tokenizer file where the checkpoint brings none: llama2.c's <c>tokenizer.bin</c>, a <c>tokenizer.model</c> or a <c>tokenizer.json</c>.</param>
    /// <exception cref="ModelFileException">The file is refused; the line says why.</exception>
    /// <exception cref="UnsupportedModelException">The family is not known (BT2001).</exception>
    public static Checkpoint Open(string path, string? tokenizer = null)
    {
        if (Directory.Exists(path)) return HuggingFaceCheckpoint.Open(path, tokenizer);
        Span<byte> start = stackalloc byte[8];
        using (var map = new MappedFile(path))
        {
            PickleGuard.Refuse(path, Window(map));
            start = start[..(int)Math.Min(start.Length, map.Length)];
            Window(map)[..start.Length].CopyTo(start);
        }
        if (start.StartsWith("GGUF"u8)) return GgufCheckpoint.Open(path, tokenizer);
        if (path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase))
            return HuggingFaceCheckpoint.Open(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!, tokenizer);
        if (path.EndsWith(".bin", StringComparison.OrdinalIgnoreCase)) return Llama2cCheckpoint.Open(path, tokenizer);
        throw new ModelFileException("BT1002", path, "content", $"0x{Convert.ToHexString(start)}…", "expected a GGUF file, a Hugging Face directory, a .safetensors file in one, or a llama2.c .bin");
    }

    /// <summary>
    /// Tells this model from others without reading all of it: a hash of the configuration, of names, types and shapes of the
    /// tensors, and of samples of their bytes. What was derived from a model, such as saved keys and values, is kept beside it.
    /// </summary>
    public string Fingerprint() => Checkpoints.Fingerprint.Of(Config, Weights);

    /// <summary>Builds the model over the mapped weights.</summary>
    /// <exception cref="UnsupportedModelException">The family can be sized but not run yet (BT2001).</exception>
    /// <exception cref="BantamException">A tensor is missing, of another shape or left over (BT2103 to BT2105).</exception>
    public CausalLm CreateModel() => CreateModel(Weights);

    /// <summary>Builds the model over <paramref name="weights"/> instead of this checkpoint's own.</summary>
    public CausalLm CreateModel(Weights weights) => CreateModel(Config, weights);

    /// <summary>Builds the model over weights that lie as <paramref name="config"/> says.</summary>
    internal CausalLm CreateModel(ModelConfig config, Weights weights) => Architectures.Of(config).Create is { } create
        ? create(config, weights)
        : throw new UnsupportedModelException(Path, Config.Architecture, $"can be sized but not run yet; families that run: {string.Join(", ", Architectures.All.Where(a => a.Create is not null).Select(a => a.Name))}");

    /// <summary>Makes the tokenizer.</summary>
    /// <exception cref="BantamException">The checkpoint has no vocabulary, or one whose rule for splitting text is not known (BT1045).</exception>
    public Tokenizer CreateTokenizer() => Vocabulary is not null
        ? Tokenizer.Create(Vocabulary)
        : throw new BantamException("BT1045", $"{Path}: {UnreadTokenizer ?? "no vocabulary that Bantam reads"}; pass a tokenizer.model, tokenizer.json or tokenizer.bin with --tokenizer");

    /// <summary>Unmaps the weights; models built over them must not be used afterwards.</summary>
    public void Dispose() => _files.Dispose();

    /// <summary>Reads a vocabulary from a file given apart; <paramref name="vocabSize"/> is what a llama2.c file must hold, or null for all that it has.</summary>
    internal static Vocabulary ReadTokenizer(string path, int? vocabSize) => System.IO.Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".bin" => Llama2cVocabulary.Create(path, Llama2cTokenizer.Read(path, vocabSize).Tokens),
        ".json" => HuggingFaceTokenizer.ReadJson(path),
        ".txt" => HuggingFaceTokenizer.ReadVocabTxt(path),
        _ => SentencePieceModel.Load(path),
    };

    private static unsafe ReadOnlySpan<byte> Window(MappedFile map) => new(map.Data, (int)Math.Min(map.Length, PickleGuard.Window));
}
