using Bantam.Templates.Nodes;
using Bantam.Templates.Values;

namespace Bantam.Templates.Builtins;

/// <summary>value is name(arguments).</summary>
internal delegate bool Test(Render render, object? value, Arguments arguments);

/// <summary>The tests behind 'is'.</summary>
internal static class Tests
{
    private static readonly Dictionary<string, Test> Known = new(StringComparer.Ordinal)
    {
        ["defined"] = (_, v, _) => v is not Undefined,
        ["undefined"] = (_, v, _) => v is Undefined,
        ["none"] = (_, v, _) => v is null,
        ["boolean"] = (_, v, _) => v is bool,
        ["true"] = (_, v, _) => v is true,
        ["false"] = (_, v, _) => v is false,
        ["integer"] = (_, v, _) => v is long,
        ["float"] = (_, v, _) => v is double,
        ["number"] = (_, v, _) => v is long or double or bool,
        ["string"] = (_, v, _) => v is string,
        ["mapping"] = (_, v, _) => v is DictValue,
        ["iterable"] = (_, v, _) => v is string or ListValue or DictValue or Undefined,
        ["sequence"] = (_, v, _) => v is string or ListValue { Kind: not ListKind.Lazy } or DictValue or Undefined,
        ["callable"] = (_, v, _) => v is ICallable or Undefined,
        ["escaped"] = (_, _, _) => false,
        ["sameas"] = (_, v, a) => a.Bind("sameas", "other").Required(0) is var other && (ReferenceEquals(v, other) || (v is bool or long or double or string && v.Equals(other))),
        ["odd"] = (render, v, _) => Comparison.AreEqual(render.Meter, Arithmetic.Apply(render.Meter, "%", v is string ? null : v, 2L), 1L),
        ["even"] = (render, v, _) => Comparison.AreEqual(render.Meter, Arithmetic.Apply(render.Meter, "%", v is string ? null : v, 2L), 0L),
        ["divisibleby"] = (render, v, a) => Comparison.AreEqual(render.Meter, Arithmetic.Apply(render.Meter, "%", v, a.Bind("divisibleby", "num").Required(0)), 0L),
        ["lower"] = (render, v, _) => CasedText.IsLower(Text(render, v)),
        ["upper"] = (render, v, _) => CasedText.IsUpper(Text(render, v)),
        ["filter"] = (_, v, _) => v is string name && Filters.Find(name) is not null,
        ["test"] = (_, v, _) => v is string name && Find(name) is not null,
    };

    static Tests()
    {
        foreach (var (symbol, names) in (ReadOnlySpan<(string, string[])>)
        [
            ("==", ["==", "eq", "equalto"]), ("!=", ["!=", "ne"]), ("<", ["<", "lt", "lessthan"]), ("<=", ["<=", "le"]),
            (">", [">", "gt", "greaterthan"]), (">=", [">=", "ge"]), ("in", ["in"]),
        ])
            foreach (var name in names)
                Known[name] = (render, v, a) => Compared.Holds(render.Meter, symbol, v, a.Bind(name, "other").Required(0));
    }

    public static Test? Find(string name) => Known.GetValueOrDefault(name);

    public static Fault Missing(string name) => Fault.Unknown($"there is no test '{(name.Length > 40 ? name[..40] : name)}'");

    private static string Text(Render render, object? value)
    {
        var text = PythonText.Of(render.Meter, value);
        render.Meter.Scan(text.Length);
        return text;
    }
}
