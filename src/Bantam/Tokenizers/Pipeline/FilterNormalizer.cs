namespace Bantam.Tokenizers.Pipeline;

/// <summary>Takes code points away, and changes others to one character.</summary>
internal static class FilterNormalizer
{
    /// <summary>Leaves out the code points that are <paramref name="gone"/>.</summary>
    public static void Remove(AlignedText text, Func<int, bool> gone)
    {
        var chars = text.Chars;
        var from = 0;
        var begun = false;
        for (var at = 0; at < chars.Length;)
        {
            var point = CodePoints.At(chars, at, out var length);
            if (gone(point))
            {
                if (!begun) text.Begin();
                begun = true;
                text.Keep(from, at);
                from = at + length;
            }
            at += length;
        }
        if (!begun) return;
        text.Keep(from, text.Length);
        text.Commit();
    }

    /// <summary>Makes spaces of single units.</summary>
    public static void Blank(AlignedText text, Func<int, bool> blank)
    {
        for (var at = 0; at < text.Length; at++)
            if (text.Chars[at] != ' ' && blank(text.Chars[at])) text.Set(at, ' ');
    }
}
