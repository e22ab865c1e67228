using Bantam.Templates.Parsing;
using Bantam.Templates.Values;

namespace Bantam.Templates.Nodes;

/// <summary>Arguments as they are written: a, b=c, *d, **e.</summary>
internal sealed class ArgumentList(List<(string? Name, Expression Value, int Stars)> arguments)
{
    public static readonly ArgumentList None = new([]);

    public Arguments Values(Render render, Scope scope, params ReadOnlySpan<object?> before)
    {
        if (arguments.Count == 0 && before.Length == 0)
            return Arguments.None;
        var positional = new List<object?>(arguments.Count + before.Length);
        positional.AddRange(before);
        var named = new List<KeyValuePair<string, object?>>();
        foreach (var (name, expression, stars) in arguments)
        {
            var value = expression.Value(render, scope);
            if (name is not null)
                named.Add(new(name, value));
            else if (stars == 0)
                positional.Add(value);
            else if (stars == 1)
                positional.AddRange(Sequences.Copy(render.Meter, value).Items);
            else
                named.AddRange(Named(render.Meter, value));
        }
        return new(positional, named);
    }

    private static IEnumerable<KeyValuePair<string, object?>> Named(Meter meter, object? value)
    {
        if (value is not DictValue dict)
            throw Fault.Operation($"'**' of {TypeName.Of(value)}; it needs a dict");
        meter.Elements(dict.Count);
        return dict.Entries.Select(e => KeyValuePair.Create(e.Key as string ?? throw Fault.Operation("'**' of a dict with keys that are no strings"), e.Value));
    }
}

/// <summary>f(…) and a.method(…).</summary>
internal sealed class Call(Expression callee, ArgumentList arguments, Place place) : Expression(place)
{
    protected override object? Compute(Render render, Scope scope) => Invoke(render, scope, null);

    /// <summary>Calls; <paramref name="caller"/> is what a call block hands over.</summary>
    public object? Invoke(Render render, Scope scope, MacroValue? caller)
    {
        var function = callee.Value(render, scope);
        var given = arguments.Values(render, scope);
        if (caller is not null)
            given = new(given.Positional, [.. given.Named, new("caller", caller)]);
        render.Meter.Place = Place;
        return render.Call(function, given);
    }
}

/// <summary>a | name(…); without a, in a filter block or behind set, what it is given.</summary>
internal sealed class Filtered(Expression of, string name, Builtins.Filter? filter, ArgumentList arguments, Place place) : Expression(place)
{
    protected override object? Compute(Render render, Scope scope)
    {
        var value = of.Value(render, scope);
        var given = arguments.Values(render, scope);
        render.Meter.Place = Place;
        return (filter ?? throw Builtins.Filters.Missing(name))(render, value, given);
    }
}

/// <summary>a is name(…).</summary>
internal sealed class Tested(Expression of, string name, Builtins.Test? test, ArgumentList arguments, Place place) : Expression(place)
{
    protected override object? Compute(Render render, Scope scope)
    {
        var value = of.Value(render, scope);
        var given = arguments.Values(render, scope);
        render.Meter.Place = Place;
        return (test ?? throw Builtins.Tests.Missing(name))(render, value, given);
    }
}

/// <summary>A value that is known when its filters run: the text of a filter block.</summary>
internal sealed class Given(Place place) : Expression(place)
{
    // No name that a template can write.
    private const string Slot = " given";

    public static Scope With(Scope scope, string text)
    {
        var inner = new Scope(scope);
        inner.Set(Slot, text);
        return inner;
    }

    protected override object? Compute(Render render, Scope scope) => scope.Get(Slot);
}
