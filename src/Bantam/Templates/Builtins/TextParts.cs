using System.Text;
using Bantam.Templates.Parsing;
using Bantam.Templates.Values;

namespace Bantam.Templates.Builtins;

/// <summary>Cutting strings: strip, split, lines, replace, padding.</summary>
internal static class TextParts
{
    /// <summary>Without blank, or without any of <paramref name="characters"/>, at the sides that are named.</summary>
    public static string Strip(Meter meter, string text, string? characters, bool left = true, bool right = true)
    {
        meter.Scan(text.Length);
        meter.Step((characters?.Length ?? 0) >> 3);
        var set = characters is null ? null : CodePoints.Of(characters).ToHashSet(StringComparer.Ordinal);
        var (from, to) = (0, text.Length);
        while (left && from < to && Width(text, from, 1) is var w && Strips(set, text, from, w))
            from += w;
        while (right && to > from && Width(text, to - 1, -1) is var w && Strips(set, text, to - w, w))
            to -= w;
        meter.Text(to - from);
        return text[from..to];
    }

    public static List<object?> Split(Meter meter, string text, string? separator, long most)
    {
        var parts = new List<object?>();
        if (separator is null)
            return SplitBlank(meter, text, most, parts);
        if (separator.Length == 0)
            throw Fault.Operation("split by an empty string");
        var from = 0;
        foreach (var at in Search.All(meter, text, separator, most < 0 ? -1 : most))
        {
            Add(meter, parts, text, from, at);
            from = at + separator.Length;
        }
        Add(meter, parts, text, from, text.Length);
        return parts;
    }

    /// <summary>Split from the right.</summary>
    public static List<object?> SplitLast(Meter meter, string text, string? separator, long most)
    {
        if (most < 0)
            return Split(meter, text, separator, -1);
        var all = new List<object?>();
        var to = separator is null ? Blank.TrimEnd(text).Length : text.Length;
        for (; most > 0 && to >= 0; most--)
        {
            var at = separator is null ? LastBlank(text, to) : to < separator.Length ? -1 : text.AsSpan(0, to).LastIndexOf(separator, StringComparison.Ordinal);
            meter.Scan(to - Math.Max(at, 0));
            if (at < 0)
                break;
            Add(meter, all, text, at + (separator?.Length ?? 1), to);
            to = separator is null ? Blank.TrimEnd(text.AsSpan(0, at)).Length : at;
        }
        var rest = separator is null && Blank.IsAll(text.AsSpan(0, to)) ? "" : text[..to];
        if (separator is not null || rest.Length > 0)
            all.Add(rest);
        all.Reverse();
        return all;
    }

    /// <summary>Lines as Python ends them, \v, \f and the Unicode separators included.</summary>
    public static List<string> Lines(Meter meter, string text, bool keepEnds = false)
    {
        meter.Text(text.Length);
        var lines = new List<string>();
        var from = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is not ('\n' or '\r' or '\v' or '\f' or '\u001c' or '\u001d' or '\u001e' or '\u0085' or '\u2028' or '\u2029'))
                continue;
            var end = text[i] == '\r' && i + 1 < text.Length && text[i + 1] == '\n' ? i + 2 : i + 1;
            meter.Elements(1);
            lines.Add(text[from..(keepEnds ? end : i)]);
            from = end;
            i = end - 1;
        }
        if (from < text.Length)
            lines.Add(text[from..]);
        return lines;
    }

    public static string Replace(Meter meter, string text, string old, string replacement, long most)
    {
        var at = old.Length == 0 ? Between(text, most) : [.. Search.All(meter, text, old, most < 0 ? -1 : most)];
        meter.Elements(at.Count);
        meter.Text(text.Length + (at.Count * ((long)replacement.Length - old.Length)));
        var replaced = new StringBuilder();
        var from = 0;
        foreach (var i in at)
        {
            replaced.Append(text, from, i - from).Append(replacement);
            from = i + old.Length;
        }
        return replaced.Append(text, from, text.Length - from).ToString();
    }

    public static string Pad(Meter meter, string text, long width, string with, Func<long, long> left)
    {
        if (CodePoints.Count(with) != 1)
            throw Fault.Operation("a text is filled up with one character");
        var missing = Math.Max(0, width - CodePoints.Count(text));
        meter.Text((missing * with.Length) + text.Length);
        var before = (int)left(missing);
        return string.Concat(Arithmetic.Repeated(with, before), text, Arithmetic.Repeated(with, (int)missing - before));
    }

    public static string Escape(Meter meter, string text)
    {
        meter.Text(5L * text.Length);
        return text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal)
            .Replace("'", "&#39;", StringComparison.Ordinal).Replace("\"", "&#34;", StringComparison.Ordinal);
    }

    private static List<object?> SplitBlank(Meter meter, string text, long most, List<object?> parts)
    {
        var at = Blank.Skip(text, 0);
        while (at < text.Length)
        {
            var end = at;
            while (end < text.Length && !Blank.Is(text[end]))
                end++;
            if (most >= 0 && parts.Count == most)
            {
                Add(meter, parts, text, at, text.Length);
                break;
            }
            Add(meter, parts, text, at, end);
            at = Blank.Skip(text, end);
        }
        meter.Scan(text.Length);
        return parts;
    }

    private static int LastBlank(string text, int to)
    {
        while (--to >= 0 && !Blank.Is(text[to]))
        {
        }
        return to;
    }

    private static void Add(Meter meter, List<object?> parts, string text, int from, int to)
    {
        meter.Elements(1);
        meter.Text(to - from);
        parts.Add(text[from..to]);
    }

    // An empty string stands before every character and at the end.
    private static List<int> Between(string text, long most)
    {
        var at = new List<int>();
        for (var i = 0; i <= text.Length && (most < 0 || at.Count < most); i += i < text.Length ? Width(text, i, 1) : 1)
            at.Add(i);
        return at;
    }

    private static bool Strips(HashSet<string>? set, string text, int at, int width) =>
        set is null ? Blank.Is(text[at]) : set.Contains(text.Substring(at, width));

    private static int Width(string text, int at, int direction) =>
        direction > 0 ? at + 1 < text.Length && char.IsSurrogatePair(text[at], text[at + 1]) ? 2 : 1
        : at > 0 && char.IsSurrogatePair(text[at - 1], text[at]) ? 2 : 1;
}
