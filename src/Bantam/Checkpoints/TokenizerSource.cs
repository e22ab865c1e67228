using Bantam.Formats;
using Bantam.Formats.Gguf;
using Bantam.Formats.HuggingFace;
using Bantam.Models;
using Bantam.Tensors;
using Bantam.Tokenizers;

namespace Bantam.Checkpoints;

/// <summary>
/// A tokenizer without its model: neither weights nor a known family are needed, so that a vocabulary alone, or that of a
/// model that does not run here, can be used.
/// </summary>
/// <param name="Container">Where it was found, for people: <c>GGUF v3</c>, <c>directory</c>, or the name of the file.</param>
/// <param name="Tokenizer">The tokenizer.</param>
public sealed record TokenizerSource(string Container, Tokenizer Tokenizer)
{
    private const string Expected = "a GGUF file with a tokenizer, a tokenizer.json, tokenizer.model, vocab.txt or list of ranks, or a directory with one of them or with vocab.json and merges.txt";

    // A path to one of these means the tokenizer that it is a part of.
    private static readonly HashSet<string> Parts = new(StringComparer.OrdinalIgnoreCase)
    {
        "config.json", "generation_config.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json", "merges.txt", "model.safetensors.index.json",
    };

    /// <summary>Reads the tokenizer at <paramref name="path"/>.</summary>
    /// <param name="path">
    /// A GGUF file, with or without tensors; a Hugging Face directory or one of its files, with or without
    /// <c>config.json</c>; a <c>tokenizer.json</c>, <c>tokenizer.model</c>, <c>vocab.txt</c>, list of ranks or llama2.c
    /// <c>tokenizer.bin</c> alone.
    /// </param>
    /// <exception cref="ModelFileException">A file is refused, or is none of these (BT1002); BT1045 a kind of tokenizer that is not read, or none.</exception>
    /// <exception cref="BantamException">There is no such file (BT1000), or no tokenizer in it (BT1045).</exception>
    public static TokenizerSource Open(string path)
    {
        if (Directory.Exists(path)) return OfDirectory(path);
        if (IsGguf(path)) return OfGguf(path);
        var name = Path.GetFileName(path);
        if (Parts.Contains(name) || name.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase))
            return OfDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        return new(name, Tokenizer.Create(OfFile(path, name)));
    }

    private static Vocabulary OfFile(string path, string name)
    {
        try
        {
            return Checkpoint.ReadTokenizer(path, null);
        }
        catch (ModelFileException e) when (e.Code == "BT1047" && !name.Contains(".model", StringComparison.OrdinalIgnoreCase))
        {
            // Read as protocol buffers because no other kind fits; its name does not say that it is.
            throw new ModelFileException("BT1002", path, "content", "no tokenizer", $"expected {Expected}");
        }
        catch (ModelFileException e) when (name.EndsWith(".bin", StringComparison.OrdinalIgnoreCase))
        {
            throw new ModelFileException(e.Code, path, e.Field, e.Value, $"{e.Limit}; if it is a llama2.c checkpoint, give its tokenizer.bin");
        }
    }

    private static TokenizerSource OfGguf(string path)
    {
        using var file = GgufFile.Open(path);
        var vocabulary = GgufTokenizer.Read(file.Metadata, out var unread) ?? throw None(path, unread);
        return new($"GGUF v{file.Version}", Tokenizer.Create(vocabulary));
    }

    private static TokenizerSource OfDirectory(string path)
    {
        using var directory = HuggingFaceDirectory.OpenTokenizer(path);
        var read = HuggingFaceTokenizer.Read(directory, HuggingFaceCheckpoint.TokenizerSettings(directory), null, Config(directory));
        return new("directory", Tokenizer.Create(read.Vocabulary ?? throw None(path, read.Unread)));
    }

    // Of the configuration the tokenizer needs the family's name and special ids; the family may be one that nobody knows.
    private static ModelConfig Config(HuggingFaceDirectory directory)
    {
        var fields = new ConfigFields(directory.Config, Path.Combine(directory.Path, "config.json"));
        return new()
        {
            Architecture = fields.Text("model_type") ?? "",
            BosTokenId = SpecialTokens.Begin(fields, Vocabulary.MaxPieces, null),
            EosTokenIds = [.. SpecialTokens.End(fields, Vocabulary.MaxPieces, null).Union(HuggingFaceCheckpoint.GenerationEos(directory, Vocabulary.MaxPieces))],
            VocabSize = Vocabulary.MaxPieces,
            HiddenSize = 0,
            NumHiddenLayers = 0,
            NumAttentionHeads = 0,
            NumKeyValueHeads = 0,
            HeadDim = 0,
            IntermediateSize = 0,
            MaxPositionEmbeddings = 0,
        };
    }

    private static bool IsGguf(string path)
    {
        using var map = new MappedFile(path);
        PickleGuard.Refuse(path, Start(map));
        return Start(map).StartsWith("GGUF"u8) || path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase);
    }

    private static unsafe ReadOnlySpan<byte> Start(MappedFile map) => new(map.Data, (int)Math.Min(map.Length, PickleGuard.Window));

    // Why a kind is not read is told with the code already.
    private static BantamException None(string path, string? unread) => new(
        "BT1045", $"{path}: {unread?.Replace(" (BT1045)", "", StringComparison.Ordinal) ?? $"no tokenizer is in it; give {Expected}"}");
}
