using Bantam.Templates.Values;

namespace Bantam.Templates.Builtins;

/// <summary>Filters about what a value holds.</summary>
internal static class ListFilters
{
    public static readonly Dictionary<string, Filter> Known = new(StringComparer.Ordinal)
    {
        ["default"] = Default,
        ["d"] = Default,
        ["length"] = (r, v, _) => Sequences.Length(r.Meter, v),
        ["count"] = (r, v, _) => Sequences.Length(r.Meter, v),
        ["first"] = (r, v, _) => Sequences.Of(r.Meter, v) is [var first, ..] ? first : new Undefined("'first' of nothing is undefined"),
        ["last"] = (r, v, _) => Sequences.Of(r.Meter, v) is [.., var last] ? last : new Undefined("'last' of nothing is undefined"),
        ["list"] = (r, v, _) => Sequences.Copy(r.Meter, v),
        ["items"] = (r, v, _) => v is DictValue dict ? DictMethods.Items(r.Meter, dict) : v is Undefined ? new ListValue([], ListKind.Lazy) : throw Fault.Operation($"items of {TypeName.Of(v)}; it needs a dict"),
        ["reverse"] = Reverse,
        ["join"] = Join,
        ["attr"] = (r, v, a) => Lookup.Attribute(v, a.Bind("attr", "name").Text(0)) is var found && v is DictValue && found is not BoundMethod ? Undefined.Attribute(v, "attribute of that name") : found,
        ["batch"] = Batch,
        ["slice"] = Slice,
    };

    private static object? Default(Render render, object? value, Arguments arguments)
    {
        var bound = arguments.Bind("default", "default_value", "boolean");
        return value is Undefined || (bound.Truth(1) && !Truth.Of(value)) ? bound.Get(0, "") : value;
    }

    private static object Reverse(Render render, object? value, Arguments arguments)
    {
        if (value is string text)
            return Slices.Slice(render.Meter, text, null, null, -1);
        var items = Sequences.Copy(render.Meter, value).Items;
        items.Reverse();
        return new ListValue(items, ListKind.Lazy);
    }

    private static string Join(Render render, object? value, Arguments arguments)
    {
        var bound = arguments.Bind("join", "d", "attribute");
        var (meter, separator) = (render.Meter, PythonText.Of(render.Meter, bound.Get(0, "")));
        var of = Attributes.Of(meter, bound.Get(1));
        var items = Sequences.Of(meter, value);
        meter.Elements(items.Count);
        var (texts, length) = (new string[items.Count], 0L);
        for (var i = 0; i < texts.Length; i++)
        {
            texts[i] = PythonText.Of(meter, of(items[i]));
            length += texts[i].Length + (i > 0 ? separator.Length : 0);
        }
        meter.Text(length);
        return string.Join(separator, texts);
    }

    private static ListValue Batch(Render render, object? value, Arguments arguments)
    {
        var bound = arguments.Bind("batch", "linecount", "fill_with");
        var (size, items) = (bound.Integer(0), Sequences.Of(render.Meter, value));
        if (size < 1)
            throw Fault.Operation($"batch of {size}");
        render.Meter.Elements(4L * items.Count);
        List<object?> batches = [.. items.Chunk((int)Math.Min(size, Math.Max(1, items.Count))).Select(chunk => new ListValue([.. chunk], own: true))];
        if (batches is [.., ListValue last] && last.Count < size && bound.Get(1) is { } fill)
        {
            render.Meter.Elements(size - last.Count);
            last.Items.AddRange(Enumerable.Repeat<object?>(fill, (int)(size - last.Count)));
        }
        return new(batches, ListKind.Lazy);
    }

    private static ListValue Slice(Render render, object? value, Arguments arguments)
    {
        var bound = arguments.Bind("slice", "slices", "fill_with");
        var (count, items) = (bound.Integer(0), Sequences.Of(render.Meter, value));
        if (count < 1)
            throw Fault.Operation($"slice into {count}");
        render.Meter.Elements(items.Count);
        render.Meter.Elements(count);
        render.Meter.Elements(count);
        var (size, extra) = (items.Count / count, items.Count % count);
        var slices = new List<object?>();
        for (long i = 0, from = 0; i < count; i++)
        {
            var part = items.GetRange((int)from, (int)(size + (i < extra ? 1 : 0)));
            from += part.Count;
            if (i >= extra && bound.Get(1) is { } fill)
                part.Add(fill);
            slices.Add(new ListValue(part, own: true));
        }
        return new(slices, ListKind.Lazy);
    }
}
