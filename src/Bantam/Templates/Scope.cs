using Bantam.Templates.Values;

namespace Bantam.Templates;

/// <summary>Names and their values; what is not here is looked for outside. A loop's turn, a macro's call and a block each open one, an if does not.</summary>
internal sealed class Scope(Scope? outer)
{
    private Dictionary<string, object?>? _names;

    public void Set(string name, object? value) => (_names ??= new(StringComparer.Ordinal))[name] = value;

    public object? Get(string name)
    {
        for (var scope = this; scope is not null; scope = scope.Outer)
            if (scope._names is { } names && names.TryGetValue(name, out var value))
                return value;
        return Undefined.Name(name);
    }

    private Scope? Outer { get; } = outer;
}
