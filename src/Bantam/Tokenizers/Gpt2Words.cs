namespace Bantam.Tokenizers;

/// <summary>
/// <see cref="TextSplitter.Gpt2"/> by hand: English contractions, letters, numbers and other characters with a space in
/// front, and white space but for the space that belongs to a word.
/// </summary>
internal sealed class Gpt2Words : TextSplitter
{
    private static readonly uint Others = CodePoints.All & ~(CodePoints.Letters | CodePoints.Numbers | CodePoints.Spaces);

    /// <inheritdoc/>
    public override int End(ReadOnlySpan<char> text, int start, ref long steps)
    {
        if (text[start] == '\'' && Contraction(text[start..]) is > 0 and var length) return start + length;
        var first = text[start] == ' ' && start + 1 < text.Length ? start + 1 : start;
        var kind = 1u << CodePoints.Kind(CodePoints.At(text, first, out _));
        if ((kind & CodePoints.Letters) != 0) return CodePoints.EndOfRun(text, first, CodePoints.Letters);
        if ((kind & CodePoints.Numbers) != 0) return CodePoints.EndOfRun(text, first, CodePoints.Numbers);
        if ((kind & Others) != 0) return CodePoints.EndOfRun(text, first, Others);
        return EndOfSpaces(text, start, CodePoints.EndOfRun(text, start, CodePoints.Spaces));
    }

    /// <summary>Where white space from <paramref name="start"/> to <paramref name="end"/> is cut: before its last character if something follows and something is left.</summary>
    internal static int EndOfSpaces(ReadOnlySpan<char> text, int start, int end) =>
        // No white space lies beyond the basic plane.
        end < text.Length && end - start > 1 ? end - 1 : end;

    private static int Contraction(ReadOnlySpan<char> text) => text switch
    {
        [_, 's' or 't' or 'm' or 'd', ..] => 2,
        [_, 'r' or 'v', 'e', ..] or [_, 'l', 'l', ..] => 3,
        _ => 0,
    };
}
