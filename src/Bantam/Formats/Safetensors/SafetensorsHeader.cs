using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Bantam.Formats.Safetensors;

/// <summary>
/// What a safetensors file says about itself: names, types, shapes and places of its tensors. It can be read without
/// the data, so a model can be sized from the first bytes of a download.
/// </summary>
/// <remarks>Specification: the README, JSON schema and "metadata parsing" page of github.com/huggingface/safetensors.</remarks>
public sealed class SafetensorsHeader
{
    /// <summary>Longest JSON header that is read, in bytes; the limit of the reference implementation.</summary>
    public const int MaxBytes = 100_000_000;

    /// <summary>Most tensors, and most metadata entries, in one file. The largest published checkpoints have about 92,000 in well over a hundred files.</summary>
    public const int MaxTensors = 65_536;

    // Bytes of the little-endian length in front of the JSON.
    internal const int PrefixBytes = 8;

    private readonly Dictionary<string, SafetensorsTensor> _byName;

    internal SafetensorsHeader(IReadOnlyDictionary<string, string> metadata, List<SafetensorsTensor> tensors, long dataStart)
    {
        Metadata = metadata;
        Tensors = tensors;
        DataStart = dataStart;
        DataLength = tensors.Count == 0 ? 0 : tensors[^1].End;
        _byName = tensors.ToDictionary(t => t.Name);
    }

    /// <summary>The free-form <c>__metadata__</c>, strings to strings; empty where there is none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>All tensors in the order in which they lie in the file.</summary>
    public IReadOnlyList<SafetensorsTensor> Tensors { get; }

    /// <summary>Where the data begins, in bytes from the start of the file.</summary>
    public long DataStart { get; }

    /// <summary>Bytes of tensor data.</summary>
    public long DataLength { get; }

    /// <summary>Length of the whole file in bytes.</summary>
    public long FileLength => checked(DataStart + DataLength);

    /// <summary>Finds a tensor by its name.</summary>
    public bool TryFind(string name, [NotNullWhen(true)] out SafetensorsTensor? tensor) => _byName.TryGetValue(name, out tensor);

    /// <summary>How many bytes of a file hold its header, from its first eight bytes: what to ask a server for.</summary>
    /// <param name="start">At least the first eight bytes of the file.</param>
    /// <param name="file">Named in refusals.</param>
    /// <param name="totalLength">Length of the whole file in bytes where it is known.</param>
    /// <exception cref="ModelFileException">The length is impossible (BT1050).</exception>
    public static int HeaderBytes(ReadOnlySpan<byte> start, string file, long? totalLength = null)
    {
        if (start.Length < PrefixBytes || totalLength < PrefixBytes)
            throw new ModelFileException("BT1050", file, "file length", $"{Math.Min(start.Length, totalLength ?? start.Length)} bytes", "a safetensors file begins with an 8-byte header length");
        var length = BinaryPrimitives.ReadUInt64LittleEndian(start);
        if (length < 2)
            throw new ModelFileException("BT1050", file, "header length", $"{length}", "the shortest header, {}, has 2 bytes");
        if (length > MaxBytes)
            throw new ModelFileException("BT1050", file, "header length", $"{length}", $"at most {MaxBytes} bytes are read; is this a safetensors file?");
        if (totalLength is { } total && (long)length > total - PrefixBytes)
            throw new ModelFileException("BT1050", file, "header length", $"{length}", $"only {total - PrefixBytes} bytes follow; was the download cut off?");
        return PrefixBytes + (int)length;
    }

    /// <summary>Reads the header at the start of <paramref name="start"/> and checks every rule of the format.</summary>
    /// <param name="start">The file from its first byte; at least <see cref="HeaderBytes"/> of it.</param>
    /// <param name="file">Named in refusals.</param>
    /// <param name="totalLength">Length of the whole file in bytes; null where only the header is at hand, and then the end of the data is not checked.</param>
    /// <exception cref="ModelFileException">It breaks a rule of the format (BT1050 to BT1058).</exception>
    public static SafetensorsHeader Parse(ReadOnlySpan<byte> start, string file, long? totalLength = null)
    {
        var bytes = HeaderBytes(start, file, totalLength);
        if (bytes > start.Length)
            throw new ModelFileException("BT1050", file, "header length", $"{bytes - PrefixBytes}", $"only {start.Length - PrefixBytes} bytes follow; was the download cut off?");
        return SafetensorsHeaderReader.Read(start[PrefixBytes..bytes], file, totalLength - bytes);
    }

    /// <summary>Reads a header from <paramref name="stream"/>, which is left at the first byte of data.</summary>
    /// <param name="stream">A file, or the body of a download.</param>
    /// <param name="file">Named in refusals.</param>
    /// <param name="totalLength">Length of the whole file in bytes where it is known.</param>
    /// <exception cref="ModelFileException">It breaks a rule of the format (BT1050 to BT1058).</exception>
    public static SafetensorsHeader Read(Stream stream, string file, long? totalLength = null)
    {
        var buffer = new byte[PrefixBytes];
        var read = stream.ReadAtLeast(buffer, PrefixBytes, throwOnEndOfStream: false);
        var bytes = HeaderBytes(buffer.AsSpan(0, read), file, totalLength);
        // The buffer grows with what arrives, not with what was claimed.
        while (read < bytes)
        {
            Array.Resize(ref buffer, Math.Min(bytes, Math.Max(1 << 16, 2 * read)));
            var n = stream.ReadAtLeast(buffer.AsSpan(read), buffer.Length - read, throwOnEndOfStream: false);
            read += n;
            if (read < buffer.Length)
                break;
        }
        return Parse(buffer.AsSpan(0, read), file, totalLength);
    }
}
