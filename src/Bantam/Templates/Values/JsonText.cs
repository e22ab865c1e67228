using System.Globalization;
using System.Text;

namespace Bantam.Templates.Values;

/// <summary>How values are spelled in JSON, as json.dumps of Python spells them: keys in their order, nothing escaped for HTML.</summary>
internal sealed class JsonText(Meter meter, bool ensureAscii, string? indent, string itemSeparator, string keySeparator, bool sortKeys)
{
    private readonly StringBuilder _text = new();

    public string Write(object? value)
    {
        Value(value, 1);
        return _text.ToString();
    }

    private void Value(object? value, int level)
    {
        meter.Step();
        switch (value)
        {
            case null:
                _text.Append("null");
                break;
            case bool b:
                _text.Append(b ? "true" : "false");
                break;
            case long n:
                _text.Append(CultureInfo.InvariantCulture, $"{n}");
                break;
            case double d:
                _text.Append(Number(d));
                break;
            case string s:
                Quote(s);
                break;
            case ListValue list:
                Inside('[', ']', list.Items, level, item => Value(item, level + 1));
                break;
            case DictValue dict:
                var entries = sortKeys
                    ? StableSort.By(meter, [.. dict.Entries.Select(e => e.Key)], key => key, reverse: false).Select(key => KeyValuePair.Create(key, dict.TryGet(key, out var found) ? found : null))
                    : dict.Entries;
                Inside('{', '}', entries, level, entry =>
                {
                    Quote(Key(entry.Key));
                    _text.Append(keySeparator);
                    Value(entry.Value, level + 1);
                });
                break;
            case Undefined { IsNull: true }:
                // Jinja2 fails here, and what is meant is plain.
                _text.Append("null");
                break;
            case Undefined u:
                throw Fault.Undefined($"{u.Reason} and cannot be written as JSON");
            default:
                throw Fault.Operation($"{TypeName.Of(value)} cannot be written as JSON");
        }
    }

    private void Inside<T>(char open, char close, IEnumerable<T> items, int level, Action<T> write)
    {
        meter.Step(4);
        meter.Nest();
        _text.Append(open);
        var any = false;
        foreach (var item in items)
        {
            if (any)
                _text.Append(itemSeparator);
            any = true;
            Line(level);
            write(item);
        }
        if (any)
            Line(level - 1);
        _text.Append(close);
        meter.Leave();
    }

    private void Grow(long added) => meter.Text(_text.Length + added, added);

    private void Line(int level)
    {
        Grow(4L + itemSeparator.Length + keySeparator.Length + ((indent?.Length ?? 0) * (long)level));
        if (indent is null)
            return;
        _text.Append('\n');
        for (var i = 0; i < level; i++)
            _text.Append(indent);
    }

    private static string Number(double d) => double.IsFinite(d) ? PythonFloat.Repr(d) : double.IsNaN(d) ? "NaN" : d > 0 ? "Infinity" : "-Infinity";

    private static string Key(object? key) => key switch
    {
        string s => s,
        null => "null",
        bool b => b ? "true" : "false",
        long n => n.ToString(CultureInfo.InvariantCulture),
        double d => Number(d),
        _ => throw Fault.Operation($"{TypeName.Of(key)} as a key cannot be written as JSON"),
    };

    /// <summary>Appends a string in quotes.</summary>
    public static void Quote(StringBuilder into, string text, bool ensureAscii)
    {
        into.Append('"');
        foreach (var c in text)
        {
            if (c is '"' or '\\')
                into.Append('\\').Append(c);
            else if (c < ' ')
                into.Append(c switch { '\n' => "\\n", '\r' => "\\r", '\t' => "\\t", '\b' => "\\b", '\f' => "\\f", _ => $"\\u{(int)c:x4}" });
            else if (ensureAscii && c > '~')
                into.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else
                into.Append(c);
        }
        into.Append('"');
    }

    private void Quote(string text)
    {
        Grow(text.Length + 2L);
        Quote(_text, text, ensureAscii);
    }
}
