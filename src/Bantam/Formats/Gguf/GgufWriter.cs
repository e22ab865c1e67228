using System.Runtime.InteropServices;
using System.Text;

namespace Bantam.Formats.Gguf;

/// <summary>Writes GGUF version 3, little-endian. Tensors are asked for one at a time, so a model larger than memory can be written.</summary>
public static class GgufWriter
{
    private const int Version = 3;

    /// <summary>The exact length in bytes of the file that writing would make; nothing is written. Sources are descriptions too.</summary>
    /// <exception cref="ModelFileException">As for <see cref="GgufLayout(GgufMetadata, IEnumerable{GgufTensorSpec})"/>.</exception>
    public static long PredictBytes(GgufMetadata metadata, IEnumerable<GgufTensorSpec> tensors) => new GgufLayout(metadata, tensors).FileBytes;

    /// <summary>Writes <paramref name="path"/> as <see cref="AtomicFile"/> does: beside the target first, then renamed.</summary>
    /// <exception cref="ModelFileException">As for <see cref="GgufLayout(GgufMetadata, IEnumerable{GgufTensorSpec})"/>.</exception>
    /// <exception cref="InvalidOperationException">A source wrote more or fewer bytes than its tensor has.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, GgufMetadata metadata, IReadOnlyList<GgufTensorSource> tensors) =>
        AtomicFile.Write(path, stream => Write(stream, metadata, tensors));

    /// <summary>Writes to a stream that can tell its position.</summary>
    internal static void Write(Stream stream, GgufMetadata metadata, IReadOnlyList<GgufTensorSource> tensors)
    {
        var layout = new GgufLayout(metadata, tensors);
        var start = stream.Position;
        using (var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true))
        {
            WriteHeader(writer, metadata, layout);
        }
        Expect(stream, start + layout.HeaderBytes, "header");
        PadTo(stream, start + layout.DataOffset);
        for (var i = 0; i < tensors.Count; i++)
        {
            var begin = start + layout.DataOffset + layout.Tensors[i].Offset;
            PadTo(stream, begin);
            tensors[i].Write(stream);
            Expect(stream, begin + tensors[i].Bytes, $"tensor '{tensors[i].Name}'");
        }
        PadTo(stream, start + layout.FileBytes);
    }

    private static void WriteHeader(BinaryWriter writer, GgufMetadata metadata, GgufLayout layout)
    {
        writer.Write("GGUF"u8);
        writer.Write(Version);
        writer.Write((ulong)layout.Tensors.Count);
        writer.Write((ulong)metadata.Pairs.Count);
        foreach (var (key, value) in metadata.Pairs)
        {
            WriteString(writer, key);
            writer.Write((uint)value.Type);
            WriteValue(writer, value);
        }
        foreach (var tensor in layout.Tensors)
        {
            WriteString(writer, tensor.Name);
            writer.Write(tensor.Shape.Rank);
            // The file lists the contiguous dimension first.
            for (var i = tensor.Shape.Rank - 1; i >= 0; i--)
                writer.Write(tensor.Shape[i]);
            writer.Write(tensor.DType.GgmlType);
            writer.Write(tensor.Offset);
        }
    }

    private static void WriteValue(BinaryWriter writer, GgufValue value)
    {
        if (value.ElementType is { } element)
        {
            writer.Write((uint)element);
            writer.Write((ulong)value.Count);
        }
        switch (value.Value)
        {
            case string text: WriteString(writer, text); break;
            case string[] texts: Array.ForEach(texts, text => WriteString(writer, text)); break;
            case GgufValue[] arrays: Array.ForEach(arrays, array => WriteValue(writer, array)); break;
            case Array numbers: writer.Write(MemoryMarshal.CreateReadOnlySpan(ref MemoryMarshal.GetArrayDataReference(numbers), Buffer.ByteLength(numbers))); break;
            case byte number: writer.Write(number); break;
            case sbyte number: writer.Write(number); break;
            case bool flag: writer.Write(flag); break;
            case ushort number: writer.Write(number); break;
            case short number: writer.Write(number); break;
            case uint number: writer.Write(number); break;
            case int number: writer.Write(number); break;
            case float number: writer.Write(number); break;
            case ulong number: writer.Write(number); break;
            case long number: writer.Write(number); break;
            case double number: writer.Write(number); break;
            default: throw new InvalidOperationException($"GGUF has no value type for {value.Value.GetType().Name}");
        }
    }

    private static void WriteString(BinaryWriter writer, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private static void PadTo(Stream stream, long position)
    {
        ReadOnlySpan<byte> zeros = stackalloc byte[256];
        while (stream.Position < position)
            stream.Write(zeros[..(int)Math.Min(zeros.Length, position - stream.Position)]);
    }

    private static void Expect(Stream stream, long position, string what)
    {
        if (stream.Position != position)
            throw new InvalidOperationException($"{what}: {stream.Position - position:+0;-0} bytes off its predicted end at {position}");
    }
}
