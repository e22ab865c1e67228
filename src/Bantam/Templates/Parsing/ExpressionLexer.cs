using System.Globalization;

namespace Bantam.Templates.Parsing;

/// <summary>Reads the inside of a tag: names, numbers, strings, operators, up to the closing braces that no open bracket holds back.</summary>
internal sealed class ExpressionLexer(Source source, List<Token> tokens)
{
    private static readonly string[] Two = ["==", "!=", ">=", "<=", "//", "**"];
    private const string One = "+-/*%~[](){}<>=.:|,;";
    private readonly string _text = source.Text;
    private readonly Stack<char> _open = new();

    /// <summary>Reads from <paramref name="at"/>; returns where the tag closes and its sign there.</summary>
    public (int Close, char Sign) Read(int tag, int at, char end)
    {
        while (true)
        {
            at = Blank.Skip(_text, at);
            if (at >= _text.Length)
                throw source.Error(tag, end == '%' ? "a tag that is never closed; '%}' is missing" : "a tag that is never closed; '}}' is missing");
            if (_open.Count == 0)
            {
                if (Closes(at, end))
                    return (at, ' ');
                if (_text[at] == '-' && Closes(at + 1, end) || (end == '%' && _text[at] == '+' && Closes(at + 1, end)))
                    return (at, _text[at]);
            }
            at = Token(at);
        }
    }

    private bool Closes(int at, char end) => at + 1 < _text.Length && _text[at] == end && _text[at + 1] == '}';

    private int Token(int at)
    {
        var c = _text[at];
        if (c is '\'' or '"')
            return Quoted(at, c);
        if (char.IsAsciiDigit(c))
            return Number(at);
        if (IsNamePart(c))
            return Name(at);
        var symbol = Two.FirstOrDefault(two => string.CompareOrdinal(_text, at, two, 0, 2) == 0) ?? (One.Contains(c, StringComparison.Ordinal) ? c.ToString() : null);
        if (symbol is null)
            throw source.Error(at, $"'{c}' means nothing inside a tag");
        Balance(at, c);
        tokens.Add(new(TokenKind.Operator, symbol, source.At(at)));
        return at + symbol.Length;
    }

    private void Balance(int at, char c)
    {
        if (c is '(' or '[' or '{')
            _open.Push(c == '(' ? ')' : c == '[' ? ']' : '}');
        else if (c is ')' or ']' or '}' && (!_open.TryPop(out var expected) || expected != c))
            throw source.Error(at, $"'{c}' closes nothing that is open here");
    }

    private int Name(int at)
    {
        var end = at + 1;
        while (end < _text.Length && (IsNamePart(_text[end]) || CharUnicodeInfo.GetUnicodeCategory(_text[end]) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark))
            end++;
        tokens.Add(new(TokenKind.Name, _text[at..end], source.At(at)));
        return end;
    }

    private static bool IsNamePart(char c) => c == '_' || char.IsLetterOrDigit(c);

    private int Quoted(int at, char quote)
    {
        var end = at + 1;
        while (end < _text.Length && _text[end] != quote)
            end += _text[end] == '\\' ? 2 : 1;
        if (end >= _text.Length)
            throw source.Error(at, $"a string that is never closed; {quote} is missing");
        tokens.Add(new(TokenKind.String, StringLiteral.Unescape(_text.AsSpan(at + 1, end - at - 1), source, at), source.At(at)));
        return end + 1;
    }

    // 12, 1_000, 0x1f, 1.5, 2e-3; behind a dot (a.0.1) a number is an index and has no fraction.
    private int Number(int at)
    {
        var end = at;
        var kind = TokenKind.Integer;
        if (_text[at] == '0' && at + 1 < _text.Length && _text[at + 1] is 'x' or 'X' or 'o' or 'O' or 'b' or 'B')
        {
            end += 2;
            while (end < _text.Length && (char.IsAsciiHexDigit(_text[end]) || _text[end] == '_'))
                end++;
        }
        else
        {
            end = Digits(at);
            if (at == 0 || _text[at - 1] != '.')
            {
                if (end + 1 < _text.Length && _text[end] == '.' && char.IsAsciiDigit(_text[end + 1]))
                    (end, kind) = (Digits(end + 1), TokenKind.Float);
                var exponent = end + (end + 1 < _text.Length && _text[end + 1] is '+' or '-' ? 2 : 1);
                if (end < _text.Length && _text[end] is 'e' or 'E' && exponent < _text.Length && char.IsAsciiDigit(_text[exponent]))
                    (end, kind) = (Digits(exponent), TokenKind.Float);
            }
        }
        tokens.Add(new(kind, _text[at..end].Replace("_", "", StringComparison.Ordinal), source.At(at)));
        return end;
    }

    private int Digits(int at)
    {
        while (at < _text.Length && (char.IsAsciiDigit(_text[at]) || (_text[at] == '_' && at + 1 < _text.Length && char.IsAsciiDigit(_text[at + 1]))))
            at++;
        return at;
    }
}
