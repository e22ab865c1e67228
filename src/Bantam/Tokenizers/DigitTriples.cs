namespace Bantam.Tokenizers;

/// <summary>
/// Cuts runs of digits into threes from their right end, as numbers are written: 1 234 567. By patterns that look ahead this
/// takes a search to the end of the run for each three; here the run is measured once.
/// </summary>
/// <param name="digits">The kinds that are digits.</param>
/// <param name="isolates">Whether a run is parted from what stands around it.</param>
/// <param name="isWord">Whether a run counts only where no letter, mark, digit or underscore follows.</param>
internal sealed class DigitTriples(uint digits, bool isolates, bool isWord) : TextSplitter
{
    /// <inheritdoc/>
    public override int End(ReadOnlySpan<char> text, int start, ref long steps)
    {
        for (var at = start; at < text.Length;)
        {
            if (!IsDigit(text, at, out var length))
            {
                at += length;
                continue;
            }
            if (at == start && start > 0 && IsDigit(text, Before(text, start), out _))
            {
                // Within a run that was cut in front of here: threes are left.
                at = Skip(text, at, 3);
                if (isolates || (at < text.Length && IsDigit(text, at, out _))) return at;
                continue;
            }
            var (end, count) = (at, 0);
            for (; end < text.Length && IsDigit(text, end, out length); end += length) count++;
            if (isolates && !(isWord && end < text.Length && CodePoints.IsInWord(text, end)))
                return at > start ? at : Skip(text, at, ((count - 1) % 3) + 1);
            if (!isolates && count >= 3)
            {
                var cut = Skip(text, at, count % 3);
                if (cut > start) return cut;
                if (count > 3) return Skip(text, at, 3);
            }
            at = end;
        }
        return text.Length;
    }

    private static int Before(ReadOnlySpan<char> text, int at) => at > 1 && char.IsSurrogatePair(text[at - 2], text[at - 1]) ? at - 2 : at - 1;

    private static int Skip(ReadOnlySpan<char> text, int at, int count)
    {
        for (; count > 0; count--)
        {
            CodePoints.At(text, at, out var length);
            at += length;
        }
        return at;
    }

    private bool IsDigit(ReadOnlySpan<char> text, int at, out int length) => ((digits >> CodePoints.Kind(CodePoints.At(text, at, out length))) & 1) != 0;
}
