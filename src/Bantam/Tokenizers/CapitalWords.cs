using System.Globalization;

namespace Bantam.Tokenizers;

/// <summary>
/// The pattern of GPT-4o and Mistral's Tekken by hand: words of capitals followed by small letters, with one other character
/// in front and a contraction behind, so many digits, other characters with a space in front and line breaks and slashes
/// behind, and white space as in <see cref="CasedWords"/>.
/// </summary>
/// <param name="mostDigits">Longest run of digits that is one piece.</param>
/// <param name="contractions">Whether a contraction belongs to the word in front of it.</param>
internal sealed class CapitalWords(int mostDigits, bool contractions) : TextSplitter
{
    // Letters without a case and marks may stand for both.
    private static readonly uint Both = CodePoints.Kinds(
        UnicodeCategory.ModifierLetter, UnicodeCategory.OtherLetter, UnicodeCategory.NonSpacingMark, UnicodeCategory.SpacingCombiningMark, UnicodeCategory.EnclosingMark);

    private static readonly uint Capitals = Both | CodePoints.Kinds(UnicodeCategory.UppercaseLetter, UnicodeCategory.TitlecaseLetter);
    private static readonly uint Small = Both | CodePoints.Kinds(UnicodeCategory.LowercaseLetter);
    private static readonly uint Others = CodePoints.All & ~(CodePoints.Letters | CodePoints.Numbers | CodePoints.Spaces);

    /// <inheritdoc/>
    public override int End(ReadOnlySpan<char> text, int start, ref long steps)
    {
        var first = text[start];
        var kind = 1u << CodePoints.Kind(CodePoints.At(text, start, out var length));
        var next = start + length;
        // One character in front, or none; a mark can be either.
        var isInFront = (kind & (CodePoints.Letters | CodePoints.Numbers)) == 0 && first is not ('\r' or '\n');
        var end = isInFront ? EndWithSmall(text, next) : -1;
        if (end < 0) end = EndWithSmall(text, start);
        if (end < 0 && isInFront) end = EndOfCapitals(text, next);
        if (end < 0) end = EndOfCapitals(text, start);
        if (end >= 0)
            return contractions && end < text.Length && text[end] == '\'' ? end + CasedWords.Contraction(text[end..]) : end;

        if ((kind & CodePoints.Numbers) != 0) return CasedWords.EndOfDigits(text, start, mostDigits);
        if (first == ' ' && next < text.Length) kind = 1u << CodePoints.Kind(CodePoints.At(text, next, out _));
        if ((kind & Others) != 0)
        {
            end = CodePoints.EndOfRun(text, first == ' ' ? next : start, Others);
            while (end < text.Length && text[end] is '\r' or '\n' or '/') end++;
            return end;
        }
        end = CodePoints.EndOfRun(text, start, CodePoints.Spaces);
        return text[start..end].LastIndexOfAny('\r', '\n') is >= 0 and var line ? start + line + 1 : Gpt2Words.EndOfSpaces(text, start, end);
    }

    // Capitals, and at least one small letter: where none follows, the last of the capitals that may be small ends the word.
    private static int EndWithSmall(ReadOnlySpan<char> text, int at)
    {
        var (end, last) = (at, -1);
        while (end < text.Length)
        {
            var kind = 1u << CodePoints.Kind(CodePoints.At(text, end, out var length));
            if ((kind & Capitals) == 0) break;
            end += length;
            if ((kind & Both) != 0) last = end;
        }
        var small = CodePoints.EndOfRun(text, end, Small);
        return small > end ? small : last;
    }

    private static int EndOfCapitals(ReadOnlySpan<char> text, int at)
    {
        var end = CodePoints.EndOfRun(text, at, Capitals);
        return end > at ? CodePoints.EndOfRun(text, end, Small) : -1;
    }
}
