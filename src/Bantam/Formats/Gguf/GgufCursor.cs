using System.Runtime.CompilerServices;
using System.Text;

namespace Bantam.Formats.Gguf;

/// <summary>
/// Reads forward through the first bytes of a file. It knows how many bytes are at hand and how many the whole file has:
/// what leaves the file is refused, and what merely leaves the bytes at hand is reported as <see cref="Incomplete"/>.
/// </summary>
internal sealed unsafe class GgufCursor(byte* data, long available, long? total, string file)
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte* _data = data;

    /// <summary>What errors call the file.</summary>
    public string File => file;

    /// <summary>Length of the whole file, or null where nobody knows.</summary>
    public long? Total => total;

    /// <summary>Bytes read so far.</summary>
    public long Position { get; private set; }

    /// <summary>Bytes that the file has after this point; without bound where its length is unknown.</summary>
    public long Remaining => (total ?? long.MaxValue) - Position;

    /// <summary>What is being read, for errors: <c>metadata</c> or <c>tensor</c>, and its name once that is known.</summary>
    public (string Kind, string? Name) Subject { get; set; } = ("header", null);

    /// <summary>A little-endian number.</summary>
    public T Read<T>(string what)
        where T : unmanaged
    {
        if (Remaining < sizeof(T))
            throw Refuse("BT1001", what, "cut off", $"the file ends after {total} bytes; was the download cut off?");
        return Unsafe.ReadUnaligned<T>(Take(sizeof(T)));
    }

    /// <summary>A length and as many bytes of UTF-8; refused with <paramref name="code"/> when longer than <paramref name="most"/> or the file.</summary>
    public string ReadString(string what, int most, string code, string utf8Code)
    {
        var length = Read<ulong>(what);
        if (length > (ulong)most)
            throw Refuse(code, $"{what} length", $"{length}", $"at most {most} bytes");
        if (length > (ulong)Remaining)
            throw Refuse(code, $"{what} length", $"{length}", $"the file has {Remaining} bytes left");
        var bytes = new ReadOnlySpan<byte>(Take((long)length), (int)length);
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw Refuse(utf8Code, what, $"0x{Convert.ToHexString(bytes[..Math.Min(bytes.Length, 24)])}", "must be valid UTF-8");
        }
    }

    /// <summary>The next bytes, which the caller has held against <see cref="Remaining"/>.</summary>
    public ReadOnlySpan<byte> ReadBytes(int count) => new(Take(count), count);

    /// <summary>The refusal of a field of <see cref="Subject"/>.</summary>
    public ModelFileException Refuse(string code, string what, string value, string limit)
    {
        var (kind, name) = Subject;
        var subject = name is null ? kind : $"{kind} '{ModelFileException.Printable(name)}'";
        return new ModelFileException(code, file, $"{subject} {what}", value, limit);
    }

    private byte* Take(long count)
    {
        if (count > available - Position) throw new Incomplete();
        var at = _data + Position;
        Position += count;
        return at;
    }

    /// <summary>The header continues past the bytes at hand. Never leaves this room.</summary>
    internal sealed class Incomplete : Exception;
}
