namespace Bantam.Templates.Parsing;

/// <summary>What Python calls whitespace: .NET's, and the four separators from U+001C that .NET does not count.</summary>
internal static class Blank
{
    public static bool Is(char c) => char.IsWhiteSpace(c) || c is >= '\u001c' and <= '\u001f';

    public static bool IsAll(ReadOnlySpan<char> text) => text.Length > 0 && TrimEnd(text).IsEmpty;

    public static ReadOnlySpan<char> TrimEnd(ReadOnlySpan<char> text)
    {
        var end = text.Length;
        while (end > 0 && Is(text[end - 1]))
            end--;
        return text[..end];
    }

    public static ReadOnlySpan<char> TrimStart(ReadOnlySpan<char> text)
    {
        var start = 0;
        while (start < text.Length && Is(text[start]))
            start++;
        return text[start..];
    }

    public static int Skip(string text, int from)
    {
        while (from < text.Length && Is(text[from]))
            from++;
        return from;
    }
}
