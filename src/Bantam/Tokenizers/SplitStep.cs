namespace Bantam.Tokenizers;

/// <summary>What one step of a pre-tokenizer does with the pieces of text that the step before left.</summary>
internal enum SplitKind
{
    /// <summary>Each match of a pattern becomes a piece, and what lies between matches.</summary>
    Pattern,

    /// <summary>Each digit becomes a piece.</summary>
    Digits,

    /// <summary>Each run of digits becomes a piece.</summary>
    DigitRuns,

    /// <summary>Each run of the digits 0 to 9 becomes a piece: a step behind the bytes, where no others are digits.</summary>
    ByteDigitRuns,

    /// <summary>Each run of punctuation becomes a piece.</summary>
    PunctuationRuns,

    /// <summary>Bytes become the characters that stand for them; nothing is split.</summary>
    Bytes,

    /// <summary>GPT-2's words become pieces, and bytes the characters that stand for them.</summary>
    WordsAndBytes,
}

/// <summary>One step of a pre-tokenizer.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Pattern">The regular expression of <see cref="SplitKind.Pattern"/>; carriage return and line feed as <c>\r</c> and <c>\n</c>.</param>
internal readonly record struct SplitStep(SplitKind Kind, string Pattern = "")
{
    /// <summary>A step that splits by a pattern, however its line breaks are written.</summary>
    public static SplitStep By(string pattern) =>
        new(SplitKind.Pattern, pattern.Replace("\r", "\\r", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal));
}
