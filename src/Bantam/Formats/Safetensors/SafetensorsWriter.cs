using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;

namespace Bantam.Formats.Safetensors;

/// <summary>
/// Writes safetensors files, one tensor at a time: nothing but the header is held in memory, and the length is known
/// beforehand to the byte.
/// </summary>
/// <remarks>
/// As the reference does, tensors of wide elements come first and the header is padded with spaces to a multiple of
/// eight, so that every tensor lies at a multiple of its element size. Otherwise the order given is kept.
/// </remarks>
public static class SafetensorsWriter
{
    /// <summary>The length in bytes of the file that <see cref="Write"/> would write.</summary>
    /// <inheritdoc cref="Write"/>
    public static long PredictBytes(IReadOnlyList<SafetensorsEntry> tensors, IReadOnlyDictionary<string, string>? metadata = null) =>
        checked(Header(Ordered(tensors), metadata, "").Length + tensors.Sum(t => t.Bytes));

    /// <summary>Writes <paramref name="tensors"/> to <paramref name="path"/>: beside it first, then renamed.</summary>
    /// <param name="path">The file to write; one that is there is replaced when all is written.</param>
    /// <param name="tensors">What to write; names must be unique.</param>
    /// <param name="metadata">Free-form strings. Without a <c>format</c> among them, <c>"format": "pt"</c> is added, which transformers asks for.</param>
    /// <exception cref="BantamException">A type has no name in the format (BT1068), or there are more tensors than a reader accepts (BT1053).</exception>
    /// <exception cref="ArgumentException">Two tensors share a name, or one is called <c>__metadata__</c>.</exception>
    public static void Write(string path, IReadOnlyList<SafetensorsEntry> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var ordered = Ordered(tensors);
        var header = Header(ordered, metadata, path);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(header);
            foreach (var tensor in ordered)
            {
                var before = stream.Position;
                tensor.Write(stream);
                var written = stream.Position - before;
                if (written != tensor.Bytes)
                    throw new InvalidOperationException($"tensor '{tensor.Name}' is {tensor.Bytes} bytes and {written} were written");
            }
        });
    }

    private static SafetensorsEntry[] Ordered(IReadOnlyList<SafetensorsEntry> tensors) =>
        [.. tensors.OrderByDescending(t => t.DType.IsBlocked ? 1 : t.DType.BlockBytes)];

    private static byte[] Header(SafetensorsEntry[] tensors, IReadOnlyDictionary<string, string>? metadata, string path)
    {
        var file = Path.GetFileName(path) is { Length: > 0 } name ? $"{name}: " : "";
        if (tensors.Length > SafetensorsHeader.MaxTensors)
            throw new BantamException("BT1053", $"{file}number of tensors is {tensors.Length}; at most {SafetensorsHeader.MaxTensors} go into one file, write shards");
        var names = new HashSet<string>(StringComparer.Ordinal) { "__metadata__" };
        var buffer = new ArrayBufferWriter<byte>(1 << 12);
        buffer.Advance(Clear(buffer, SafetensorsHeader.PrefixBytes));
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            foreach (var (key, value) in WithFormat(metadata))
                json.WriteString(key, value);
            json.WriteEndObject();
            var end = 0L;
            foreach (var tensor in tensors)
            {
                if (!names.Add(tensor.Name))
                    throw new ArgumentException($"there are two tensors called '{tensor.Name}'", nameof(tensors));
                if (tensor.DType.SafetensorsName is not { } type)
                    throw new BantamException("BT1068", $"{file}tensor '{tensor.Name}' is {tensor.DType}; safetensors has no such type, write GGUF or convert to F16 or BF16");
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype"u8, type);
                json.WriteStartArray("shape"u8);
                for (var i = 0; i < tensor.Shape.Rank; i++)
                    json.WriteNumberValue(tensor.Shape[i]);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets"u8);
                json.WriteNumberValue(end);
                json.WriteNumberValue(end = checked(end + tensor.Bytes));
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        var padded = new byte[(buffer.WrittenCount + 7) / 8 * 8];
        padded.AsSpan(buffer.WrittenCount).Fill((byte)' ');
        buffer.WrittenSpan.CopyTo(padded);
        BinaryPrimitives.WriteInt64LittleEndian(padded, padded.Length - SafetensorsHeader.PrefixBytes);
        return padded;
    }

    private static int Clear(ArrayBufferWriter<byte> buffer, int bytes)
    {
        buffer.GetSpan(bytes)[..bytes].Clear();
        return bytes;
    }

    // Sorted, because the same input gives the same bytes.
    private static SortedDictionary<string, string> WithFormat(IReadOnlyDictionary<string, string>? metadata)
    {
        var sorted = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["format"] = "pt" };
        foreach (var (key, value) in metadata ?? new Dictionary<string, string>())
            sorted[key] = value;
        return sorted;
    }
}
