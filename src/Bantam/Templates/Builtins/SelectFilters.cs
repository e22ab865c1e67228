using Bantam.Templates.Values;

namespace Bantam.Templates.Builtins;

/// <summary>Filters that go through elements one by one: map, select and reject, by themselves or by an attribute.</summary>
internal static class SelectFilters
{
    public static readonly Dictionary<string, Filter> Known = new(StringComparer.Ordinal)
    {
        ["map"] = Map,
        ["select"] = (r, v, a) => Select(r, v, a, byAttribute: false, keep: true),
        ["reject"] = (r, v, a) => Select(r, v, a, byAttribute: false, keep: false),
        ["selectattr"] = (r, v, a) => Select(r, v, a, byAttribute: true, keep: true),
        ["rejectattr"] = (r, v, a) => Select(r, v, a, byAttribute: true, keep: false),
    };

    private static ListValue Map(Render render, object? value, Arguments arguments)
    {
        var items = Items(render, value);
        render.Meter.Elements(items.Count);
        var map = arguments.Positional.Count > 0 ? ByFilter(render, arguments) : ByAttribute(render, arguments);
        var mapped = new List<object?>(items.Count);
        foreach (var item in items)
            mapped.Add(map(item));
        return new(mapped, ListKind.Lazy, own: true);
    }

    // What is false, none too, has no elements for these.
    private static List<object?> Items(Render render, object? value) => Truth.Of(value) ? Sequences.Of(render.Meter, value) : [];

    private static Func<object?, object?> ByAttribute(Render render, Arguments arguments)
    {
        var bound = arguments.Bind("map", "attribute", "default");
        return Attributes.Of(render.Meter, bound.Required(0), otherwise: bound.Get(1));
    }

    private static Func<object?, object?> ByFilter(Render render, Arguments arguments)
    {
        var name = arguments.Positional[0] as string ?? throw Fault.Operation("map needs the name of a filter, or attribute='…'");
        var filter = Filters.Find(name) ?? throw Filters.Missing(name);
        var rest = new Arguments(arguments.Positional[1..], arguments.Named);
        return item =>
        {
            render.Meter.Step();
            return filter(render, item, rest);
        };
    }

    private static ListValue Select(Render render, object? value, Arguments arguments, bool byAttribute, bool keep)
    {
        var items = Items(render, value);
        var given = arguments.Positional;
        if (byAttribute && given.Count == 0)
            throw Fault.Operation("selectattr and rejectattr need the name of an attribute");
        var of = byAttribute ? Attributes.Of(render.Meter, given[0]) : item => item;
        var holds = Test(render, given[(byAttribute ? 1 : 0)..], arguments.Named);
        var kept = new List<object?>();
        foreach (var item in items)
        {
            render.Meter.Step();
            if (holds(of(item)) == keep)
                kept.Add(item);
        }
        render.Meter.Elements(kept.Count);
        return new(kept, ListKind.Lazy, own: true);
    }

    private static Func<object?, bool> Test(Render render, List<object?> given, List<KeyValuePair<string, object?>> named)
    {
        if (given.Count == 0)
            return Truth.Of;
        var name = given[0] as string ?? throw Fault.Operation("select and reject need the name of a test");
        var test = Tests.Find(name) ?? throw Tests.Missing(name);
        var rest = new Arguments(given[1..], named);
        return item => test(render, item, rest);
    }
}
