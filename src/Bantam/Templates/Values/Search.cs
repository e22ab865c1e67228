namespace Bantam.Templates.Values;

/// <summary>Finding one text in another in time that grows with their lengths, and never with the product.</summary>
internal static class Search
{
    private const int Short = 16;

    /// <summary>Where <paramref name="part"/> begins in <paramref name="text"/> from <paramref name="from"/> on, or -1.</summary>
    public static int Find(Meter meter, string text, string part, int from)
    {
        var span = text.AsSpan(from);
        if (part.Length > span.Length)
            return -1;
        if (part.Length <= Short)
        {
            var near = span.IndexOf(part, StringComparison.Ordinal);
            meter.Scan(near < 0 ? span.Length : near);
            return near < 0 ? -1 : near + from;
        }
        meter.Text(part.Length);
        var found = Long(span, part);
        meter.Scan(4L * (found < 0 ? span.Length : found));
        return found < 0 ? -1 : found + from;
    }

    /// <summary>Where the last one begins, or -1.</summary>
    public static int FindLast(Meter meter, string text, string part)
    {
        var last = -1;
        for (var i = Find(meter, text, part, 0); i >= 0; i = i + 1 + part.Length <= text.Length ? Find(meter, text, part, i + 1) : -1)
            last = i;
        return last;
    }

    /// <summary>All of them, none overlapping; an empty part is nowhere.</summary>
    public static IEnumerable<int> All(Meter meter, string text, string part, long most)
    {
        if (part.Length == 0)
            yield break;
        for (var i = 0; most != 0 && (i = Find(meter, text, part, i)) >= 0; i += part.Length, most--)
            yield return i;
    }

    // Knuth, Morris and Pratt: border[i] is the longest proper prefix of the first i characters that is their suffix.
    private static int Long(ReadOnlySpan<char> text, string part)
    {
        var border = new int[part.Length + 1];
        border[0] = -1;
        for (int i = 1, k = -1; i <= part.Length; i++)
        {
            while (k >= 0 && part[k] != part[i - 1])
                k = border[k];
            border[i] = ++k;
        }
        for (int i = 0, k = 0; i < text.Length; i++)
        {
            while (k >= 0 && part[k] != text[i])
                k = border[k];
            if (++k == part.Length)
                return i + 1 - k;
        }
        return -1;
    }
}
