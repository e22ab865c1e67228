using System.Globalization;
using System.Text;

namespace Bantam.Tokenizers;

/// <summary>
/// Code points of UTF-16 text and what Unicode says they are. Each has one kind: its general category, but for the six
/// controls that are white space, which are a kind of their own. Then every class of a pattern, <c>\s</c> included, is a
/// set of kinds and fits 32 bits.
/// </summary>
/// <remarks>
/// The categories are those of the runtime: Unicode 16 in .NET 10. Engines with an older or newer table differ at code
/// points assigned in between, which were "not assigned" there and are letters or symbols here, or the other way round.
/// </remarks>
internal static class CodePoints
{
    /// <summary>Line feed, carriage return and the other controls that are white space.</summary>
    public const int SpaceControl = 30;

    /// <summary>Letters, <c>\p{L}</c>.</summary>
    public static readonly uint Letters = Kinds(UnicodeCategory.UppercaseLetter, UnicodeCategory.LowercaseLetter, UnicodeCategory.TitlecaseLetter, UnicodeCategory.ModifierLetter, UnicodeCategory.OtherLetter);

    /// <summary>Numbers, <c>\p{N}</c>.</summary>
    public static readonly uint Numbers = Kinds(UnicodeCategory.DecimalDigitNumber, UnicodeCategory.LetterNumber, UnicodeCategory.OtherNumber);

    /// <summary>Decimal digits, <c>\d</c>.</summary>
    public static readonly uint DecimalDigits = Kinds(UnicodeCategory.DecimalDigitNumber);

    /// <summary>Unicode's property White_Space, <c>\s</c>: all separators and six controls.</summary>
    public static readonly uint Spaces = Kinds(UnicodeCategory.SpaceSeparator, UnicodeCategory.LineSeparator, UnicodeCategory.ParagraphSeparator) | (1u << SpaceControl);

    /// <summary>What words are made of, <c>\w</c>: letters, marks, decimal digits and what connects, such as an underscore.</summary>
    public static readonly uint WordParts = Letters | Kinds(
        UnicodeCategory.NonSpacingMark, UnicodeCategory.SpacingCombiningMark, UnicodeCategory.EnclosingMark, UnicodeCategory.DecimalDigitNumber, UnicodeCategory.ConnectorPunctuation);

    /// <summary>Every kind.</summary>
    public const uint All = (1u << (SpaceControl + 1)) - 1;

    private static readonly byte[] Basic = [.. Enumerable.Range(0, 0x10000).Select(KindOf)];

    /// <summary>The set of some categories.</summary>
    public static uint Kinds(params ReadOnlySpan<UnicodeCategory> categories)
    {
        var kinds = 0u;
        foreach (var category in categories) kinds |= 1u << (int)category;
        return kinds;
    }

    /// <summary>The kind of a code point.</summary>
    public static int Kind(int codePoint) => codePoint < Basic.Length ? Basic[codePoint] : KindOf(codePoint);

    /// <summary>The code point at <paramref name="at"/> and how many units it has. A lone surrogate is read as U+FFFD, which it becomes as bytes.</summary>
    public static int At(ReadOnlySpan<char> text, int at, out int length)
    {
        var first = text[at];
        length = 1;
        if (!char.IsSurrogate(first)) return first;
        if (!char.IsHighSurrogate(first) || at + 1 >= text.Length || !char.IsLowSurrogate(text[at + 1])) return Rune.ReplacementChar.Value;
        length = 2;
        return char.ConvertToUtf32(first, text[at + 1]);
    }

    /// <summary>Where the run of code points of <paramref name="kinds"/> that begins at <paramref name="at"/> ends.</summary>
    public static int EndOfRun(ReadOnlySpan<char> text, int at, uint kinds)
    {
        while (at < text.Length)
        {
            var kind = (int)Basic[text[at]];
            var length = 1;
            if (kind == (int)UnicodeCategory.Surrogate) kind = Kind(At(text, at, out length));
            if (((kinds >> kind) & 1) == 0) break;
            at += length;
        }
        return at;
    }

    /// <summary>Whether the code point at <paramref name="at"/> is part of a word.</summary>
    public static bool IsInWord(ReadOnlySpan<char> text, int at) => ((WordParts >> Kind(At(text, at, out _))) & 1) != 0;

    private static byte KindOf(int codePoint) => codePoint is (>= 9 and <= 13) or 0x85 ? (byte)SpaceControl : (byte)CharUnicodeInfo.GetUnicodeCategory(codePoint);
}
