using System.Globalization;
using System.Text;

namespace Bantam.Tokenizers;

/// <summary>The normalisation forms of Unicode (Unicode Standard Annex 15).</summary>
internal enum UnicodeForm
{
    /// <summary>Composed.</summary>
    C,

    /// <summary>Decomposed.</summary>
    D,

    /// <summary>Composed, after what is only compatible was replaced.</summary>
    KC,

    /// <summary>Decomposed, and what is only compatible replaced.</summary>
    KD,
}

/// <summary>Brings text to any of the four forms; <see cref="Nfc"/> is the one that most tokenizers need, and knows how marks are ordered and composed.</summary>
internal static class UnicodeForms
{
    private static readonly Lazy<Dictionary<int, int[]>> Compatible = new(ReadCompatible);

    /// <summary>Where the stretch that begins at <paramref name="start"/> ends, of which nothing changes with what is outside.</summary>
    public static int EndOfStretch(ReadOnlySpan<char> text, int start, UnicodeForm form)
    {
        CodePoints.At(text, start, out var length);
        var end = start + length;
        while (end < text.Length && Joins(CodePoints.At(text, end, out length), form)) end += length;
        return end;
    }

    /// <summary>Whether a form may change text that has a code point, whatever stands beside it.</summary>
    public static bool MayChange(int point, UnicodeForm form) => point >= 0xA0 && (form switch
    {
        UnicodeForm.C => Nfc.Changes(point),
        UnicodeForm.D => Nfc.IsComposed(point) || Nfc.Joins(point),
        UnicodeForm.KC => Nfc.Changes(point) || Compatible.Value.ContainsKey(point),
        _ => Nfc.IsComposed(point) || Nfc.Joins(point) || Compatible.Value.ContainsKey(point),
    });

    /// <summary>The text in a form. Lone surrogates become U+FFFD.</summary>
    public static string Normalize(ReadOnlySpan<char> text, UnicodeForm form)
    {
        var points = new List<int>(text.Length);
        for (var at = 0; at < text.Length;)
        {
            var point = CodePoints.At(text, at, out var length);
            if (IsCompatible(form) && Compatible.Value.TryGetValue(point, out var parts)) points.AddRange(parts);
            else Nfc.Decompose(point, points);
            at += length;
        }
        Nfc.Order(points);
        if (form is UnicodeForm.C or UnicodeForm.KC) points = Nfc.Compose(points);
        var made = new StringBuilder(points.Count);
        Span<char> units = stackalloc char[2];
        foreach (var point in points) made.Append(units[..new Rune(point).EncodeToUtf16(units)]);
        return made.ToString();
    }

    private static bool IsCompatible(UnicodeForm form) => form is UnicodeForm.KC or UnicodeForm.KD;

    private static bool Joins(int point, UnicodeForm form) =>
        Nfc.Joins(point) || (IsCompatible(form) && Compatible.Value.TryGetValue(point, out var parts) && Nfc.Joins(parts[0]));

    // The lines of Nfkd.txt; bench/peers/nfc_table.mjs says what they mean.
    private static Dictionary<int, int[]> ReadCompatible()
    {
        var table = new Dictionary<int, int[]>();
        using var reader = new StreamReader(typeof(UnicodeForms).Assembly.GetManifestResourceStream("Bantam.Tokenizers.Nfkd.txt")!);
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#')) continue;
            int[] points = [.. line.Split(' ').Select(field => int.Parse(field, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];
            table[points[0]] = points[1..];
        }
        return table;
    }
}
