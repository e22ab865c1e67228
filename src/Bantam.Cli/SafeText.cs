using System.Globalization;
using System.Text;

namespace Bantam.Cli;

/// <summary>
/// Text from files and arguments, made fit for a terminal. A tensor's name may hold escape sequences that move the cursor,
/// or marks that reverse the direction of the line.
/// </summary>
internal static class SafeText
{
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

    private static bool IsInvisible(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
