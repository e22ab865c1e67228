using Bantam.Templates.Parsing;
using Bantam.Templates.Values;

namespace Bantam.Templates.Nodes;

/// <summary>What a macro is: its name, its parameters with their defaults, its body.</summary>
internal sealed record MacroShape(string Name, List<(string Name, Expression? Default)> Parameters, Block Body)
{
    /// <summary>Whether the body reads varargs, kwargs and caller, and so takes them.</summary>
    public bool TakesMore { get; init; }

    public bool TakesNamed { get; init; }

    public bool TakesCaller { get; init; }
}

/// <summary>{% macro name(a, b=c) %}…{% endmacro %}.</summary>
internal sealed class Macro(MacroShape shape, Place place) : Statement(place)
{
    public override Flow Run(Render render, Scope scope)
    {
        scope.Set(shape.Name, new MacroValue(shape, scope));
        return Flow.Next;
    }
}

/// <summary>{% call(a) macro(b) %}…{% endcall %}: a macro gets a body that it can call.</summary>
internal sealed class CallBlock(Call call, MacroShape shape, Place place) : Statement(place)
{
    public override Flow Run(Render render, Scope scope)
    {
        render.Write(PythonText.Of(render.Meter, call.Invoke(render, scope, new MacroValue(shape, scope))));
        return Flow.Next;
    }
}
