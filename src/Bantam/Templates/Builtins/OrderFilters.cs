using Bantam.Templates.Values;

namespace Bantam.Templates.Builtins;

/// <summary>Filters that compare elements. Unless told otherwise, they do not tell upper from lower case.</summary>
internal static class OrderFilters
{
    public static readonly Dictionary<string, Filter> Known = new(StringComparer.Ordinal)
    {
        ["sort"] = Sort,
        ["dictsort"] = DictSort,
        ["unique"] = Unique,
        ["groupby"] = GroupBy,
        ["min"] = (r, v, a) => Extreme(r, v, a, "min", -1),
        ["max"] = (r, v, a) => Extreme(r, v, a, "max", 1),
        ["sum"] = Sum,
    };

    private static ListValue Sort(Render render, object? value, Arguments arguments)
    {
        var bound = arguments.Bind("sort", "reverse", "case_sensitive", "attribute");
        var key = Attributes.Many(render.Meter, bound.Get(2), !bound.Truth(1));
        return new(StableSort.By(render.Meter, Sequences.Of(render.Meter, value), key, bound.Truth(0)), own: true);
    }

    private static ListValue DictSort(Render render, object? value, Arguments arguments)
    {
        var bound = arguments.Bind("dictsort", "case_sensitive", "by", "reverse");
        if (bound.Text(1, "key") is not ("key" or "value") and var by)
            throw Fault.Operation($"dictsort by '{by}'; it sorts by key or by value");
        if (value is not DictValue dict)
            throw value is Undefined u ? u.Fault() : Fault.Operation($"dictsort of {TypeName.Of(value)}; it needs a dict");
        var fold = Attributes.Of(render.Meter, bound.Text(1, "key") == "key" ? 0L : 1L, foldCase: !bound.Truth(0));
        return new(StableSort.By(render.Meter, DictMethods.Items(render.Meter, dict).Items, fold, bound.Truth(2)), own: true);
    }

    private static ListValue Unique(Render render, object? value, Arguments arguments)
    {
        var bound = arguments.Bind("unique", "case_sensitive", "attribute");
        var key = Attributes.Of(render.Meter, bound.Get(1), foldCase: !bound.Truth(0));
        var seen = new DictValue();
        var kept = new List<object?>();
        foreach (var item in Sequences.Of(render.Meter, value))
        {
            render.Meter.Elements(1);
            var k = key(item);
            if (seen.Has(k))
                continue;
            seen.Set(k, null);
            kept.Add(item);
        }
        return new(kept, ListKind.Lazy, own: true);
    }

    private static ListValue GroupBy(Render render, object? value, Arguments arguments)
    {
        var bound = arguments.Bind("groupby", "attribute", "default", "case_sensitive");
        var (meter, attribute) = (render.Meter, bound.Required(0));
        var key = Attributes.Of(meter, attribute, foldCase: !bound.Truth(2), otherwise: bound.Get(1));
        var shown = Attributes.Of(meter, attribute, otherwise: bound.Get(1));
        var groups = new List<object?>();
        List<object?>? present = null;
        object? last = null;
        foreach (var item in StableSort.By(meter, Sequences.Of(meter, value), key, reverse: false))
        {
            meter.Elements(1);
            var k = key(item);
            if (present is null || !Comparison.AreEqual(meter, last, k))
                groups.Add(new ListValue([shown(item), new ListValue(present = [], own: true)], ListKind.Group));
            present.Add(item);
            last = k;
        }
        return new(groups, own: true);
    }

    private static object? Extreme(Render render, object? value, Arguments arguments, string name, int sign)
    {
        var bound = arguments.Bind(name, "case_sensitive", "attribute");
        var key = Attributes.Of(render.Meter, bound.Get(1), foldCase: !bound.Truth(0));
        var items = Sequences.Of(render.Meter, value);
        if (items.Count == 0)
            return new Undefined($"'{name}' of nothing is undefined");
        var best = items[0];
        foreach (var item in items)
            if (Comparison.Compare(render.Meter, key(item), key(best)) is var order && order != int.MinValue && order * sign > 0)
                best = item;
        return best;
    }

    private static object? Sum(Render render, object? value, Arguments arguments)
    {
        var bound = arguments.Bind("sum", "attribute", "start");
        var of = Attributes.Of(render.Meter, bound.Get(0));
        var sum = bound.Get(1, 0L);
        foreach (var item in Sequences.Of(render.Meter, value))
            sum = Arithmetic.Apply(render.Meter, "+", sum, of(item) is string ? throw Fault.Operation("sum of strings; join them") : of(item));
        return sum;
    }
}
