using System.Globalization;

namespace Bantam.Sizing;

/// <summary>Bytes as people read and write them. KB, MB, GB are powers of 1000 and KiB, MiB, GiB powers of 1024 (IEC 80000-13).</summary>
public static class ByteSize
{
    private static readonly (string Name, long Bytes)[] Units =
    [
        ("B", 1), ("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40),
    ];

    /// <summary>Both units, because they differ by up to a tenth: <c>1.35 GB (1.26 GiB)</c>; below a thousand <c>512 B</c>.</summary>
    public static string Format(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        if (bytes < 1000) return $"{bytes} B";
        return bytes switch
        {
            < 1_000_000 => Both(bytes, "KB", 1e3, "KiB", 1 << 10),
            < 1_000_000_000 => Both(bytes, "MB", 1e6, "MiB", 1 << 20),
            < 1_000_000_000_000 => Both(bytes, "GB", 1e9, "GiB", 1 << 30),
            _ => Both(bytes, "TB", 1e12, "TiB", 1L << 40),
        };
    }

    /// <summary>Reads <c>300KB</c>, <c>1.5 GiB</c>, <c>4GB</c> or <c>1234</c> (bytes); units in any case.</summary>
    /// <exception cref="BantamException">BT2003: not a size, no such unit, less than one byte or more than 2⁶³.</exception>
    public static long Parse(string text)
    {
        var trimmed = text.Trim();
        var length = trimmed.AsSpan().IndexOfAnyExceptInRange('.', '9') is var at && at < 0 ? trimmed.Length : at;
        var (number, unit) = (trimmed[..length], trimmed[length..].Trim());
        if (unit.Length > 0 && !Array.Exists(Units, u => u.Name.Equals(unit, StringComparison.OrdinalIgnoreCase)))
            throw Refuse(text, "the unit must be B, KB, MB, GB, TB (powers of 1000) or KiB, MiB, GiB, TiB (powers of 1024)");
        if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value))
            throw Refuse(text, "write a number and a unit, for instance 300KB, 1.5GiB or 1234");

        var scale = unit.Length == 0 ? 1 : Array.Find(Units, u => u.Name.Equals(unit, StringComparison.OrdinalIgnoreCase)).Bytes;
        if (value > long.MaxValue / scale) throw Refuse(text, "the most is 2^63 bytes");
        var bytes = value * scale;
        if (bytes < 1) throw Refuse(text, "the least is one byte");
        return scale == 1 && bytes != decimal.Truncate(bytes) ? throw Refuse(text, "bytes come whole; is a unit missing?") : (long)bytes;
    }

    private static BantamException Refuse(string text, string help) =>
        new("BT2003", $"'{ModelFileException.Printable(text)}' is not a size: {help}");

    private static string Both(long bytes, string decimalUnit, double decimalBytes, string binaryUnit, double binaryBytes) =>
        $"{Digits(bytes / decimalBytes)} {decimalUnit} ({Digits(bytes / binaryBytes)} {binaryUnit})";

    // Three significant digits.
    private static string Digits(double value) => value.ToString(value >= 100 ? "F0" : value >= 10 ? "F1" : "F2", CultureInfo.InvariantCulture);
}
