using System.Globalization;
using System.Text;
using System.Text.Json;
using Bantam.Templates.Values;

namespace Bantam.Templates.Builtins;

/// <summary>Filters that make text of a value; one that is no text is printed first.</summary>
internal static class TextFilters
{
    public static readonly Dictionary<string, Filter> Known = new(StringComparer.Ordinal)
    {
        ["string"] = (r, v, _) => PythonText.Of(r.Meter, v),
        ["safe"] = (r, v, _) => PythonText.Of(r.Meter, v),
        ["escape"] = (r, v, _) => TextParts.Escape(r.Meter, PythonText.Of(r.Meter, v)),
        ["e"] = (r, v, _) => TextParts.Escape(r.Meter, PythonText.Of(r.Meter, v)),
        ["forceescape"] = (r, v, _) => TextParts.Escape(r.Meter, PythonText.Of(r.Meter, v)),
        ["upper"] = (r, v, _) => Made(r, v).ToUpperInvariant(),
        ["lower"] = (r, v, _) => Made(r, v).ToLowerInvariant(),
        ["capitalize"] = (r, v, _) => CasedText.Capitalize(Made(r, v)),
        ["title"] = (r, v, _) => CasedText.TitleByBlank(Made(r, v)),
        ["trim"] = (r, v, a) => a.Bind("trim", "chars") is var b ? TextParts.Strip(r.Meter, PythonText.Of(r.Meter, v), b.Get(0) is null ? null : b.Text(0)) : null,
        ["replace"] = Replace,
        ["center"] = (r, v, a) => StringMethods.Center(r.Meter, PythonText.Of(r.Meter, v), a.Bind("center", "width").Integer(0, 80)),
        ["indent"] = Indent,
        ["truncate"] = Truncate,
        ["wordcount"] = (r, v, _) => Words(Made(r, v)),
        ["format"] = Format,
        ["tojson"] = ToJson,
        ["from_json"] = FromJson,
    };

    private static string Made(Render render, object? value)
    {
        var text = PythonText.Of(render.Meter, value);
        render.Meter.Text(text.Length);
        return text;
    }

    private static string Replace(Render render, object? value, Arguments arguments)
    {
        var bound = arguments.Bind("replace", "old", "new", "count");
        string Text(int i) => PythonText.Of(render.Meter, bound.Required(i));
        return TextParts.Replace(render.Meter, PythonText.Of(render.Meter, value), Text(0), Text(1), bound.Get(2) is null ? -1 : bound.Integer(2));
    }

    private static string Indent(Render render, object? value, Arguments arguments)
    {
        var bound = arguments.Bind("indent", "width", "first", "blank");
        if (value is not string text)
            throw value is Undefined u ? u.Fault() : Fault.Operation($"indent of {TypeName.Of(value)}; it needs a string");
        var by = bound.Get(0) is string given ? given : Blanks(render.Meter, bound.Integer(0, 4));
        var lines = TextParts.Lines(render.Meter, text + "\n");
        render.Meter.Text(text.Length + ((long)by.Length * lines.Count));
        var indented = new StringBuilder(bound.Truth(1) ? by : "");
        for (var i = 0; i < lines.Count; i++)
        {
            if (i > 0)
                indented.Append('\n').Append(lines[i].Length > 0 || bound.Truth(2) ? by : "");
            indented.Append(lines[i]);
        }
        return indented.ToString();
    }

    private static string Blanks(Meter meter, long count)
    {
        meter.Text(Math.Max(0, count));
        return new(' ', (int)Math.Max(0, count));
    }

    private static object? Truncate(Render render, object? value, Arguments arguments)
    {
        var bound = arguments.Bind("truncate", "length", "killwords", "end", "leeway");
        var (length, end) = (bound.Integer(0, 255), bound.Text(2, "..."));
        var room = length - CodePoints.Count(end);
        if (room < 0 || bound.Integer(3, 5) < 0)
            throw Fault.Operation($"truncate to {length} characters, of which the end takes {CodePoints.Count(end)}");
        if (Sequences.Length(render.Meter, value) - length <= bound.Integer(3, 5))
            return value;
        if (value is not string text)
            throw Fault.Operation($"truncate of {TypeName.Of(value)}; it needs a string");
        var kept = (string)Slices.Slice(render.Meter, text, 0, room, 1);
        return (bound.Truth(1) || kept.LastIndexOf(' ') is var blank && blank < 0 ? kept : kept[..blank]) + end;
    }

    private static long Words(string text)
    {
        var count = 0L;
        var inside = false;
        foreach (var rune in text.EnumerateRunes())
        {
            var word = Rune.IsLetterOrDigit(rune) || rune.Value == '_' || Rune.GetUnicodeCategory(rune) is UnicodeCategory.OtherNumber or UnicodeCategory.LetterNumber;
            count += word && !inside ? 1 : 0;
            inside = word;
        }
        return count;
    }

    private static string Format(Render render, object? value, Arguments arguments)
    {
        if (arguments.Positional.Count > 0 && arguments.Named.Count > 0)
            throw Fault.Operation("format takes arguments by position or by name, not both");
        var named = arguments.Named.Count == 0 ? null : new DictValue();
        foreach (var (name, argument) in arguments.Named)
            named!.Set(name, argument);
        return PrintfFormat.Apply(render.Meter, PythonText.Of(render.Meter, value), arguments.Positional, named, mayRemain: named is not null);
    }

    private static string ToJson(Render render, object? value, Arguments arguments)
    {
        var bound = arguments.Bind("tojson", "ensure_ascii", "indent", "separators", "sort_keys");
        var indent = bound.Get(1) switch
        {
            null => null,
            string text => text,
            _ => Blanks(render.Meter, bound.Integer(1)),
        };
        var (item, key) = bound.Get(2) switch
        {
            null => (indent is null ? ", " : ",", ": "),
            ListValue { Count: 2 } pair when pair[0] is string first && pair[1] is string second => (first, second),
            _ => throw Fault.Operation("the separators of tojson are a pair of strings"),
        };
        return new JsonText(render.Meter, bound.Truth(0), indent, item, key, bound.Truth(3)).Write(value);
    }

    // Not Jinja2's; some templates expect the host to bring it along.
    private static object? FromJson(Render render, object? value, Arguments arguments)
    {
        if (value is not string text)
            throw value is Undefined u ? u.Fault() : Fault.Operation($"from_json of {TypeName.Of(value)}; it needs a string");
        render.Meter.Text(text.Length, 2L * text.Length);
        try
        {
            using var document = JsonDocument.Parse(text);
            return JsonInput.Of(document.RootElement, render.Meter);
        }
        catch (Exception e) when (JsonInput.IsRefusal(e))
        {
            throw Fault.Operation("from_json of a text that is not JSON");
        }
    }
}
