using System.Text;

namespace Bantam.Cli.Fertility;

/// <summary>Counts words between white space; where a script writes none between words, the number is unknown and not guessed.</summary>
internal static class Words
{
    // Of a hundred letters one may be of such a script: a name in a text that has words.
    private const int Few = 100;

    // Thai, Lao, Tibetan, Burmese, Khmer, Japanese and Chinese.
    private static readonly (int First, int Last)[] WithoutSpaces =
    [
        (0x0E00, 0x0EFF), (0x0F00, 0x0FFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3040, 0x30FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF),
    ];

    /// <summary>How many runs without white space hold a letter or a digit; null where more than one letter of a hundred is of a script that does not set words apart.</summary>
    public static long? Count(ReadOnlySpan<char> text)
    {
        var (words, letters, without, inWord) = (0L, 0L, 0L, false);
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsWhiteSpace(rune)) inWord = false;
            if (!Rune.IsLetterOrDigit(rune)) continue;
            letters++;
            if (IsWithoutSpaces(rune.Value)) without++;
            if (!inWord) words++;
            inWord = true;
        }
        return without * Few > letters ? null : words;
    }

    /// <summary>How many words a text has in which every border that has no white space is marked.</summary>
    public static long CountMarked(ReadOnlySpan<char> text, char mark)
    {
        var (words, inWord) = (0L, false);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value == mark || Rune.IsWhiteSpace(rune)) inWord = false;
            if (!Rune.IsLetterOrDigit(rune)) continue;
            if (!inWord) words++;
            inWord = true;
        }
        return words;
    }

    private static bool IsWithoutSpaces(int rune)
    {
        foreach (var (first, last) in WithoutSpaces)
            if (rune >= first && rune <= last) return true;
        return false;
    }
}
