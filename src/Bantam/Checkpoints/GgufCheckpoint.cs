using Bantam.Formats.Gguf;
using Bantam.Models;
using Bantam.Nn;
using Bantam.Tensors;

namespace Bantam.Checkpoints;

/// <summary>Opens GGUF files.</summary>
internal static class GgufCheckpoint
{
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
                metadata = Without(metadata, GgufTokenizer.Prefix);
                GgufTokenizer.Write(metadata, Checkpoint.ReadTokenizer(tokenizer, config.VocabSize), config.VocabSize);
                config = GgufConfig.Read(metadata, file.Tensors);
            }
            config = RopeTables.Read(file, config);
            var tensors = Tensors(file, config);
            RefuseMoreThanTheFileHolds(file, config);
            var vocabulary = GgufTokenizer.Read(metadata, out var unread);
            if (vocabulary?.Count > config.VocabSize)
                throw new ModelFileException("BT1040", path, "number of tokens", $"{vocabulary.Count}", $"must be at most {config.VocabSize}, the rows of token_embd.weight");
            var templates = GgufTokenizer.ReadTemplates(metadata);
            return new Checkpoint(path, file)
            {
                Container = $"GGUF v{file.Version}",
                Config = config,
                Weights = new Weights(path, tensors),
                Vocabulary = vocabulary,
                UnreadTokenizer = unread,
                FileBytes = file.FileBytes,
                Name = metadata.TryGet("general.name", out _) ? metadata.GetString("general.name") : null,
                ChatTemplate = templates.Default,
                OtherChatTemplates = templates.Others,
                Metadata = metadata,
            };
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static GgufMetadata Without(GgufMetadata m, string prefix)
    {
        var rest = new GgufMetadata(m.File);
        foreach (var (key, value) in m.Pairs)
            if (!key.StartsWith(prefix, StringComparison.Ordinal)) rest[key] = value;
        return rest;
    }

    // Under Hugging Face paths; a name without one stays, and the model will say that it has no place for it.
    private static OrderedDictionary<string, Tensor> Tensors(GgufFile file, ModelConfig config)
    {
        var names = GgufNames.For(file.Metadata.GetString("general.architecture"));
        var tensors = new OrderedDictionary<string, Tensor>();
        foreach (var info in file.Tensors.Where(t => !RopeTables.IsTable(t.Name)))
        {
            if (info.Shape.Rank == 3 && names.ToExpert(info.Name, 0) is not null)
                foreach (var (expert, tensor) in Experts(file, info, config)) Add(names.ToExpert(info.Name, expert)!, tensor);
            else
                Add(names.ToHuggingFace(info.Name) ?? info.Name, file.Tensor(info.Name));
        }
        return tensors;

        void Add(string path, Tensor tensor)
        {
            if (!tensors.TryAdd(path, tensor))
                throw new ModelFileException("BT1021", file.Path, $"tensor '{ModelFileException.Printable(path)}'", "there twice", "under its GGUF name and under this one; each may appear once");
        }
    }

    // A stack [E, out, in] as E matrices, where they lie.
    private static IEnumerable<(int Expert, Tensor Tensor)> Experts(GgufFile file, GgufTensorInfo info, ModelConfig config)
    {
        if (info.Shape[0] != config.NumExperts)
            throw new ModelFileException("BT1036", file.Path, $"tensor '{ModelFileException.Printable(info.Name)}'", $"{info.Shape}", $"must stack expert_count ({config.NumExperts}) matrices");
        var stack = file.Tensor(info.Name);
        for (var expert = 0; expert < config.NumExperts; expert++)
            yield return (expert, stack.Slice(expert * info.Shape[1], info.Shape[1]));
    }

    private static void RefuseMoreThanTheFileHolds(GgufFile file, ModelConfig config)
    {
        if (file.Tensors.Count > 0 && ClaimedParameters.Exceed(config, file.FileBytes))
            throw new ModelFileException("BT1036", file.Path, "metadata", $"over {ClaimedParameters.Most(file.FileBytes)} parameters", $"must be at most 8 for each of the file's {file.FileBytes} bytes");
    }
}
