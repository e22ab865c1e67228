using Bantam.Templates.Values;

namespace Bantam.Templates.Builtins;

/// <summary>Methods of lists. Those that change one do so only to a list that the template wrote itself.</summary>
internal static class ListMethods
{
    public static readonly Dictionary<string, Method<ListValue>> Known = new(StringComparer.Ordinal)
    {
        ["append"] = (render, self, a) => Insert(render, self, "append", self.Count, [a.Bind("append", "object").Required(0)]),
        ["extend"] = (render, self, a) => Insert(render, self, "extend", self.Count, Sequences.Copy(render.Meter, a.Bind("extend", "iterable").Required(0)).Items),
        ["insert"] = (render, self, a) => a.Bind("insert", "index", "object") is var b ? Insert(render, self, "insert", At(b.Integer(0), self.Count), [b.Required(1)]) : null,
        ["pop"] = Pop,
        ["copy"] = (render, self, _) => Sequences.Copy(render.Meter, self),
        ["count"] = (render, self, a) => a.Bind("count", "value").Required(0) is var value ? (long)self.Items.Count(item => Same(render.Meter, item, value)) : 0L,
        ["index"] = (render, self, a) => a.Bind("index", "value").Required(0) is var value && self.Items.FindIndex(item => Same(render.Meter, item, value)) is var at and >= 0
            ? (long)at
            : throw Fault.Operation("index of what is not in the list"),
    };

    private static object? Insert(Render render, ListValue self, string method, int at, List<object?> items)
    {
        render.Meter.Elements(items.Count);
        // The length of one list has the same limit however it grew; only what is moved costs again.
        render.Meter.Step(1 + ((self.Count - at) >> 3));
        Own(self, method).Items.InsertRange(at, items);
        return null;
    }

    private static object? Pop(Render render, ListValue self, Arguments arguments)
    {
        var index = arguments.Bind("pop", "index").Integer(0, -1);
        var at = index < 0 ? index + self.Count : index;
        if (at < 0 || at >= self.Count)
            throw Fault.Operation($"pop({index}) of a list of {self.Count}");
        var value = self[(int)at];
        render.Meter.Step(1 + ((self.Count - at) >> 3));
        Own(self, "pop").Items.RemoveAt((int)at);
        return value;
    }

    private static int At(long index, int count) => (int)Math.Clamp(index < 0 ? index + count : index, 0, count);

    private static bool Same(Meter meter, object? a, object? b)
    {
        meter.Step();
        return Comparison.AreEqual(meter, a, b);
    }

    private static ListValue Own(ListValue self, string method) =>
        self.Own ? self : throw Fault.Sandbox($"'{method}' would change a list that the template was given; it may change a copy");
}
