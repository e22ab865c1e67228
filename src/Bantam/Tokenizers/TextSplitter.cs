namespace Bantam.Tokenizers;

/// <summary>One step of a pre-tokenizer at work: where pieces of text end. Instances never change.</summary>
internal abstract class TextSplitter
{
    /// <summary>GPT-2's pattern (Radford et al. 2019).</summary>
    public const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    /// <summary>
    /// Where the piece that begins at <paramref name="start"/> ends: beyond the start, at most at the end of the text. A match of
    /// the pattern is a piece, and so is what lies between two.
    /// </summary>
    /// <param name="text">What the step before left.</param>
    /// <param name="start">Below the length.</param>
    /// <param name="steps">How many steps may be taken; those taken are subtracted.</param>
    /// <exception cref="BantamException">BT1038: there were more.</exception>
    public abstract int End(ReadOnlySpan<char> text, int start, ref long steps);

    /// <summary>The splitter of a step, or null for a step that splits nothing.</summary>
    public static TextSplitter? Of(SplitStep step) => step.Kind switch
    {
        SplitKind.Bytes => null,
        SplitKind.WordsAndBytes => new Gpt2Words(),
        SplitKind.Digits => new PatternSplitter(@"\p{N}"),
        SplitKind.DigitRuns => new PatternSplitter(@"\p{N}+"),
        SplitKind.PunctuationRuns => new PatternSplitter(@"[\p{P}$+<=>^`|~]+"),
        _ => step.Pattern switch
        {
            PreTokenizers.WordsAndThreeDigits => new CasedWords(mostDigits: 3),
            PreTokenizers.WordsAndOneDigit => new CasedWords(mostDigits: 1),
            var pattern => new PatternSplitter(pattern),
        },
    };
}

/// <summary>Splits by any pattern that is read.</summary>
internal sealed class PatternSplitter(string pattern) : TextSplitter
{
    private readonly CodePointRegex _pattern = new(pattern);

    /// <inheritdoc/>
    public override int End(ReadOnlySpan<char> text, int start, ref long steps)
    {
        var (first, end) = _pattern.Find(text, start, ref steps);
        return first > start ? first : end;
    }
}
