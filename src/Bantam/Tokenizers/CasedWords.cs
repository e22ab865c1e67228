namespace Bantam.Tokenizers;

/// <summary>
/// The pattern of Llama 3 and Qwen by hand: contractions in any case, letters with one other character in front, so many
/// digits, other characters with a space in front and line breaks behind, line breaks with the white space in front of
/// them, and other white space as in <see cref="Gpt2Words"/>.
/// </summary>
/// <param name="mostDigits">Longest run of digits that is one piece.</param>
internal sealed class CasedWords(int mostDigits) : TextSplitter
{
    private static readonly uint Others = CodePoints.All & ~(CodePoints.Letters | CodePoints.Numbers | CodePoints.Spaces);

    /// <inheritdoc/>
    public override int End(ReadOnlySpan<char> text, int start, ref long steps)
    {
        var first = text[start];
        if (first == '\'' && Contraction(text[start..]) is > 0 and var contraction) return start + contraction;

        var kind = KindAt(text, start, out var length);
        if ((kind & CodePoints.Letters) != 0) return CodePoints.EndOfRun(text, start + length, CodePoints.Letters);
        if ((kind & CodePoints.Numbers) != 0) return EndOfDigits(text, start);

        var next = start + length;
        var following = next < text.Length ? KindAt(text, next, out _) : 0;
        if (first is not ('\r' or '\n') && (following & CodePoints.Letters) != 0) return CodePoints.EndOfRun(text, next, CodePoints.Letters);
        if ((kind & Others) != 0) return EndOfLines(text, CodePoints.EndOfRun(text, next, Others));
        if (first == ' ' && (following & Others) != 0) return EndOfLines(text, CodePoints.EndOfRun(text, next, Others));

        var end = CodePoints.EndOfRun(text, start, CodePoints.Spaces);
        return text[start..end].LastIndexOfAny('\r', '\n') is >= 0 and var line ? start + line + 1 : Gpt2Words.EndOfSpaces(text, start, end);
    }

    private static uint KindAt(ReadOnlySpan<char> text, int at, out int length) => 1u << CodePoints.Kind(CodePoints.At(text, at, out length));

    private int EndOfDigits(ReadOnlySpan<char> text, int at)
    {
        for (var count = 0; count < mostDigits && at < text.Length && (KindAt(text, at, out var length) & CodePoints.Numbers) != 0; count++) at += length;
        return at;
    }

    private static int EndOfLines(ReadOnlySpan<char> text, int at)
    {
        while (at < text.Length && text[at] is '\r' or '\n') at++;
        return at;
    }

    // The long s folds to s, as Unicode has it.
    private static int Contraction(ReadOnlySpan<char> text) => text switch
    {
        [_, 's' or 'S' or '\u017F' or 't' or 'T' or 'm' or 'M' or 'd' or 'D', ..] => 2,
        [_, 'r' or 'R' or 'v' or 'V', 'e' or 'E', ..] or [_, 'l' or 'L', 'l' or 'L', ..] => 3,
        _ => 0,
    };
}
