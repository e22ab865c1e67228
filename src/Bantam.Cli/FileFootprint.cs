using Bantam.Checkpoints;
using Bantam.Formats.Gguf;
using Bantam.Formats.HuggingFace;
using Bantam.Formats.Llama2c;
using Bantam.Formats.Safetensors;
using Bantam.Models;
using Bantam.Sizing;
using Bantam.Tensors;

namespace Bantam.Cli;

/// <summary>The footprint of a file or folder, from headers and configuration; weights are not read.</summary>
/// <param name="Footprint">Its sizes.</param>
/// <param name="Types">The types of its tensors; empty for a bare configuration.</param>
internal sealed record FileFootprint(Footprint Footprint, IReadOnlyCollection<DType> Types)
{
    /// <summary>The footprint of what lies at <paramref name="path"/>.</summary>
    public static FileFootprint Of(string path, ModelContainer container)
    {
        switch (container)
        {
            case ModelContainer.Gguf:
                using (var gguf = GgufFile.Open(path))
                    return OfHeader(path, gguf.Tensors.Select(t => (t.Name, t.DType, t.Shape)), GgufConfig.ReadIfKnown(gguf.Metadata, gguf.Tensors));
            case ModelContainer.Safetensors:
                using (var file = SafetensorsFile.Open(path))
                    return OfHeader(path, file.Tensors.Select(t => (t.Name, t.DType, t.Shape)), ConfigBeside(path));
            case ModelContainer.SafetensorsIndex:
                using (var shards = ShardedSafetensors.Open(path))
                    return OfHeader(path, shards.Tensors.Select(t => (t.Key, t.Value.DType, t.Value.Shape)), ConfigBeside(path));
            case ModelContainer.Llama2c:
                using (var file = Llama2cFile.Open(path))
                    return OfHeader(path, file.Tensors.Select(t => (t.Key, t.Value.DType, t.Value.Shape)), Llama2cCheckpoint.Config(file.Header));
            case ModelContainer.HuggingFaceDirectory:
                return OfDirectory(path);
            default:
                return OfConfig(path);
        }
    }

    private static FileFootprint OfConfig(string path) => new(Footprint.Of(HuggingFaceConfig.Load(path)), []);

    private static FileFootprint OfHeader(string path, IEnumerable<(string Name, DType Type, Shape Shape)> tensors, ModelConfig? config)
    {
        List<(string Name, DType Type, Shape Shape)> all = [.. tensors];
        if (all.Count == 0) throw new BantamException("BT9004", $"{path}: no tensors, so there is nothing to size; is it a vocabulary only?");
        return new(Footprint.Of(all, config), [.. all.Select(t => t.Type).Distinct()]);
    }

    // Weights that are only announced (an index without its shards) are no obstacle: the configuration tells their size.
    private static FileFootprint OfDirectory(string path)
    {
        var single = Path.Combine(path, ShardedSafetensorsWriter.SingleFileName);
        if (File.Exists(single)) return Of(single, ModelContainer.Safetensors);

        using var directory = HuggingFaceDirectory.Open(path, weights: false);
        return directory.Index is { } index && index.Shards.All(s => File.Exists(Path.Combine(path, s)))
            ? Of(Path.Combine(path, SafetensorsIndex.FileName), ModelContainer.SafetensorsIndex)
            : OfConfig(Path.Combine(path, "config.json"));
    }

    // One shard of several is not the model that the configuration describes.
    private static ModelConfig? ConfigBeside(string path)
    {
        var config = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, "config.json");
        var isWhole = Path.GetFileName(path) is ShardedSafetensorsWriter.SingleFileName or SafetensorsIndex.FileName;
        return isWhole && File.Exists(config) ? HuggingFaceConfig.Load(config) : null;
    }
}
