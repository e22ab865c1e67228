namespace Bantam.Templates.Values;

/// <summary>What a loop tells its body about itself.</summary>
internal sealed class LoopValue(List<object?> items, int depth, Func<Render, object?, string>? again) : ICallable
{
    private Arguments? _seen;

    public int Index { get; set; }

    public string Shown => "<loop>";

    /// <summary>False where there is no such attribute.</summary>
    public bool TryGet(string name, out object? value)
    {
        value = Attribute(name);
        return !ReferenceEquals(value, Bound.Missing);
    }

    private object? Attribute(string name) => name switch
    {
        "index" => Index + 1L,
        "index0" => (long)Index,
        "revindex" => (long)items.Count - Index,
        "revindex0" => items.Count - Index - 1L,
        "first" => Index == 0,
        "last" => Index == items.Count - 1,
        "length" => (long)items.Count,
        "depth" => depth + 1L,
        "depth0" => (long)depth,
        "previtem" => Index > 0 ? items[Index - 1] : new Undefined("the first element of a loop has no 'previtem'"),
        "nextitem" => Index + 1 < items.Count ? items[Index + 1] : new Undefined("the last element of a loop has no 'nextitem'"),
        "cycle" => new Function("cycle", (_, a) => a.Positional.Count > 0 ? a.Positional[Index % a.Positional.Count] : throw Fault.Operation("loop.cycle needs something to cycle through")),
        "changed" => new Function("changed", Changed),
        _ => Bound.Missing,
    };

    /// <summary>loop(…) of a recursive loop.</summary>
    public object? Call(Render render, Arguments arguments) => again is null
        ? throw Fault.Operation("loop(…) needs a loop that is marked 'recursive'")
        : again(render, arguments.Bind("loop", "iterable").Required(0));

    private object Changed(Render render, Arguments arguments)
    {
        var same = _seen is not null && _seen.Positional.Count == arguments.Positional.Count &&
            _seen.Positional.Zip(arguments.Positional).All(p => Comparison.AreEqual(render.Meter, p.First, p.Second));
        _seen = arguments;
        return !same;
    }
}
