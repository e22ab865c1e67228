using Bantam.Templates.Values;

namespace Bantam.Templates.Builtins;

/// <summary>Methods of dicts. Those that change one do so only to a dict that the template wrote itself.</summary>
internal static class DictMethods
{
    public static readonly Dictionary<string, Method<DictValue>> Known = new(StringComparer.Ordinal)
    {
        ["get"] = (_, self, a) => a.Bind("get", "key", "default") is var b && self.TryGet(b.Required(0), out var value) ? value : b.Get(1),
        ["items"] = (render, self, _) => Items(render.Meter, self),
        ["keys"] = (render, self, _) => Sequences.Copy(render.Meter, self),
        ["values"] = Values,
        ["copy"] = (render, self, _) => Globals.Fill(render, new([self], []), "copy", new(own: true)),
        ["update"] = Update,
        ["setdefault"] = SetDefault,
        ["pop"] = Pop,
    };

    public static ListValue Items(Meter meter, DictValue dict)
    {
        meter.Elements(4L * dict.Count);
        return new([.. dict.Entries.Select(e => ListValue.Tuple(e.Key, e.Value))], own: true);
    }

    private static ListValue Values(Render render, DictValue self, Arguments arguments)
    {
        render.Meter.Elements(self.Count);
        return new([.. self.Entries.Select(e => e.Value)], own: true);
    }

    private static object? Update(Render render, DictValue self, Arguments arguments)
    {
        Globals.Fill(render, arguments, "update", Own(self, "update"));
        return null;
    }

    private static object? SetDefault(Render render, DictValue self, Arguments arguments)
    {
        var bound = arguments.Bind("setdefault", "key", "default");
        if (self.TryGet(bound.Required(0), out var value))
            return value;
        render.Meter.Elements(1);
        Own(self, "setdefault").Set(bound.Required(0), bound.Get(1));
        return bound.Get(1);
    }

    private static object? Pop(Render render, DictValue self, Arguments arguments)
    {
        var bound = arguments.Bind("pop", "key", "default");
        if (!self.TryGet(bound.Required(0), out var value))
            return bound.Has(1) ? bound.Get(1) : throw Fault.Operation("pop of a key that the dict does not have; give a default");
        render.Meter.Step(self.Count);
        Own(self, "pop").Remove(bound.Required(0));
        return value;
    }

    private static DictValue Own(DictValue self, string method) =>
        self.Own ? self : throw Fault.Sandbox($"'{method}' would change a dict that the template was given; it may change a copy");
}
