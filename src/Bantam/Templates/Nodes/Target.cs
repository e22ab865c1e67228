using Bantam.Templates.Values;

namespace Bantam.Templates.Nodes;

/// <summary>What is assigned to: a name, an attribute of a namespace, or several of them at once.</summary>
internal abstract class Target
{
    public abstract void Assign(Meter meter, Scope scope, object? value);
}

/// <summary>A name.</summary>
internal sealed class NameTarget(string name) : Target
{
    public override void Assign(Meter meter, Scope scope, object? value) => scope.Set(name, value);
}

/// <summary>ns.attribute.</summary>
internal sealed class NamespaceTarget(string name, string attribute) : Target
{
    public override void Assign(Meter meter, Scope scope, object? value)
    {
        if (scope.Get(name) is not NamespaceValue space)
            throw Fault.Operation($"'{name}.{attribute}' is set and '{name}' is no namespace(); only those have attributes to set");
        meter.Elements(1);
        space.Attributes[attribute] = value;
    }
}

/// <summary>a, (b, c).</summary>
internal sealed class TupleTarget(List<Target> targets) : Target
{
    public override void Assign(Meter meter, Scope scope, object? value)
    {
        if (value is Undefined u)
            throw u.Fault();
        var items = Sequences.Of(meter, value);
        if (items.Count != targets.Count)
            throw Fault.Operation($"{items.Count} values for {targets.Count} names");
        for (var i = 0; i < targets.Count; i++)
            targets[i].Assign(meter, scope, items[i]);
    }
}
