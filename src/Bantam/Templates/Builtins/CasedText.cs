using System.Globalization;
using System.Text;
using Bantam.Templates.Parsing;

namespace Bantam.Templates.Builtins;

/// <summary>Upper and lower case, one character for one.</summary>
internal static class CasedText
{
    public static string Capitalize(string text)
    {
        var first = text.Length > 1 && char.IsSurrogatePair(text[0], text[1]) ? 2 : Math.Min(1, text.Length);
        return text[..first].ToUpperInvariant() + text[first..].ToLowerInvariant();
    }

    /// <summary>title() of a string: a letter behind no letter begins a word.</summary>
    public static string Title(string text)
    {
        var titled = new StringBuilder(text.Length);
        var inside = false;
        foreach (var rune in text.EnumerateRunes())
        {
            var cased = IsCased(rune);
            titled.Append((inside ? Rune.ToLowerInvariant(rune) : Rune.ToUpperInvariant(rune)).ToString());
            inside = cased;
        }
        return titled.ToString();
    }

    /// <summary>The filter title: a word begins behind blank, a hyphen or an opening bracket.</summary>
    public static string TitleByBlank(string text)
    {
        var titled = new StringBuilder(text.Length);
        var inside = false;
        foreach (var rune in text.EnumerateRunes())
        {
            titled.Append((inside ? Rune.ToLowerInvariant(rune) : Rune.ToUpperInvariant(rune)).ToString());
            inside = !(rune.IsBmp && (Blank.Is((char)rune.Value) || "-({[<".Contains((char)rune.Value, StringComparison.Ordinal)));
        }
        return titled.ToString();
    }

    public static string Swap(string text) =>
        string.Concat(text.EnumerateRunes().Select(r => (Rune.IsUpper(r) ? Rune.ToLowerInvariant(r) : Rune.ToUpperInvariant(r)).ToString()));

    public static bool IsLower(string text) => text.EnumerateRunes().Any(Rune.IsLower) && !text.EnumerateRunes().Any(Rune.IsUpper);

    public static bool IsUpper(string text) => text.EnumerateRunes().Any(Rune.IsUpper) && !text.EnumerateRunes().Any(Rune.IsLower);

    public static bool IsTitle(string text) => text.EnumerateRunes().Any(IsCased) && Title(text) == text;

    private static bool IsCased(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter;
}
