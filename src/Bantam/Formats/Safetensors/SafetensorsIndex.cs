using System.Text.Json;

namespace Bantam.Formats.Safetensors;

/// <summary>
/// <c>model.safetensors.index.json</c>: which shard holds which tensor. Shard names come from a stranger, so only plain
/// file names are accepted.
/// </summary>
public sealed class SafetensorsIndex
{
    /// <summary>What the file is called beside the shards.</summary>
    public const string FileName = "model.safetensors.index.json";

    /// <summary>Longest index that is read, in bytes. An entry takes about 100, and the largest published models have 92,000.</summary>
    public const int MaxBytes = 64 * 1024 * 1024;

    /// <summary>Most shards in one checkpoint.</summary>
    public const int MaxShards = 1024;

    private static readonly StrictJson.Codes Codes = new("BT1051", "BT1052", "BT1053");

    private SafetensorsIndex(IReadOnlyDictionary<string, string> weightMap, IReadOnlyList<string> shards, long? totalSize)
    {
        WeightMap = weightMap;
        Shards = shards;
        TotalSize = totalSize;
    }

    /// <summary>Tensor name to the file name of its shard, in the order of the index.</summary>
    public IReadOnlyDictionary<string, string> WeightMap { get; }

    /// <summary>File names of the shards, in ordinal order.</summary>
    public IReadOnlyList<string> Shards { get; }

    /// <summary>Bytes of all tensors as <c>metadata.total_size</c> claims them, or null. Published indexes are sometimes wrong here, so it is told and not enforced.</summary>
    public long? TotalSize { get; }

    /// <summary>Reads the index at <paramref name="path"/>; the shards are not looked at.</summary>
    /// <exception cref="ModelFileException">Not such JSON (BT1051), duplicate keys (BT1052), too large or too deep (BT1053), or a shard's name is no plain file name (BT1059).</exception>
    public static SafetensorsIndex Load(string path) => From(StrictJson.Read(path, MaxBytes, Codes), path);

    /// <summary>Reads an index from memory; <paramref name="file"/> is named in refusals.</summary>
    /// <inheritdoc cref="Load"/>
    public static SafetensorsIndex Parse(ReadOnlySpan<byte> utf8, string file) => From(StrictJson.Parse(utf8, file, Codes), file);

    private static SafetensorsIndex From(JsonElement root, string file)
    {
        if (!root.TryGetProperty("weight_map", out var map) || map.ValueKind != JsonValueKind.Object)
            throw new ModelFileException("BT1051", file, "weight_map", map.ValueKind == JsonValueKind.Undefined ? "missing" : $"a JSON {map.ValueKind}", "it must be an object from tensor names to shard names");
        var weights = new OrderedDictionary<string, string>(StringComparer.Ordinal);
        var shards = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var entry in map.EnumerateObject())
        {
            var field = $"weight_map '{ModelFileException.Printable(entry.Name)}'";
            if (entry.Value.ValueKind != JsonValueKind.String)
                throw new ModelFileException("BT1051", file, field, $"a JSON {entry.Value.ValueKind}", "it must be the file name of a shard");
            var shard = entry.Value.GetString()!;
            if (shards.Add(shard))
            {
                ShardPath.Check(shard, file, field);
                if (shards.Count > MaxShards)
                    throw new ModelFileException("BT1053", file, "number of shards", $"over {MaxShards}", $"at most {MaxShards} are read");
            }
            weights.Add(entry.Name, shard);
        }
        return new SafetensorsIndex(weights, [.. shards], ReadTotalSize(root));
    }

    private static long? ReadTotalSize(JsonElement root)
    {
        if (!root.TryGetProperty("metadata", out var metadata) || metadata.ValueKind != JsonValueKind.Object
            || !metadata.TryGetProperty("total_size", out var size) || size.ValueKind != JsonValueKind.Number)
            return null;
        if (size.TryGetInt64(out var bytes))
            return bytes;
        // Some tools divide and write 3441149952.0.
        var real = size.GetDouble();
        return Math.Abs(real) < 1L << 62 ? (long)real : null;
    }
}
