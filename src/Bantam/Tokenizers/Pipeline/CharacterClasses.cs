using System.Globalization;

namespace Bantam.Tokenizers.Pipeline;

/// <summary>Classes of code points as the Hugging Face library means them.</summary>
internal static class CharacterClasses
{
    private static readonly uint Marks = CodePoints.Kinds(UnicodeCategory.NonSpacingMark, UnicodeCategory.SpacingCombiningMark, UnicodeCategory.EnclosingMark);

    private static readonly uint Words = CodePoints.Letters | Marks | CodePoints.Kinds(UnicodeCategory.DecimalDigitNumber, UnicodeCategory.LetterNumber, UnicodeCategory.ConnectorPunctuation);

    private static readonly uint Punctuation = CodePoints.Kinds(
        UnicodeCategory.ConnectorPunctuation, UnicodeCategory.DashPunctuation, UnicodeCategory.OpenPunctuation, UnicodeCategory.ClosePunctuation,
        UnicodeCategory.InitialQuotePunctuation, UnicodeCategory.FinalQuotePunctuation, UnicodeCategory.OtherPunctuation);

    private static readonly uint Others = CodePoints.Kinds(UnicodeCategory.Control, UnicodeCategory.Format, UnicodeCategory.Surrogate, UnicodeCategory.PrivateUse) | (1u << CodePoints.SpaceControl);

    /// <summary>Unicode's property White_Space.</summary>
    public static bool IsSpace(int point) => Is(point, CodePoints.Spaces);

    /// <summary>Any number, <c>\p{N}</c>.</summary>
    public static bool IsNumber(int point) => Is(point, CodePoints.Numbers);

    /// <summary>A combining mark, <c>\p{M}</c>.</summary>
    public static bool IsMark(int point) => (Is(point, Marks) && !LibraryCategories.NoMarks.Contains(point)) || point is 0x1CF2 or 0x1CF3;

    /// <summary>A mark that takes no space, <c>\p{Mn}</c>.</summary>
    public static bool IsNonSpacingMark(int point) =>
        (Is(point, 1u << (int)UnicodeCategory.NonSpacingMark) && !LibraryCategories.NoNonSpacingMarks.Contains(point)) || point is 0x1734 or 0x1171E;

    /// <summary>Punctuation, and the symbols of ASCII.</summary>
    public static bool IsPunctuation(int point) => point < 128
        ? Is(point, Punctuation) || point is '$' or '+' or '<' or '=' or '>' or '^' or '`' or '|' or '~'
        : (Is(point, Punctuation) && !LibraryCategories.NoPunctuation.Contains(point)) || point is 0x166D or 0x111C9;

    /// <summary>A control, format or private-use character other than tab, line feed and carriage return.</summary>
    public static bool IsControl(int point) => point is not ('\t' or '\n' or '\r' or 0x890 or 0x891 or 0x8E2 or 0x110CD or (>= 0x13430 and <= 0x1343F)) && Is(point, Others);

    /// <summary><c>\w</c> of Rust's regex crate: letters and what else is alphabetic, marks, decimal digits, connectors and joiners.</summary>
    public static bool IsWord(int point) => Is(point, Words)
        // Letters in circles and squares are symbols that Unicode calls alphabetic.
        || point is 0x200C or 0x200D or (>= 0x24B6 and <= 0x24E9) or (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189);

    /// <summary>The ideographs that BERT takes for words of their own.</summary>
    public static bool IsIdeograph(int point) => point is
        (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F)
        or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B920 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);

    private static bool Is(int point, uint kinds) => ((kinds >> CodePoints.Kind(point)) & 1) != 0;
}
