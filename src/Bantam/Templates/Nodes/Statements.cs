using Bantam.Templates.Parsing;
using Bantam.Templates.Values;

namespace Bantam.Templates.Nodes;

/// <summary>Text between tags.</summary>
internal sealed class Text(string text, Place place) : Statement(place)
{
    public override Flow Run(Render render, Scope scope)
    {
        render.Write(text);
        return Flow.Next;
    }
}

/// <summary>{{ a }}.</summary>
internal sealed class Print(Expression value, Place place) : Statement(place)
{
    public override Flow Run(Render render, Scope scope)
    {
        render.Write(PythonText.Of(render.Meter, value.Value(render, scope)));
        return Flow.Next;
    }
}

/// <summary>{% if %} with its elifs and its else.</summary>
internal sealed class If(List<(Expression Test, Block Body)> branches, Block? otherwise, Place place) : Statement(place)
{
    public override Flow Run(Render render, Scope scope)
    {
        foreach (var (test, body) in branches)
            if (Truth.Of(test.Value(render, scope)))
                return body.Run(render, scope);
        return otherwise?.Run(render, scope) ?? Flow.Next;
    }
}

/// <summary>{% break %} and {% continue %}.</summary>
internal sealed class Jump(Flow flow, Place place) : Statement(place)
{
    public override Flow Run(Render render, Scope scope) => flow;
}

/// <summary>{% set a = b %}.</summary>
internal sealed class Set(Target target, Expression value, Place place) : Statement(place)
{
    public override Flow Run(Render render, Scope scope)
    {
        target.Assign(render.Meter, scope, value.Value(render, scope));
        return Flow.Next;
    }
}

/// <summary>{% set a %}…{% endset %}, with or without filters.</summary>
internal sealed class SetBlock(Target target, Block body, Expression filtered, Place place) : Statement(place)
{
    public override Flow Run(Render render, Scope scope)
    {
        var text = render.Capture(body, new Scope(scope));
        target.Assign(render.Meter, scope, filtered.Value(render, Given.With(scope, text)));
        return Flow.Next;
    }
}

/// <summary>{% filter name %}…{% endfilter %}.</summary>
internal sealed class FilterBlock(Block body, Expression filtered, Place place) : Statement(place)
{
    public override Flow Run(Render render, Scope scope)
    {
        var text = render.Capture(body, new Scope(scope));
        render.Write(PythonText.Of(render.Meter, filtered.Value(render, Given.With(scope, text))));
        return Flow.Next;
    }
}

/// <summary>{% with a = b %}…{% endwith %}.</summary>
internal sealed class With(List<(Target Target, Expression Value)> names, Block body, Place place) : Statement(place)
{
    public override Flow Run(Render render, Scope scope)
    {
        var inner = new Scope(scope);
        foreach (var (target, value) in names)
            target.Assign(render.Meter, inner, value.Value(render, scope));
        return body.Run(render, inner);
    }
}

/// <summary>{% generation %}…{% endgeneration %}: what the assistant said.</summary>
internal sealed class Generation(Block body, Place place) : Statement(place)
{
    public override Flow Run(Render render, Scope scope) => render.Generate(body, new Scope(scope));
}
