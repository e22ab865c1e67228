using Bantam.Templates.Parsing;
using Bantam.Templates.Values;

namespace Bantam.Templates.Nodes;

/// <summary>A constant.</summary>
internal sealed class Literal(object? value, Place place) : Expression(place)
{
    protected override object? Compute(Render render, Scope scope) => value;
}

/// <summary>A variable.</summary>
internal sealed class Name(string name, Place place) : Expression(place)
{
    public string Text => name;

    protected override object? Compute(Render render, Scope scope) => scope.Get(name);
}

/// <summary>[a, b] or (a, b).</summary>
internal sealed class ListLiteral(List<Expression> items, bool isTuple, Place place) : Expression(place)
{
    protected override object? Compute(Render render, Scope scope)
    {
        render.Meter.Elements(items.Count);
        var values = new List<object?>(items.Count);
        foreach (var item in items)
            values.Add(item.Value(render, scope));
        return new ListValue(values, isTuple ? ListKind.Tuple : ListKind.List, own: true);
    }
}

/// <summary>{a: b}.</summary>
internal sealed class DictLiteral(List<(Expression Key, Expression Value)> entries, Place place) : Expression(place)
{
    protected override object? Compute(Render render, Scope scope)
    {
        render.Meter.Elements(entries.Count);
        var dict = new DictValue(own: true);
        foreach (var (key, value) in entries)
            dict.Set(key.Value(render, scope), value.Value(render, scope));
        return dict;
    }
}
