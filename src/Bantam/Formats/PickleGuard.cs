using Bantam.Tensors;

namespace Bantam.Formats;

/// <summary>
/// Recognises files that hold Python pickles. Unpickling runs whatever program the file contains, so they are never
/// read; they are refused by name and by content (BT1061) and the error says what helps.
/// </summary>
/// <remarks>
/// Sources: the pickle protocol (Python's <c>pickletools</c>: a program starts with PROTO, <c>0x80</c> and a version)
/// and the two layouts of <c>torch.save</c>: a zip archive with <c>*/data.pkl</c>, and the older stream that begins with
/// a pickled 80-bit magic number.
/// </remarks>
public static class PickleGuard
{
    /// <summary>How many bytes of a file's start <see cref="Describe"/> wants to see.</summary>
    public const int Window = 64 * 1024;

    private static readonly string[] Extensions = [".pt", ".pth", ".ckpt", ".pkl", ".pickle"];

    // Opcodes with which a pickled object can begin after PROTO: marks, empty containers, strings, numbers, globals, frames.
    // None of them is 0, so that a little-endian header field such as 640 (80 02 00 00) is no pickle.
    private static ReadOnlySpan<byte> FirstOpcodes =>
    [
        (byte)'(', (byte)'}', (byte)')', (byte)']', (byte)'c', (byte)'X', (byte)'U', (byte)'K', (byte)'J', (byte)'M', (byte)'G', (byte)'N',
        (byte)'I', (byte)'L', (byte)'F', (byte)'S', (byte)'V', (byte)'T', (byte)'B', 0x88, 0x89, 0x8a, 0x8b, 0x8c, 0x8d, 0x8e, 0x8f, 0x95, 0x96,
    ];

    /// <summary>What kind of file with pickles <paramref name="start"/> begins, in words, or null when it begins none.</summary>
    /// <param name="start">The first bytes of the file, up to <see cref="Window"/> of them.</param>
    public static string? Describe(ReadOnlySpan<byte> start)
    {
        if (start.Length > Window)
            start = start[..Window];
        if (start.StartsWith("PK\x03\x04"u8))
            return start.IndexOf("data.pkl"u8) >= 0 ? "a zip archive with a Python pickle (torch.save)" : "a zip archive";
        if (start.Length > 6 && start[0] == 0x93 && start[1..].StartsWith("NUMPY"u8))
            return "a NumPy array";
        if (start.Length > 262 && start[257..].StartsWith("ustar"u8))
            return "a tar archive";
        if (start.Length < 3 || start[0] != 0x80 || start[1] is < 2 or > 5)
            return null;
        // The 80-bit magic number of torch.save before zip: LONG1, ten bytes, little-endian 0x1950a86a20f9469cfc6c.
        ReadOnlySpan<byte> magic = [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
        if (start[2..].StartsWith(magic))
            return "a Python pickle (torch.save before 1.6)";
        return FirstOpcodes.Contains(start[2]) ? "a Python pickle" : null;
    }

    /// <summary>Whether the name alone says pickle: <c>.pt .pth .ckpt .pkl .pickle</c>, or <c>pytorch_model*.bin</c>. Other <c>.bin</c> files can be anything.</summary>
    public static bool IsPickleName(string path)
    {
        var name = Path.GetFileName(path);
        return Extensions.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase)
            || (name.StartsWith("pytorch_model", StringComparison.OrdinalIgnoreCase) && name.EndsWith(".bin", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Refuses a file whose name or first bytes say pickle.</summary>
    /// <param name="file">The path as the user gave it.</param>
    /// <param name="start">The first bytes of the file, up to <see cref="Window"/> of them.</param>
    /// <exception cref="ModelFileException">It holds, or claims to hold, a pickle (BT1061).</exception>
    public static void Refuse(string file, ReadOnlySpan<byte> start)
    {
        if (Describe(start) is { } kind)
            throw Refusal(file, "content", kind);
        if (IsPickleName(file))
            throw Refusal(file, "file name", Path.GetFileName(file));
    }

    /// <summary>Whether the content of the file at <paramref name="path"/> says pickle; pipes and devices are not opened.</summary>
    internal static bool HoldsPickle(string path)
    {
        // They report a length of 0, and opening a pipe would wait for a writer.
        if (MappedFile.Target(path).Length == 0)
            return false;
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        var start = new byte[(int)Math.Min(RandomAccess.GetLength(handle), Window)];
        return Describe(start.AsSpan(0, RandomAccess.Read(handle, start, 0))) is not null;
    }

    internal static ModelFileException Refusal(string file, string field, string value) =>
        new("BT1061", file, field, value, "pickles can run code and are never read; convert it to safetensors where you trust it (transformers: save_pretrained)");
}
