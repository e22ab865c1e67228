using System.Globalization;
using System.Text;
using Bantam.Templates.Values;

namespace Bantam.Templates.Builtins;

/// <summary>str.format with {}, {0} and {name}. Format specifications and ways into values are refused: no template needs them.</summary>
internal static class BraceFormat
{
    public static string Apply(Meter meter, string format, Arguments arguments)
    {
        var text = new StringBuilder();
        var next = 0;
        for (var i = 0; i < format.Length; i++)
        {
            var doubled = i + 1 < format.Length && format[i + 1] == format[i];
            if (format[i] is not ('{' or '}'))
                text.Append(format[i]);
            else if (doubled)
                text.Append(format[i++]);
            else
            {
                var end = format[i] == '{' ? format.IndexOf('}', i) : -1;
                if (end < 0)
                    throw Fault.Operation("a single brace in a format; double it");
                var shown = PythonText.Of(meter, Field(format[(i + 1)..end], arguments, ref next));
                meter.Text((long)text.Length + shown.Length, shown.Length);
                text.Append(shown);
                i = end;
            }
        }
        meter.Text(format.Length);
        return text.ToString();
    }

    private static object? Field(string field, Arguments arguments, ref int next)
    {
        if (field.Any(c => c is '.' or '[' or ']' or '!' or ':' or '{'))
            throw Fault.Operation("a format with more than {}, {0} or {name}; '%' and the filter 'format' do more");
        if (field.Length == 0 || char.IsAsciiDigit(field[0]))
        {
            var at = field.Length == 0 ? next++ : int.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : int.MaxValue;
            return at < arguments.Positional.Count ? arguments.Positional[at] : throw Fault.Operation("a format for more values than are given");
        }
        foreach (var (name, value) in arguments.Named)
            if (name == field)
                return value;
        throw Fault.Operation("a format with a name that is not given");
    }
}
