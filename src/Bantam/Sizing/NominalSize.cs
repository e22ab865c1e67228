using System.Globalization;

namespace Bantam.Sizing;

/// <summary>The size in a model's name (<c>2B</c>, <c>135M</c>, <c>8x7B</c>), which is approximate, against the true count.</summary>
/// <param name="Text">As the name writes it.</param>
/// <param name="Parameters">The number that it suggests; <c>8x7B</c> suggests 56 billion.</param>
public readonly record struct NominalSize(string Text, long Parameters)
{
    /// <summary>Reads a size; false where the text is none.</summary>
    public static bool TryParse(string text, out NominalSize size)
    {
        size = default;
        var parts = text.ToUpperInvariant().Split('X');
        if (parts.Length > 2 || parts[^1].Length < 2) return false;
        var unit = parts[^1][^1] switch { 'K' => 1e3m, 'M' => 1e6m, 'B' => 1e9m, 'T' => 1e12m, _ => 0m };
        var times = 1;
        if (parts.Length == 2 && (!int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out times) || times is < 1 or > 4096)) return false;
        if (unit == 0 || !decimal.TryParse(parts[^1][..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)) return false;
        if (number is <= 0 or > 100_000) return false;
        size = new(text, (long)(times * number * unit));
        return true;
    }

    /// <summary>How far the true count lies from the name: +0.25 where a "2B" has 2.5 billion.</summary>
    public double Deviation(long trueParameters) => ((double)trueParameters / Parameters) - 1;

    /// <summary>A count as people say it, three significant digits: <c>2.51 B</c>, <c>135 M</c>, <c>260 K</c>.</summary>
    public static string Format(long parameters)
    {
        var (scaled, unit) = parameters switch
        {
            >= 1_000_000_000_000 => (parameters / 1e12, " T"),
            >= 1_000_000_000 => (parameters / 1e9, " B"),
            >= 1_000_000 => (parameters / 1e6, " M"),
            >= 1_000 => (parameters / 1e3, " K"),
            _ => (parameters, ""),
        };
        var digits = unit.Length == 0 || scaled >= 100 ? "F0" : scaled >= 10 ? "F1" : "F2";
        return scaled.ToString(digits, CultureInfo.InvariantCulture) + unit;
    }
}
