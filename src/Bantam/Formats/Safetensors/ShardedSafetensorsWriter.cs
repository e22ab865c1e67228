using System.Text.Json;

namespace Bantam.Formats.Safetensors;

/// <summary>Writes a checkpoint as several safetensors files and their index, named as transformers names them.</summary>
public static class ShardedSafetensorsWriter
{
    /// <summary>What a checkpoint in one file is called.</summary>
    public const string SingleFileName = "model.safetensors";

    /// <summary>
    /// Fills shards in the order given, each with at most <paramref name="maxShardBytes"/> bytes of tensors (one larger
    /// tensor gets a shard of its own). The index is written last. What fits one shard becomes
    /// <c>model.safetensors</c> without an index.
    /// </summary>
    /// <param name="directory">Made when it is not there.</param>
    /// <param name="tensors">What to write; names must be unique.</param>
    /// <param name="maxShardBytes">Bytes of tensors per shard, headers not counted; 5 GB as in transformers.</param>
    /// <param name="metadata">As in <see cref="SafetensorsWriter.Write"/>, for every shard.</param>
    /// <returns>The names of the files written, the index included.</returns>
    /// <exception cref="BantamException">The directory already has a <c>model.safetensors</c>, which readers would take instead of the shards (BT1069).</exception>
    public static IReadOnlyList<string> Write(
        string directory,
        IReadOnlyList<SafetensorsEntry> tensors,
        long maxShardBytes = 5_000_000_000,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxShardBytes);
        if (tensors.Select(t => t.Name).Distinct(StringComparer.Ordinal).Count() != tensors.Count)
            throw new ArgumentException("two tensors share a name", nameof(tensors));
        var shards = Plan(tensors, maxShardBytes);
        var single = Path.Combine(directory, SingleFileName);
        if (shards.Count > 1 && File.Exists(single))
            throw new BantamException("BT1069", $"{single} is there already; readers would take it instead of {shards.Count} new shards, so remove it first");

        Directory.CreateDirectory(directory);
        if (shards.Count <= 1)
        {
            SafetensorsWriter.Write(single, tensors, metadata);
            return [SingleFileName];
        }
        var names = Enumerable.Range(1, shards.Count).Select(i => $"model-{i:d5}-of-{shards.Count:d5}.safetensors").ToList();
        for (var i = 0; i < shards.Count; i++)
            SafetensorsWriter.Write(Path.Combine(directory, names[i]), shards[i], metadata);
        AtomicFile.Write(Path.Combine(directory, SafetensorsIndex.FileName), stream => WriteIndex(stream, shards, names));
        return [.. names, SafetensorsIndex.FileName];
    }

    private static List<List<SafetensorsEntry>> Plan(IReadOnlyList<SafetensorsEntry> tensors, long maxShardBytes)
    {
        var shards = new List<List<SafetensorsEntry>>();
        var room = 0L;
        foreach (var tensor in tensors)
        {
            if (shards.Count == 0 || tensor.Bytes > room)
            {
                shards.Add([]);
                room = maxShardBytes;
            }
            shards[^1].Add(tensor);
            room -= tensor.Bytes;
        }
        return shards;
    }

    private static void WriteIndex(Stream stream, List<List<SafetensorsEntry>> shards, List<string> names)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        json.WriteStartObject();
        json.WriteStartObject("metadata");
        json.WriteNumber("total_size", checked(shards.Sum(shard => shard.Sum(t => t.Bytes))));
        json.WriteEndObject();
        json.WriteStartObject("weight_map");
        foreach (var (shard, name) in shards.Zip(names))
        {
            foreach (var tensor in shard)
                json.WriteString(tensor.Name, name);
        }
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
