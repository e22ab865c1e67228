using System.Numerics;

namespace Bantam.Tokenizers;

/// <summary>
/// The pattern of Llama 3 and Qwen by hand: contractions in any case, letters with one other character in front, so many
/// digits, other characters with a space in front and line breaks behind, line breaks with the white space in front of
/// them, and other white space as in <see cref="Gpt2Words"/>.
/// </summary>
/// <param name="mostDigits">Longest run of digits that is one piece.</param>
/// <param name="contractions">Whether contractions are pieces of their own.</param>
/// <param name="linesBehind">Whether other characters take line breaks behind them along.</param>
/// <param name="powers">Whether white space is cut into powers of two, as in Jais 2.</param>
internal sealed class CasedWords(int mostDigits, bool contractions = true, bool linesBehind = true, bool powers = false) : TextSplitter
{
    private const int LargestPower = 512;

    private static readonly uint Others = CodePoints.All & ~(CodePoints.Letters | CodePoints.Numbers | CodePoints.Spaces);

    /// <inheritdoc/>
    public override int End(ReadOnlySpan<char> text, int start, ref long steps)
    {
        var first = text[start];
        if (contractions && first == '\'' && Contraction(text[start..]) is > 0 and var contraction) return start + contraction;

        var kind = KindAt(text, start, out var length);
        if ((kind & CodePoints.Letters) != 0) return CodePoints.EndOfRun(text, start + length, CodePoints.Letters);
        if ((kind & CodePoints.Numbers) != 0) return EndOfDigits(text, start, mostDigits);

        var next = start + length;
        var following = next < text.Length ? KindAt(text, next, out _) : 0;
        if (first is not ('\r' or '\n') && (following & CodePoints.Letters) != 0) return CodePoints.EndOfRun(text, next, CodePoints.Letters);
        if ((kind & Others) != 0) return EndOfLines(text, CodePoints.EndOfRun(text, next, Others));
        if (first == ' ' && (following & Others) != 0) return EndOfLines(text, CodePoints.EndOfRun(text, next, Others));

        // No piece but one of such a run ends in white space that is no line break: then the run has none.
        if (powers && start > 0 && IsSpace(text[start - 1])) return EndOfPower(text, start);
        var end = CodePoints.EndOfRun(text, start, CodePoints.Spaces);
        return text[start..end].LastIndexOfAny('\r', '\n') is >= 0 and var line
            ? start + line + 1
            : powers ? EndOfPower(text, start) : Gpt2Words.EndOfSpaces(text, start, end);
    }

    private static uint KindAt(ReadOnlySpan<char> text, int at, out int length) => 1u << CodePoints.Kind(CodePoints.At(text, at, out length));

    /// <summary>Where at most so many digits from <paramref name="at"/> end.</summary>
    internal static int EndOfDigits(ReadOnlySpan<char> text, int at, int most)
    {
        for (var count = 0; count < most && at < text.Length && (KindAt(text, at, out var length) & CodePoints.Numbers) != 0; count++) at += length;
        return at;
    }

    private static bool IsSpace(char c) => c is not ('\r' or '\n') && ((CodePoints.Spaces >> CodePoints.Kind(c)) & 1) != 0;

    // Of what may be taken, the largest power; all but the last character, where something follows.
    private static int EndOfPower(ReadOnlySpan<char> text, int start)
    {
        var end = start;
        while (end < text.Length && end - start <= LargestPower && IsSpace(text[end])) end++;
        var count = end < text.Length && end - start <= LargestPower ? end - start - 1 : end - start;
        return start + Math.Min(LargestPower, 1 << BitOperations.Log2((uint)Math.Max(count, 1)));
    }

    private int EndOfLines(ReadOnlySpan<char> text, int at)
    {
        while (linesBehind && at < text.Length && text[at] is '\r' or '\n') at++;
        return at;
    }

    // The long s folds to s, as Unicode has it.
    internal static int Contraction(ReadOnlySpan<char> text) => text switch
    {
        [_, 's' or 'S' or '\u017F' or 't' or 'T' or 'm' or 'M' or 'd' or 'D', ..] => 2,
        [_, 'r' or 'R' or 'v' or 'V', 'e' or 'E', ..] or [_, 'l' or 'L', 'l' or 'L', ..] => 3,
        _ => 0,
    };
}
