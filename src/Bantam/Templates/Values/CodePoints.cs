namespace Bantam.Templates.Values;

/// <summary>Strings as Python counts them: by code point. Strings without surrogates, nearly all, are counted as they lie.</summary>
internal static class CodePoints
{
    public static bool IsPlain(string text) => text.AsSpan().IndexOfAnyInRange('\ud800', '\udfff') < 0;

    public static int Count(string text)
    {
        var count = text.Length;
        for (var i = 0; i + 1 < text.Length; i++)
            if (char.IsSurrogatePair(text[i], text[i + 1]))
            {
                count--;
                i++;
            }
        return count;
    }

    /// <summary>Every code point as a string of its own.</summary>
    public static IEnumerable<string> Of(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]))
                yield return text.Substring(i++, 2);
            else
                yield return text[i].ToString();
        }
    }

    /// <summary>Order by code point, which the order of UTF-16 units is not: U+1F600 comes behind U+FFFD.</summary>
    public static int Compare(string a, string b)
    {
        var same = a.AsSpan().CommonPrefixLength(b);
        if (same == a.Length || same == b.Length)
            return a.Length.CompareTo(b.Length);
        return Rank(a[same]).CompareTo(Rank(b[same]));
    }

    // Surrogates stand above the rest of the first plane.
    private static int Rank(char c) => char.IsSurrogate(c) ? c + 0x10000 : c;
}
