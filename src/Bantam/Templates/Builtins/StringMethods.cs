using Bantam.Templates.Values;

namespace Bantam.Templates.Builtins;

/// <summary>Methods of strings.</summary>
internal static class StringMethods
{
    public static readonly Dictionary<string, Method<string>> Known = new(StringComparer.Ordinal)
    {
        ["strip"] = (r, s, a) => TextParts.Strip(r.Meter, s, Characters(a, "strip")),
        ["lstrip"] = (r, s, a) => TextParts.Strip(r.Meter, s, Characters(a, "lstrip"), right: false),
        ["rstrip"] = (r, s, a) => TextParts.Strip(r.Meter, s, Characters(a, "rstrip"), left: false),
        ["split"] = (r, s, a) => a.Bind("split", "sep", "maxsplit") is var b ? List(TextParts.Split(r.Meter, s, Optional(b), b.Integer(1, -1))) : null,
        ["rsplit"] = (r, s, a) => a.Bind("rsplit", "sep", "maxsplit") is var b ? List(TextParts.SplitLast(r.Meter, s, Optional(b), b.Integer(1, -1))) : null,
        ["splitlines"] = (r, s, a) => List([.. TextParts.Lines(r.Meter, s, a.Bind("splitlines", "keepends").Truth(0))]),
        ["startswith"] = (r, s, a) => Begins(r, s, a, "startswith", s.StartsWith),
        ["endswith"] = (r, s, a) => Begins(r, s, a, "endswith", s.EndsWith),
        ["upper"] = (r, s, _) => Made(r, s).ToUpperInvariant(),
        ["lower"] = (r, s, _) => Made(r, s).ToLowerInvariant(),
        ["casefold"] = (r, s, _) => Made(r, s).ToLowerInvariant(),
        ["title"] = (r, s, _) => CasedText.Title(Made(r, s)),
        ["capitalize"] = (r, s, _) => CasedText.Capitalize(Made(r, s)),
        ["swapcase"] = (r, s, _) => CasedText.Swap(Made(r, s)),
        ["replace"] = (r, s, a) => a.Bind("replace", "old", "new", "count") is var b ? TextParts.Replace(r.Meter, s, b.Text(0), b.Text(1), b.Integer(2, -1)) : null,
        ["join"] = (r, s, a) => Join(r, s, a.Bind("join", "iterable").Required(0)),
        ["find"] = (r, s, a) => Position(s, Search.Find(r.Meter, s, a.Bind("find", "sub").Text(0), 0)),
        ["rfind"] = (r, s, a) => Position(s, Search.FindLast(r.Meter, s, a.Bind("rfind", "sub").Text(0))),
        ["index"] = (r, s, a) => Found(Position(s, Search.Find(r.Meter, s, a.Bind("index", "sub").Text(0), 0))),
        ["rindex"] = (r, s, a) => Found(Position(s, Search.FindLast(r.Meter, s, a.Bind("rindex", "sub").Text(0)))),
        ["count"] = (r, s, a) => a.Bind("count", "sub").Text(0) is { Length: > 0 } part ? (long)Search.All(r.Meter, s, part, -1).Count() : Sequences.Length(r.Meter, s) + 1,
        ["partition"] = (r, s, a) => a.Bind("partition", "sep").Text(0) is var by && Search.Find(r.Meter, s, Separator(by), 0) is var at and >= 0 ? Cut(r, s, at, by) : ListValue.Tuple(s, "", ""),
        ["rpartition"] = (r, s, a) => a.Bind("rpartition", "sep").Text(0) is var by && Search.FindLast(r.Meter, s, Separator(by)) is var at and >= 0 ? Cut(r, s, at, by) : ListValue.Tuple("", "", s),
        ["removeprefix"] = (r, s, a) => a.Bind("removeprefix", "prefix").Text(0) is var p && s.StartsWith(p, StringComparison.Ordinal) ? Made(r, s)[p.Length..] : s,
        ["removesuffix"] = (r, s, a) => a.Bind("removesuffix", "suffix").Text(0) is var p && s.EndsWith(p, StringComparison.Ordinal) ? Made(r, s)[..^p.Length] : s,
        ["center"] = (r, s, a) => a.Bind("center", "width", "fillchar") is var b ? Center(r.Meter, s, b.Integer(0), b.Text(1, " ")) : null,
        ["ljust"] = (r, s, a) => a.Bind("ljust", "width", "fillchar") is var b ? TextParts.Pad(r.Meter, s, b.Integer(0), b.Text(1, " "), _ => 0) : null,
        ["rjust"] = (r, s, a) => a.Bind("rjust", "width", "fillchar") is var b ? TextParts.Pad(r.Meter, s, b.Integer(0), b.Text(1, " "), missing => missing) : null,
        ["zfill"] = (r, s, a) => ZeroFill(r.Meter, s, a.Bind("zfill", "width").Integer(0)),
        ["format"] = (r, s, a) => BraceFormat.Apply(r.Meter, s, a),
        ["isdigit"] = (r, s, _) => All(r, s, char.IsDigit),
        ["isdecimal"] = (r, s, _) => All(r, s, char.IsDigit),
        ["isnumeric"] = (r, s, _) => All(r, s, char.IsNumber),
        ["isalpha"] = (r, s, _) => All(r, s, char.IsLetter),
        ["isalnum"] = (r, s, _) => All(r, s, char.IsLetterOrDigit),
        ["isspace"] = (r, s, _) => All(r, s, Parsing.Blank.Is),
        ["isascii"] = (r, s, _) => s.Length == 0 || All(r, s, char.IsAscii),
        ["islower"] = (r, s, _) => CasedText.IsLower(Made(r, s)),
        ["isupper"] = (r, s, _) => CasedText.IsUpper(Made(r, s)),
        ["istitle"] = (r, s, _) => CasedText.IsTitle(Made(r, s)),
    };

    public static string Center(Meter meter, string text, long width, string with = " ") =>
        TextParts.Pad(meter, text, width, with, missing => (missing / 2) + (missing & width & 1));

    public static string Join(Render render, string separator, object? values)
    {
        var items = Sequences.Of(render.Meter, values is Undefined u ? throw u.Fault() : values);
        var texts = new string[items.Count];
        render.Meter.Elements(texts.Length);
        for (var i = 0; i < texts.Length; i++)
            texts[i] = items[i] as string ?? throw Fault.Operation($"join of {TypeName.Of(items[i])}; the filter 'join' takes more than strings");
        render.Meter.Text(texts.Sum(t => (long)t.Length) + ((long)separator.Length * Math.Max(0, texts.Length - 1)));
        return string.Join(separator, texts);
    }

    private static string? Characters(Arguments arguments, string method) => Optional(arguments.Bind(method, "chars"));

    private static string? Optional(Bound bound) => bound.Get(0) is null ? null : bound.Text(0);

    private static ListValue List(List<object?> items) => new(items, own: true);

    private static string Made(Render render, string text)
    {
        render.Meter.Text(text.Length);
        return text;
    }

    private static bool Begins(Render render, string text, Arguments arguments, string method, Func<string, StringComparison, bool> holds)
    {
        var given = arguments.Bind(method, "prefix").Required(0);
        foreach (var part in given is ListValue { IsTuple: true } many ? many.Items : [given])
        {
            if (part is not string prefix)
                throw part is Undefined u ? u.Fault() : Fault.Operation($"{method} needs a string or a tuple of them and was given {TypeName.Of(part)}");
            render.Meter.Scan(Math.Min(prefix.Length, text.Length));
            if (holds(prefix, StringComparison.Ordinal))
                return true;
        }
        return false;
    }

    // From UTF-16 units to code points.
    private static long Position(string text, int at) => at < 0 ? -1 : CodePoints.Count(text[..at]);

    private static long Found(long at) => at >= 0 ? at : throw Fault.Operation("index of what is not in the text");

    private static string Separator(string by) => by.Length > 0 ? by : throw Fault.Operation("partition by an empty string");

    private static ListValue Cut(Render render, string text, int at, string by) => ListValue.Tuple(Made(render, text)[..at], by, text[(at + by.Length)..]);

    private static string ZeroFill(Meter meter, string text, long width)
    {
        var sign = text is ['+' or '-', ..] ? text[..1] : "";
        return sign + TextParts.Pad(meter, text[sign.Length..], width - sign.Length, "0", missing => missing);
    }

    private static bool All(Render render, string text, Func<char, bool> holds)
    {
        render.Meter.Scan(text.Length);
        return text.Length > 0 && text.All(holds);
    }
}
