using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Bantam.Cli;

/// <summary>Text from a file or standard input, exactly as it is; what is no UTF-8 is refused by the place of its first wrong byte.</summary>
internal static class TextInput
{
    /// <summary>Most bytes that are read.</summary>
    public const int MaxBytes = 1 << 28;

    /// <summary>The whole content of a file.</summary>
    /// <exception cref="BantamException">No such file (BT1000), a directory or not UTF-8 (BT9010), or too long (BT9014).</exception>
    public static string OfFile(string path)
    {
        if (Directory.Exists(path)) throw new BantamException("BT9010", $"{path}: a directory is no text; give a file");
        if (!File.Exists(path)) throw new BantamException("BT1000", $"{path}: no such file");
        using var stream = File.OpenRead(path);
        return Read(stream, path);
    }

    /// <summary>Standard input, but for the newline with which an echo or a file ends.</summary>
    /// <exception cref="BantamException">It is not UTF-8 (BT9010), or too long (BT9014).</exception>
    public static string OfStandardInput(CliOutput output)
    {
        if (output.InputIsTerminal) return WithoutNewline(output.Input().ReadToEnd());
        using var stream = output.InputBytes();
        return WithoutNewline(Read(stream, "standard input"));
    }

    private static string Read(Stream stream, string name)
    {
        // Pipes do not tell their length.
        using var bytes = new MemoryStream(stream.CanSeek ? (int)Math.Clamp(stream.Length, 0, MaxBytes) : 0);
        var buffer = new byte[1 << 16];
        while (stream.Read(buffer) is > 0 and var read)
        {
            if (bytes.Length + read > MaxBytes) throw new BantamException("BT9014", $"{name}: the text is longer than the {MaxBytes:N0} bytes that are read at once; split it");
            bytes.Write(buffer, 0, read);
        }
        return Decode(bytes.GetBuffer().AsSpan(0, (int)bytes.Length), name);
    }

    private static string Decode(ReadOnlySpan<byte> bytes, string name)
    {
        if (Utf8.IsValid(bytes)) return Encoding.UTF8.GetString(bytes);
        var at = 0;
        while (Rune.DecodeFromUtf8(bytes[at..], out _, out var length) is OperationStatus.Done) at += length;
        throw new BantamException("BT9010", $"{name}: no text in UTF-8: what begins with 0x{bytes[at]:X2} at byte {at} is no character; is it another kind of file, or another encoding?");
    }

    private static string WithoutNewline(string text) =>
        text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2] : text.EndsWith('\n') ? text[..^1] : text;
}
