using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Bantam.Chat.ToolCalls;

/// <summary>
/// Calls that are written in Python: <c>name(a=1, b="x")</c>, several of them on lines of their own or in a list, perhaps inside
/// <c>print(…)</c>. Arguments are named and their values literals; anything else is no call. Nothing is evaluated.
/// </summary>
internal sealed class PythonCalls
{
    private readonly string _text;
    private int _at;
    private int _depth;

    private PythonCalls(string text) => _text = text;

    /// <summary>Parses all calls of <paramref name="text"/>.</summary>
    /// <exception cref="CallSyntaxException">Something in it is no such call.</exception>
    public static IReadOnlyList<ToolCall> Parse(string text)
    {
        var parser = new PythonCalls(text);
        var calls = new List<ToolCall>();
        parser.Skip();
        var isList = parser.Take('[');
        if (isList) parser.Skip();
        while (parser._at < text.Length && !(isList && parser.Peek == ']'))
        {
            calls.Add(parser.Printed());
            parser.Skip();
            if (parser.Take(isList ? ',' : ';')) parser.Skip();
        }
        if (isList && !parser.Take(']')) throw parser.Wrong("a list does not end");
        parser.Skip();
        if (parser._at < text.Length) throw parser.Wrong("something follows the calls");
        return calls.Count > 0 ? calls : throw parser.Wrong("nothing is called");
    }

    private char Peek => _at < _text.Length ? _text[_at] : '\0';

    // print(f(x=1)) calls f.
    private ToolCall Printed()
    {
        var start = _at;
        if (Identifier() == "print" && Take('('))
        {
            Skip();
            var call = Call();
            Skip();
            return Take(')') ? call : throw Wrong("print( does not end");
        }
        _at = start;
        return Call();
    }

    private ToolCall Call()
    {
        var name = Identifier();
        while (Take('.')) name += "." + Identifier();
        Skip();
        if (!Take('(')) throw Wrong($"'{name}' is not called");
        var arguments = new JsonObject();
        for (Skip(); !Take(')'); Skip())
        {
            var key = Identifier();
            Skip();
            if (!Take('=')) throw Wrong("arguments are named");
            Skip();
            if (!arguments.TryAdd(key, Value())) throw Wrong($"argument '{key}' stands twice");
            Skip();
            if (!Take(',') && Peek != ')') throw Wrong("a comma or ) is missing");
        }
        return new ToolCall(null, name, arguments);
    }

    private JsonNode? Value()
    {
        if (++_depth > JsonExtent.MaxDepth) throw Wrong($"more than {JsonExtent.MaxDepth} brackets are open");
        JsonNode? value = Peek switch
        {
            '"' or '\'' => JsonValue.Create(Text()),
            '[' => List(']'),
            '(' => List(')'),
            '{' => Dictionary(),
            '-' or '+' or '.' or (>= '0' and <= '9') => Number(),
            _ => Constant(),
        };
        _depth--;
        return value;
    }

    private JsonValue? Constant() => Identifier() switch
    {
        "True" or "true" => JsonValue.Create(true),
        "False" or "false" => JsonValue.Create(false),
        "None" or "null" => null,
        _ => throw Wrong("values are literals"),
    };

    private JsonArray List(char end)
    {
        _at++;
        var list = new JsonArray();
        for (Skip(); !Take(end); Skip())
        {
            list.Add(Value());
            Skip();
            if (!Take(',') && Peek != end) throw Wrong($"a comma or {end} is missing");
        }
        return list;
    }

    private JsonObject Dictionary()
    {
        _at++;
        var dictionary = new JsonObject();
        for (Skip(); !Take('}'); Skip())
        {
            if (Peek is not ('"' or '\'')) throw Wrong("keys are strings");
            var key = Text();
            Skip();
            if (!Take(':')) throw Wrong("a colon is missing");
            Skip();
            if (!dictionary.TryAdd(key, Value())) throw Wrong($"key '{key}' stands twice");
            Skip();
            if (!Take(',') && Peek != '}') throw Wrong("a comma or } is missing");
        }
        return dictionary;
    }

    private JsonValue Number()
    {
        var start = _at;
        while (char.IsAsciiLetterOrDigit(Peek) || Peek is '-' or '+' or '.' or '_') _at++;
        var text = _text[start.._at].Replace("_", "", StringComparison.Ordinal).TrimStart('+');
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)) return JsonValue.Create(whole);
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? JsonValue.Create(number)
            : throw Wrong("no number");
    }

    private string Text()
    {
        var quote = _text[_at];
        var triple = string.CompareOrdinal(_text, _at, new string(quote, 3), 0, 3) == 0;
        _at += triple ? 3 : 1;
        var text = new StringBuilder();
        while (_at < _text.Length)
        {
            var c = _text[_at++];
            if (c == '\\') Escape(text);
            else if (c == quote && (!triple || string.CompareOrdinal(_text, _at, new string(quote, 2), 0, 2) == 0))
            {
                _at += triple ? 2 : 0;
                return !HasHalfPair(text) ? text.ToString() : throw Wrong("half a surrogate pair");
            }
            else if (c == '\n' && !triple) throw Wrong("a string does not end on its line");
            else text.Append(c);
        }
        throw Wrong("a string does not end");
    }

    private void Escape(StringBuilder text)
    {
        if (_at == _text.Length) throw Wrong("a string does not end");
        var c = _text[_at++];
        _ = c switch
        {
            'n' => text.Append('\n'),
            't' => text.Append('\t'),
            'r' => text.Append('\r'),
            '\\' or '\'' or '"' => text.Append(c),
            '\n' => text,
            'x' => text.Append((char)Hex(2)),
            'u' => text.Append((char)Hex(4)),
            // As in Python, a backslash before anything else is a backslash.
            _ => text.Append('\\').Append(c),
        };
    }

    private int Hex(int digits)
    {
        if (_at + digits > _text.Length || !int.TryParse(_text.AsSpan(_at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)) throw Wrong("an escape has too few digits");
        _at += digits;
        return code;
    }

    private string Identifier()
    {
        var start = _at;
        while (char.IsLetterOrDigit(Peek) || Peek == '_') _at++;
        return _at > start && !char.IsDigit(_text[start]) ? _text[start.._at] : throw Wrong("a name is missing");
    }

    private void Skip()
    {
        while (char.IsWhiteSpace(Peek)) _at++;
    }

    private bool Take(char c)
    {
        if (Peek != c || _at == _text.Length) return false;
        _at++;
        return true;
    }

    private static bool HasHalfPair(StringBuilder text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1])) return true;
            i++;
        }
        return false;
    }

    private CallSyntaxException Wrong(string what) => new($"no call in Python that can be read: {what} at character {_at}");
}
