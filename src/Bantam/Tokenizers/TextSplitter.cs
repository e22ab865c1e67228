using Bantam.Tokenizers.Pipeline;

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
        SplitKind.ByteDigitRuns => new PatternSplitter("[0-9]+"),
        SplitKind.PunctuationRuns => new PunctuationSplitter(),
        _ => step.Pattern switch
        {
            PreTokenizers.WordsAndThreeDigits => new CasedWords(mostDigits: 3),
            PreTokenizers.WordsAndOneDigit or PreTokenizers.PossessiveWords => new CasedWords(mostDigits: 1),
            PreTokenizers.WordsAndDigits => new CasedWords(mostDigits: int.MaxValue),
            PreTokenizers.BareWords => new CasedWords(mostDigits: 1, contractions: false),
            PreTokenizers.WordsWithoutLines => new CasedWords(mostDigits: 1, linesBehind: false),
            PreTokenizers.WordsAndPowers => new CasedWords(mostDigits: 3, powers: true),
            PreTokenizers.CapitalsAndThreeDigits => new CapitalWords(mostDigits: 3, contractions: true),
            PreTokenizers.CapitalsAndOneDigit => new CapitalWords(mostDigits: 1, contractions: true),
            PreTokenizers.BareCapitals => new CapitalWords(mostDigits: 1, contractions: false),
            PreTokenizers.ThreesOfNumbers => new DigitTriples(CodePoints.DecimalDigits, isolates: true, isWord: true),
            PreTokenizers.ThreesOfDigits => new DigitTriples(CodePoints.Numbers, isolates: true, isWord: false),
            PreTokenizers.BeforeThrees => new DigitTriples(CodePoints.DecimalDigits, isolates: false, isWord: false),
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

/// <summary>Parts runs of punctuation from all else.</summary>
internal sealed class PunctuationSplitter : TextSplitter
{
    /// <inheritdoc/>
    public override int End(ReadOnlySpan<char> text, int start, ref long steps)
    {
        var end = start;
        var isPunctuation = CharacterClasses.IsPunctuation(CodePoints.At(text, start, out var length));
        while (end < text.Length && CharacterClasses.IsPunctuation(CodePoints.At(text, end, out length)) == isPunctuation) end += length;
        return end;
    }
}
