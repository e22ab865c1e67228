namespace Bantam.Templates.Values;

/// <summary>What a.b and a[b] find. Values have elements and the methods that are listed, and no way from there into the host.</summary>
internal static class Lookup
{
    public static object? Attribute(object? value, string name)
    {
        switch (value)
        {
            case Undefined u:
                throw u.Fault();
            case NamespaceValue space:
                return space.Attributes.TryGetValue(name, out var set) ? set : Guarded(value, name);
            case LoopValue loop:
                return loop.TryGet(name, out var told) ? told : Guarded(value, name);
            case MacroValue macro when macro.Attribute(name) is { } known:
                return known;
            case ListValue { Kind: ListKind.Group } group when name is "grouper" or "list":
                return group[name == "list" ? 1 : 0];
            case not null when Builtins.Methods.Has(value, name):
                return new BoundMethod(value, name);
            case DictValue dict when dict.TryGet(name, out var entry):
                return entry;
            default:
                return Guarded(value, name);
        }
    }

    public static object? Element(Meter meter, object? value, object? key)
    {
        switch (value)
        {
            case Undefined u:
                throw u.Fault();
            case DictValue dict when key is not (ListValue or DictValue) && dict.TryGet(key, out var entry):
                return entry;
            case string or ListValue when Arithmetic.IsWhole(key):
                return Slices.Element(meter, value, Arithmetic.Whole(key));
            case not null when key is string name:
                return Attribute(value, name);
            default:
                return Undefined.Attribute(value, key is string or long ? key : TypeName.Of(key));
        }
    }

    // Every chain into the host begins with such a name, and no template of a model does.
    private static Undefined Guarded(object? value, string name) => name.StartsWith("__", StringComparison.Ordinal)
        ? throw Fault.Sandbox($"'{(name.Length > 40 ? name[..40] : name)}' of {TypeName.Of(value)} is out of a template's reach")
        : Undefined.Attribute(value, name);
}
