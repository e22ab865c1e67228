using Bantam.Formats.Gguf;
using Bantam.Nn;
using Bantam.Tensors;
using Bantam.Tokenizers;

namespace Bantam.Checkpoints;

/// <summary>Opens GGUF files.</summary>
internal static class GgufCheckpoint
{
    private const string Prefix = "tokenizer.ggml.";

    public static Checkpoint Open(string path, string? tokenizer)
    {
        var file = GgufFile.Open(path);
        try
        {
            var metadata = file.Metadata;
            var config = GgufConfig.Read(metadata, file.Tensors);
            if (tokenizer is not null)
            {
                // Nothing of the file's own tokenizer stays: its special tokens are other pieces in the one that was given.
                metadata = Without(metadata, Prefix);
                GgufExport.WriteVocabulary(metadata, Checkpoint.ReadTokenizer(tokenizer, config.VocabSize));
                config = GgufConfig.Read(metadata, file.Tensors);
            }
            return new Checkpoint(path, file)
            {
                Container = $"GGUF v{file.Version}",
                Config = config,
                Weights = new Weights(path, Tensors(file)),
                Vocabulary = ReadVocabulary(metadata),
                FileBytes = file.FileBytes,
                Name = metadata.TryGet("general.name", out _) ? metadata.GetString("general.name") : null,
                ChatTemplate = metadata.TryGet("tokenizer.chat_template", out _) ? metadata.GetString("tokenizer.chat_template") : null,
                Metadata = metadata,
            };
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The vocabulary of a GGUF file, or null where it is of a kind that is not read yet.</summary>
    internal static Vocabulary? ReadVocabulary(GgufMetadata m)
    {
        if (!m.TryGet(Prefix + "model", out _) || m.GetString(Prefix + "model") != "llama" || !m.Contains(Prefix + "tokens")) return null;
        return GgufVocabulary.Create(
            m.File,
            m.GetStrings(Prefix + "tokens"),
            m.Contains(Prefix + "scores") ? m.GetFloats(Prefix + "scores") : null,
            m.Contains(Prefix + "token_type") ? m.GetInts(Prefix + "token_type") : null,
            Id("bos_token_id"),
            Id("eos_token_id"),
            Id("unknown_token_id"),
            Id("padding_token_id"),
            new[] { Id("eot_token_id"), Id("eom_token_id") }.OfType<long>(),
            m.GetBool(Prefix + "add_bos_token", true),
            m.GetBool(Prefix + "add_eos_token", false),
            m.GetBool(Prefix + "add_space_prefix", true),
            m.GetString(Prefix + "pre", "default"));

        long? Id(string key) => m.Contains(Prefix + key) ? m.GetLong(Prefix + key) : null;
    }

    private static GgufMetadata Without(GgufMetadata m, string prefix)
    {
        var rest = new GgufMetadata(m.File);
        foreach (var (key, value) in m.Pairs)
            if (!key.StartsWith(prefix, StringComparison.Ordinal)) rest[key] = value;
        return rest;
    }

    // Under Hugging Face paths; a name without one stays, and the model will say that it has no place for it.
    private static OrderedDictionary<string, Tensor> Tensors(GgufFile file)
    {
        var names = GgufNames.For(file.Metadata.GetString("general.architecture"));
        var tensors = new OrderedDictionary<string, Tensor>();
        foreach (var info in file.Tensors)
        {
            var path = names.ToHuggingFace(info.Name) ?? info.Name;
            if (!tensors.TryAdd(path, file.Tensor(info.Name)))
                throw new ModelFileException("BT1021", file.Path, $"tensor '{ModelFileException.Printable(path)}'", "there twice", "under its GGUF name and under this one; each may appear once");
        }
        return tensors;
    }
}
