namespace Bantam.Tokenizers;

/// <summary>Which characters the tokens of byte-level BPE stand for: their bytes, one after the other, are those of the text.</summary>
internal static class ByteSpans
{
    /// <summary>Appends the spans of tokens that stand for all of <paramref name="text"/>; a character whose bytes several share is in the span of each.</summary>
    /// <param name="text">What was encoded; a lone surrogate has the three bytes of U+FFFD.</param>
    /// <param name="tokens">The ids that came of it.</param>
    /// <param name="merges">Tells the token of a byte without an entry: it stands for one byte.</param>
    /// <param name="pieces">The bytes of all others.</param>
    /// <param name="spans">Receives a span for each id.</param>
    public static void Append(ReadOnlySpan<char> text, ReadOnlySpan<int> tokens, ByteMerges merges, PieceTable pieces, List<TokenSpan> spans)
    {
        // The character at hand, and how many of its bytes are taken.
        var (at, taken) = (0, 0);
        foreach (var id in tokens)
        {
            var start = at;
            var left = id == merges.UnkId && merges.IsMissing(ByteAt(text, at, taken)) ? 1 : pieces[id].Length;
            var end = at;
            while (left > 0)
            {
                var point = CodePoints.At(text, at, out var length);
                var bytes = Utf8Length(point);
                end = at + length;
                if (left < bytes - taken)
                {
                    taken += left;
                    break;
                }
                left -= bytes - taken;
                (at, taken) = (end, 0);
            }
            spans.Add(new TokenSpan(start, end - start));
        }
    }

    private static int Utf8Length(int point) => point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;

    private static byte ByteAt(ReadOnlySpan<char> text, int at, int index)
    {
        Span<byte> bytes = stackalloc byte[4];
        new System.Text.Rune(CodePoints.At(text, at, out _)).EncodeToUtf8(bytes);
        return bytes[index];
    }
}
