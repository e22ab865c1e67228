using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Bantam.Formats.Gguf;

/// <summary>
/// Everything of a GGUF file but the weights: metadata and tensor descriptions, all validated. Can be had from the first
/// bytes of a file alone, which is enough to size a model before it is downloaded.
/// </summary>
/// <remarks>Specification: github.com/ggml-org/ggml, docs/gguf.md. Versions 2 and 3, little-endian.</remarks>
public sealed class GgufHeader
{
    private const uint Magic = 0x46554747;
    private const int OldestVersion = 2;
    private const int NewestVersion = 3;

    private GgufHeader(string file, int version, GgufMetadata metadata, IReadOnlyList<GgufTensorInfo> tensors)
    {
        File = file;
        Version = version;
        Metadata = metadata;
        Tensors = tensors;
    }

    /// <summary>What errors call the file.</summary>
    public string File { get; }

    /// <summary>Format version: 2 or 3.</summary>
    public int Version { get; }

    /// <summary>The key-value pairs.</summary>
    public GgufMetadata Metadata { get; }

    /// <summary>Alignment of tensor data in bytes.</summary>
    public int Alignment => Metadata.Alignment;

    /// <summary>The tensors, in the order of the file.</summary>
    public IReadOnlyList<GgufTensorInfo> Tensors { get; }

    /// <summary>Where the data section begins, in bytes from the start of the file.</summary>
    public long DataOffset { get; private init; }

    /// <summary>Where the last tensor ends, in bytes from the start of the file: the length of the file, but for the padding at its end.</summary>
    public long DataEnd { get; private init; }

    /// <summary>
    /// Reads a header from the first bytes of a file. False when the header goes on past <paramref name="start"/>: come
    /// back with more.
    /// </summary>
    /// <param name="start">The first bytes.</param>
    /// <param name="file">What errors call the file.</param>
    /// <param name="fileBytes">Length of the whole file where it is known. Only then are the tensors held against the end of the file.</param>
    /// <param name="header">The header.</param>
    /// <exception cref="ModelFileException">The header breaks a rule (BT1001–BT1035).</exception>
    public static unsafe bool TryRead(ReadOnlySpan<byte> start, string file, long? fileBytes, [NotNullWhen(true)] out GgufHeader? header)
    {
        fixed (byte* data = start)
        {
            try
            {
                header = Parse(new GgufCursor(data, start.Length, fileBytes, file));
                return true;
            }
            catch (GgufCursor.Incomplete)
            {
                header = null;
                return false;
            }
        }
    }

    /// <summary>Reads a header from a stream, little further than needed (in growing steps).</summary>
    /// <param name="stream">Positioned at the start of the file.</param>
    /// <param name="file">What errors call the file.</param>
    /// <param name="fileBytes">Length of the whole file where it is known; otherwise a stream that ends early is the whole file.</param>
    /// <exception cref="ModelFileException">The header breaks a rule (BT1001–BT1035) or exceeds <see cref="GgufLimits.MaxStreamedHeaderBytes"/> (BT1008).</exception>
    public static GgufHeader Read(Stream stream, string file, long? fileBytes = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var buffer = new byte[1 << 16];
        var filled = 0;
        while (true)
        {
            filled += stream.ReadAtLeast(buffer.AsSpan(filled), buffer.Length - filled, throwOnEndOfStream: false);
            var ended = filled < buffer.Length;
            if (ended) fileBytes ??= filled;
            if (TryRead(buffer.AsSpan(0, filled), file, fileBytes, out var header)) return header;
            if (ended)
                throw new ModelFileException("BT1001", file, "header", "cut off", $"only {filled} of {fileBytes} bytes came");
            if (buffer.Length >= GgufLimits.MaxStreamedHeaderBytes)
                throw new ModelFileException("BT1008", file, "header length", $"more than {buffer.Length} bytes", "a header of such length is not read from a stream");
            Array.Resize(ref buffer, Math.Min(4 * buffer.Length, GgufLimits.MaxStreamedHeaderBytes));
        }
    }

    /// <summary>Reads the header of a file that lies in memory as a whole.</summary>
    internal static unsafe GgufHeader Read(byte* data, long length, string file) => Parse(new GgufCursor(data, length, length, file));

    private static GgufHeader Parse(GgufCursor cursor)
    {
        if (cursor.Total < GgufLimits.HeaderBytes)
            throw new ModelFileException("BT1001", cursor.File, "file length", $"{cursor.Total} bytes", $"a GGUF file has at least {GgufLimits.HeaderBytes}; was the download cut off?");
        var magic = cursor.Read<uint>("magic");
        if (magic != Magic)
            throw cursor.Refuse("BT1002", "magic", $"0x{BinaryPrimitives.ReverseEndianness(magic):X8}", "a GGUF file begins with 0x47475546 ('GGUF')");
        var version = ReadVersion(cursor);
        var tensorCount = cursor.Read<ulong>("n_tensors");
        var pairCount = cursor.Read<ulong>("n_kv");
        GgufTensorTable.CheckCount(cursor, tensorCount);

        var metadata = GgufMetadataReader.Read(cursor, pairCount);
        var alignment = metadata.Alignment;
        cursor.Subject = ("header", null);
        var tensors = GgufTensorTable.Read(cursor, tensorCount, alignment);

        var dataOffset = GgufDataSection.Pad(cursor.Position, alignment);
        var end = GgufDataSection.Check(cursor, tensors, dataOffset, alignment);
        return new GgufHeader(cursor.File, version, metadata, tensors) { DataOffset = dataOffset, DataEnd = end };
    }

    private static int ReadVersion(GgufCursor cursor)
    {
        const string Versions = "only versions 2 and 3 are read";
        var version = cursor.Read<uint>("version");
        if (version is >= OldestVersion and <= NewestVersion) return (int)version;
        if (BinaryPrimitives.ReverseEndianness(version) is >= 1 and <= NewestVersion)
            throw cursor.Refuse("BT1006", "byte order", "big-endian", $"only little-endian files are read (its version is {BinaryPrimitives.ReverseEndianness(version)}, byte-swapped)");
        throw version switch
        {
            0 => cursor.Refuse("BT1003", "version", "0", Versions),
            1 => cursor.Refuse("BT1004", "version", "1", $"{Versions}; convert the file again with a newer tool"),
            _ => cursor.Refuse("BT1005", "version", $"{version}", Versions),
        };
    }
}
