using Bantam.Templates.Nodes;

namespace Bantam.Templates.Values;

/// <summary>A macro and the scope it was written in.</summary>
internal sealed class MacroValue(MacroShape shape, Scope home) : ICallable
{
    // What a call costs beside the nodes in it: a scope, and a text of its own.
    private const int Steps = 8;

    public string Shown => $"<Macro '{shape.Name}'>";

    public object? Call(Render render, Arguments arguments)
    {
        render.Meter.Step(Steps);
        render.Meter.Nest();
        var scope = new Scope(home);
        Assign(render, scope, arguments);
        var text = render.Capture(shape.Body, scope);
        render.Meter.Leave();
        return text;
    }

    public object? Attribute(string name) => name switch
    {
        "name" => shape.Name,
        "arguments" => ListValue.Tuple([.. shape.Parameters.Select(p => p.Name)]),
        "catch_kwargs" => shape.TakesNamed,
        "catch_varargs" => shape.TakesMore,
        "caller" => shape.TakesCaller,
        _ => null,
    };

    private void Assign(Render render, Scope scope, Arguments arguments)
    {
        var named = new DictValue();
        object? caller = null;
        foreach (var (name, value) in arguments.Named)
        {
            if (name == "caller" && shape.Parameters.All(p => p.Name != "caller"))
                caller = value;
            else
                named.Set(name, value);
        }
        for (var i = 0; i < shape.Parameters.Count; i++)
        {
            var (name, otherwise) = shape.Parameters[i];
            var byName = named.TryGet(name, out var value);
            named.Remove(name);
            if (i < arguments.Positional.Count)
                value = byName ? throw Fault.Operation($"macro '{shape.Name}' was given '{name}' twice") : arguments.Positional[i];
            else if (!byName)
                value = otherwise is null ? new Undefined($"parameter '{name}' of macro '{shape.Name}' was not provided") : otherwise.Value(render, scope);
            scope.Set(name, value);
        }
        More(scope, arguments, named, caller);
    }

    private void More(Scope scope, Arguments arguments, DictValue named, object? caller)
    {
        if (shape.TakesCaller)
            scope.Set("caller", caller ?? new Undefined("no caller defined; this macro is written for a call block"));
        else if (caller is not null)
            throw Fault.Operation($"macro '{shape.Name}' was called from a call block and never calls caller()");
        if (shape.TakesNamed)
            scope.Set("kwargs", named);
        else if (named.Count > 0)
            throw Fault.Operation($"macro '{shape.Name}' knows no argument '{named.Entries[0].Key}'");
        var more = arguments.Positional.Skip(shape.Parameters.Count).ToArray();
        if (shape.TakesMore)
            scope.Set("varargs", ListValue.Tuple(more));
        else if (more.Length > 0)
            throw Fault.Operation($"macro '{shape.Name}' takes {shape.Parameters.Count} arguments and was given {arguments.Positional.Count}");
    }
}
