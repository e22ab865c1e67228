using Bantam.Formats.Gguf;
using Bantam.Formats.HuggingFace;
using Bantam.Formats.Llama2c;
using Bantam.Formats.Safetensors;
using Bantam.Models;
using Bantam.Tensors;

namespace Bantam.Cli;

/// <summary>A tensor in a file.</summary>
internal sealed record InspectedTensor(string Name, Tensor View);

/// <summary>What is in a model file, whichever container it is. Views of tensors live until it is disposed.</summary>
internal sealed class InspectedFile : IDisposable
{
    private readonly IDisposable _open;

    private InspectedFile(ModelContainer container, IDisposable open) => (Container, _open) = (container, open);

    /// <summary>The container.</summary>
    public ModelContainer Container { get; }

    /// <summary>Its version, where it has one.</summary>
    public string? Version { get; private init; }

    /// <summary>How many files make it up: those that hold tensors, or the one that was opened.</summary>
    public int FileCount { get; private init; } = 1;

    /// <summary>Bytes of those files.</summary>
    public required long FileBytes { get; init; }

    /// <summary>Metadata in the order of the file.</summary>
    public required IReadOnlyList<MetadataEntry> Metadata { get; init; }

    /// <summary>What one might not expect of the file, one line, or null.</summary>
    public string? Notice { get; private init; }

    /// <summary>Tensors in the order of the file.</summary>
    public required IReadOnlyList<InspectedTensor> Tensors { get; init; }

    /// <summary>Opens the file or folder at <paramref name="path"/>.</summary>
    public static InspectedFile Open(string path)
    {
        var container = ModelContainers.Of(path);
        return container switch
        {
            ModelContainer.Gguf => Of(GgufFile.Open(path)),
            ModelContainer.Safetensors => Of(SafetensorsFile.Open(path)),
            ModelContainer.SafetensorsIndex => Of(ShardedSafetensors.Open(path)),
            ModelContainer.Llama2c => Of(Llama2cFile.Open(path)),
            _ => Of(HuggingFaceDirectory.Open(path), container),
        };
    }

    public void Dispose() => _open.Dispose();

    private static InspectedFile Of(GgufFile file) => new(ModelContainer.Gguf, file)
    {
        Version = $"{file.Version}",
        FileCount = file.Parts.Count,
        FileBytes = file.FileBytes,
        Metadata = [.. file.Metadata.Pairs.Select(p => MetadataEntry.Of(p.Key, p.Value))],
        Tensors = [.. file.Tensors.Select(t => new InspectedTensor(t.Name, file.Tensor(t.Name)))],
    };

    private static InspectedFile Of(SafetensorsFile file) => new(ModelContainer.Safetensors, file)
    {
        FileBytes = file.Header.FileLength,
        Metadata = [.. file.Metadata.Select(p => MetadataEntry.Of(p.Key, p.Value))],
        Tensors = [.. file.Tensors.Select(t => new InspectedTensor(t.Name, file.Tensor(t.Name)))],
    };

    private static InspectedFile Of(ShardedSafetensors shards) => new(ModelContainer.SafetensorsIndex, shards)
    {
        FileCount = shards.Files.Count,
        FileBytes = shards.Files.Sum(f => f.Header.FileLength),
        Metadata = [.. shards.Files.SelectMany(f => f.Metadata).DistinctBy(p => p.Key).Select(p => MetadataEntry.Of(p.Key, p.Value))],
        Tensors = [.. shards.Tensors.Select(t => new InspectedTensor(t.Key, t.Value))],
    };

    private static InspectedFile Of(HuggingFaceDirectory directory, ModelContainer container) => new(container, directory)
    {
        Notice = CustomCode.Notice(directory.Config),
        FileCount = Math.Max(1, directory.WeightFiles.Count),
        FileBytes = directory.WeightFiles.Sum(f => f.Header.FileLength),
        Metadata = [.. directory.Config.EnumerateObject().Select(p => MetadataEntry.Of(p.Name, p.Value))],
        Tensors = [.. directory.Tensors.Select(t => new InspectedTensor(t.Key, t.Value))],
    };

    private static InspectedFile Of(Llama2cFile file)
    {
        var h = file.Header;
        return new(ModelContainer.Llama2c, file)
        {
            Version = "0", // the legacy export; others are refused
            FileBytes = h.FileLength,
            Metadata =
            [
                new("dim", "I32", h.Dim), new("hidden_dim", "I32", h.HiddenDim), new("n_layers", "I32", h.LayerCount), new("n_heads", "I32", h.HeadCount),
                new("n_kv_heads", "I32", h.KvHeadCount), new("vocab_size", "I32", h.VocabSize), new("seq_len", "I32", h.SequenceLength), new("tied_head", "Bool", h.TiedHead),
            ],
            Tensors = [.. file.Tensors.Select(t => new InspectedTensor(t.Key, t.Value))],
        };
    }
}
