using System.Globalization;
using System.Text;

namespace Bantam.Templates.Parsing;

/// <summary>The escapes of a Python string; an unknown one stays as it is written.</summary>
internal static class StringLiteral
{
    public static string Unescape(ReadOnlySpan<char> literal, Source source, int at)
    {
        if (!literal.Contains('\\'))
            return literal.ToString();
        var text = new StringBuilder(literal.Length);
        for (var i = 0; i < literal.Length; i++)
        {
            if (literal[i] != '\\' || i + 1 == literal.Length)
            {
                text.Append(literal[i]);
                continue;
            }
            var c = literal[++i];
            var simple = "n\nt\tr\r\\\\''\"\"a\ab\bf\fv\v".AsSpan();
            var known = -1;
            for (var k = 0; k < simple.Length && known < 0; k += 2)
                known = simple[k] == c ? k + 1 : -1;
            if (known >= 0)
                text.Append(simple[known]);
            else if (c is >= '0' and <= '7')
                i = Octal(literal, i, text);
            else if (c is 'x' or 'u' or 'U')
                i = Hex(literal, i, c == 'x' ? 2 : c == 'u' ? 4 : 8, text, source, at);
            else if (c == 'N')
                throw source.Error(at, "\\N{…} in a string: characters by name are not known; write the character itself");
            else if (c != '\n')
                text.Append('\\').Append(c);
        }
        return text.ToString();
    }

    private static int Octal(ReadOnlySpan<char> literal, int i, StringBuilder text)
    {
        var (value, end) = (0, i);
        while (end < literal.Length && end < i + 3 && literal[end] is >= '0' and <= '7')
            value = (value * 8) + (literal[end++] - '0');
        text.Append((char)value);
        return end - 1;
    }

    private static int Hex(ReadOnlySpan<char> literal, int i, int digits, StringBuilder text, Source source, int at)
    {
        if (i + digits >= literal.Length || !uint.TryParse(literal.Slice(i + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) || value > 0x10FFFF)
            throw source.Error(at, $"\\{literal[i]} in a string needs {digits} hexadecimal digits of a character");
        if (value > 0xFFFF)
            text.Append(char.ConvertFromUtf32((int)value));
        else
            text.Append((char)value);
        return i + digits;
    }
}
