using Bantam.Templates.Parsing;
using Bantam.Templates.Values;

namespace Bantam.Templates.Nodes;

/// <summary>a.b: a method of that name, or the element.</summary>
internal sealed class Member(Expression of, string name, Place place) : Expression(place)
{
    public Expression Of => of;

    public string Name => name;

    protected override object? Compute(Render render, Scope scope)
    {
        var value = of.Value(render, scope);
        render.Meter.Place = Place;
        return Lookup.Attribute(value, name);
    }
}

/// <summary>a[b]: the element, or a method of that name.</summary>
internal sealed class Element(Expression of, Expression index, Place place) : Expression(place)
{
    protected override object? Compute(Render render, Scope scope)
    {
        var value = of.Value(render, scope);
        var key = index.Value(render, scope);
        render.Meter.Place = Place;
        return Lookup.Element(render.Meter, value, key);
    }
}

/// <summary>a[b:c:d].</summary>
internal sealed class Slice(Expression of, Expression? from, Expression? to, Expression? by, Place place) : Expression(place)
{
    protected override object? Compute(Render render, Scope scope)
    {
        var value = of.Value(render, scope);
        var (first, last, step) = (Bound(from, render, scope), Bound(to, render, scope), Bound(by, render, scope));
        render.Meter.Place = Place;
        return value switch
        {
            string or ListValue => Slices.Slice(render.Meter, value, first, last, step),
            Undefined u => throw u.Fault(),
            // Jinja2 asks a dict for the slice as a key and finds none.
            _ => Undefined.Attribute(value, "slice"),
        };
    }

    private static long? Bound(Expression? bound, Render render, Scope scope) => bound?.Value(render, scope) switch
    {
        null => null,
        Undefined u => throw u.Fault(),
        var value when Arithmetic.IsWhole(value) => Arithmetic.Whole(value),
        var value => throw Fault.Operation($"a slice from or to {TypeName.Of(value)}; it needs integers"),
    };
}
