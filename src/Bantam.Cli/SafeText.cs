using System.Buffers;
using System.Globalization;
using System.Text;

namespace Bantam.Cli;

/// <summary>
/// Text from files and arguments, made fit for a terminal. A tensor's name may hold escape sequences that move the cursor,
/// or marks that reverse the direction of the line.
/// </summary>
internal static class SafeText
{
    private static readonly SearchValues<char> Reversing = SearchValues.Create("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069");

    /// <summary>The text on one line: control and format characters are written as their code points, and what exceeds <paramref name="most"/> characters is cut.</summary>
    public static string OneLine(string text, int most = 2000)
    {
        var line = new StringBuilder(Math.Min(text.Length, most) + 8);
        foreach (var rune in text.EnumerateRunes())
        {
            if (line.Length >= most) return line.Append('…').ToString();
            _ = rune.Value switch
            {
                '\n' => line.Append("\\n"),
                '\r' => line.Append("\\r"),
                '\t' => line.Append("\\t"),
                _ when IsInvisible(rune) => line.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}"),
                _ => line.Append(rune),
            };
        }
        return line.ToString();
    }

    /// <summary>A path or name as an argument that a shell can be given: in quotes where it holds a space.</summary>
    public static string Argument(string text) => text.Contains(' ') ? $"\"{OneLine(text)}\"" : OneLine(text);

    /// <summary>
    /// Text over many lines for a terminal: newlines and tabs stay, and so do the joiners that emoji are made with; other
    /// control characters and the marks that reverse a line are written as their code points.
    /// </summary>
    public static string Lines(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\0', '\u001f') && !text.AsSpan().ContainsAnyInRange('\u007f', '\u009f') && !text.AsSpan().ContainsAny(Reversing)) return text;
        var lines = new StringBuilder(text.Length + 8);
        foreach (var c in text)
        {
            if ((char.IsControl(c) && c is not ('\n' or '\t')) || Reversing.Contains(c)) lines.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else lines.Append(c);
        }
        return lines.ToString();
    }

    private static bool IsInvisible(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
