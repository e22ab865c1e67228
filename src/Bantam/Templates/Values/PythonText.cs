using System.Globalization;
using System.Text;

namespace Bantam.Templates.Values;

/// <summary>str() and repr() of Python: how values print, alone and inside lists.</summary>
internal static class PythonText
{
    /// <summary>How a value prints: strings as they are, undefined as nothing.</summary>
    public static string Of(Meter meter, object? value)
    {
        switch (value)
        {
            case string text:
                return text;
            case Undefined:
                return "";
            default:
                var written = new StringBuilder();
                Repr(meter, value, written);
                return written.ToString();
        }
    }

    public static string Repr(Meter meter, object? value)
    {
        var text = new StringBuilder();
        Repr(meter, value, text);
        return text.ToString();
    }

    private static void Repr(Meter meter, object? value, StringBuilder to)
    {
        meter.Step();
        switch (value)
        {
            case null:
                to.Append("None");
                break;
            case bool b:
                to.Append(b ? "True" : "False");
                break;
            case long n:
                to.Append(CultureInfo.InvariantCulture, $"{n}");
                break;
            case double d:
                to.Append(PythonFloat.Repr(d));
                break;
            case string s:
                meter.Text(to.Length + s.Length + 2L, s.Length + 2L);
                Quote(s, to);
                break;
            case Undefined:
                to.Append("Undefined");
                break;
            case ListValue list:
                var (open, close) = list.IsTuple ? ("(", list.Count == 1 ? ",)" : ")") : ("[", "]");
                Inside(meter, to, open, close, list.Items, (item, t) => Repr(meter, item, t));
                break;
            case DictValue dict:
                Pairs(meter, to, dict.Entries);
                break;
            case NamespaceValue space:
                to.Append("<Namespace ");
                Pairs(meter, to, space.Attributes.Select(a => KeyValuePair.Create<object?, object?>(a.Key, a.Value)));
                to.Append('>');
                break;
            case ICallable callable:
                to.Append(callable.Shown);
                break;
            default:
                to.Append('<').Append(TypeName.Of(value)).Append('>');
                break;
        }
    }

    private static void Pairs(Meter meter, StringBuilder to, IEnumerable<KeyValuePair<object?, object?>> pairs) =>
        Inside(meter, to, "{", "}", pairs, (pair, t) =>
        {
            Repr(meter, pair.Key, t);
            t.Append(": ");
            Repr(meter, pair.Value, t);
        });

    private static void Inside<T>(Meter meter, StringBuilder to, string open, string close, IEnumerable<T> items, Action<T, StringBuilder> write)
    {
        meter.Step(4);
        meter.Nest();
        to.Append(open);
        var first = true;
        foreach (var item in items)
        {
            if (!first)
                to.Append(", ");
            first = false;
            write(item, to);
            meter.Text(to.Length, 4);
        }
        to.Append(close);
        meter.Leave();
    }

    private static void Quote(string text, StringBuilder to)
    {
        var quote = text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        to.Append(quote);
        for (var i = 0; i < text.Length; i++)
        {
            var pair = i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]);
            switch (text[i])
            {
                case '\n':
                    to.Append("\\n");
                    break;
                case '\r':
                    to.Append("\\r");
                    break;
                case '\t':
                    to.Append("\\t");
                    break;
                case '\\':
                    to.Append("\\\\");
                    break;
                case var c when c == quote:
                    to.Append('\\').Append(c);
                    break;
                case ' ':
                    to.Append(' ');
                    break;
                case var c when Prints(text, i):
                    to.Append(c);
                    if (pair)
                        to.Append(text[++i]);
                    break;
                case var c when pair:
                    to.Append(CultureInfo.InvariantCulture, $"\\U{char.ConvertToUtf32(c, text[++i]):x8}");
                    break;
                case var c:
                    to.Append(c <= 0xff ? $"\\x{(int)c:x2}" : $"\\u{(int)c:x4}");
                    break;
            }
        }
        to.Append(quote);
    }

    private static bool Prints(string text, int i) => CharUnicodeInfo.GetUnicodeCategory(text, i) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or
        UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);
}
