namespace Bantam.Templates.Parsing;

/// <summary>
/// Cuts a template into text and tags, with trim_blocks and lstrip_blocks on: the newline behind a tag goes, and so does the
/// blank in front of a tag that begins its line, unless the tag says + ; a tag that says - takes all blank on that side.
/// </summary>
internal sealed class Lexer
{
    private readonly Source _source;
    private readonly string _text;
    private readonly List<Token> _tokens = [];
    private int _at;

    // Whether what stands before _at ended a line; a tag's own newline counts.
    private bool _lineBegins = true;

    private Lexer(Source source) => (_source, _text) = (source, source.Text);

    public static List<Token> Tokens(Source source)
    {
        var lexer = new Lexer(source);
        lexer.Run();
        return lexer._tokens;
    }

    private void Run()
    {
        while (NextTag() is var tag and >= 0)
        {
            var sign = tag + 2 < _text.Length && _text[tag + 2] is '-' or '+' ? _text[tag + 2] : ' ';
            var inside = tag + (sign == ' ' ? 2 : 3);
            switch (_text[tag + 1])
            {
                case '#':
                    Data(tag, sign, strip: true);
                    Comment(tag, inside);
                    break;
                case '{':
                    Data(tag, sign, strip: false);
                    Expression(tag, inside, TokenKind.VariableBegin, TokenKind.VariableEnd, '}');
                    break;
                default:
                    Data(tag, sign, strip: true);
                    if (Word(inside, "raw") is var raw and >= 0 && BlockEnd(raw, trim: false) is var begin and >= 0)
                        Raw(tag, begin);
                    else
                        Expression(tag, inside, TokenKind.BlockBegin, TokenKind.BlockEnd, '%');
                    break;
            }
        }
        Add(_text.Length, _text[_at..]);
        _tokens.Add(new(TokenKind.End, "", _source.At(_text.Length)));
    }

    private int NextTag()
    {
        for (var i = _text.IndexOf('{', _at); i >= 0 && i + 1 < _text.Length; i = _text.IndexOf('{', i + 1))
            if (_text[i + 1] is '{' or '%' or '#')
                return i;
        return -1;
    }

    // The text from _at to a tag, without what the tag's sign or its place takes away.
    private void Data(int tag, char sign, bool strip)
    {
        var data = _text.AsSpan(_at, tag - _at);
        if (sign == '-')
            data = Blank.TrimEnd(data);
        else if (sign != '+' && strip)
        {
            var line = data.LastIndexOf('\n') + 1;
            if ((line > 0 || _lineBegins) && Blank.IsAll(data[line..]))
                data = data[..line];
        }
        Add(tag, data.ToString());
    }

    private void Add(int end, string data)
    {
        if (data.Length > 0)
            _tokens.Add(new(TokenKind.Data, data, _source.At(_at)));
        _at = end;
    }

    private void Comment(int tag, int inside)
    {
        var end = _text.IndexOf("#}", inside, StringComparison.Ordinal);
        if (end < 0)
            throw _source.Error(tag, "a comment that is never closed; '#}' is missing");
        var sign = end > inside ? _text[end - 1] : ' ';
        Close(end + 2, sign, trim: true);
    }

    private void Raw(int tag, int begin)
    {
        for (var end = _text.IndexOf("{%", begin, StringComparison.Ordinal); end >= 0; end = _text.IndexOf("{%", end + 2, StringComparison.Ordinal))
        {
            var sign = end + 2 < _text.Length && _text[end + 2] is '-' or '+' ? _text[end + 2] : ' ';
            if (Word(end + (sign == ' ' ? 2 : 3), "endraw") is var word and >= 0 && BlockEnd(word, trim: true) is var after and >= 0)
            {
                _at = begin;
                _lineBegins = _text[begin - 1] == '\n';
                Data(end, sign, strip: true);
                _at = after;
                _lineBegins = _text[after - 1] == '\n';
                return;
            }
        }
        throw _source.Error(tag, "{% raw %} is never closed; {% endraw %} is missing");
    }

    private void Expression(int tag, int inside, TokenKind opening, TokenKind closing, char end)
    {
        _tokens.Add(new(opening, "", _source.At(tag)));
        var (close, sign) = new ExpressionLexer(_source, _tokens).Read(tag, inside, end);
        _tokens.Add(new(closing, "", _source.At(close)));
        Close(close + (sign == ' ' ? 2 : 3), sign, trim: end == '%');
    }

    // Behind the closing braces of a tag: what its sign takes away.
    private void Close(int after, char sign, bool trim)
    {
        _at = After(after, sign, trim);
        _lineBegins = _text[_at - 1] == '\n';
    }

    private int After(int after, char sign, bool trim) =>
        sign == '-' ? Blank.Skip(_text, after) :
        trim && sign != '+' && after < _text.Length && _text[after] == '\n' ? after + 1 : after;

    // Behind a word with blank around it, or -1.
    private int Word(int from, string word)
    {
        var i = Blank.Skip(_text, from);
        return string.CompareOrdinal(_text, i, word, 0, word.Length) == 0 ? Blank.Skip(_text, i + word.Length) : -1;
    }

    // Behind '%}' with an optional sign, or -1.
    private int BlockEnd(int from, bool trim)
    {
        var sign = from < _text.Length && _text[from] is '-' or '+' ? _text[from] : ' ';
        var end = sign == ' ' ? from : from + 1;
        return string.CompareOrdinal(_text, end, "%}", 0, 2) == 0 ? After(end + 2, sign, trim) : -1;
    }
}
