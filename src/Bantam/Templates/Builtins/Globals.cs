using Bantam.Templates.Values;

namespace Bantam.Templates.Builtins;

/// <summary>What a template can call without having been given it.</summary>
internal static class Globals
{
    /// <summary>The outermost scope of every render; nothing writes to it.</summary>
    public static Scope Scope { get; } = Build();

    private static Scope Build()
    {
        var scope = new Scope(null);
        foreach (var function in (ReadOnlySpan<(string Name, Func<Render, Arguments, object?> Body)>)
        [
            ("range", Range),
            ("dict", (render, a) => Fill(render, a, "dict", new DictValue(own: true))),
            ("namespace", Namespace),
            ("joiner", Joiner),
            ("raise_exception", (render, a) => throw new Fault(Codes.Raised, PythonText.Of(render.Meter, a.Bind("raise_exception", "message").Get(0, "")))),
            ("strftime_now", (render, a) => Strftime.Format(render.Options.Now ?? DateTimeOffset.Now, a.Bind("strftime_now", "format").Text(0))),
            ("cycler", (_, _) => throw NotKnown("cycler", "loop.cycle(…) does the same in a loop")),
            ("lipsum", (_, _) => throw NotKnown("lipsum", "it would write other words every time")),
        ])
            scope.Set(function.Name, new Function(function.Name, function.Body));
        return scope;
    }

    private static Fault NotKnown(string name, string why) => Fault.Unknown($"{name}() is not known to a chat template; {why}");

    private static ListValue Range(Render render, Arguments arguments)
    {
        var bound = arguments.Bind("range", "start", "stop", "step");
        var (start, stop, step) = bound.Has(1) ? (bound.Integer(0), bound.Integer(1), bound.Integer(2, 1)) : (0, bound.Integer(0), 1);
        if (step == 0)
            throw Fault.Operation("range() with a step of 0");
        var span = step > 0 ? (Int128)stop - start : (Int128)start - stop;
        var count = span <= 0 ? 0 : ((span - 1) / Int128.Abs(step)) + 1;
        if (count > Meter.MaxRange)
            throw new Fault(Codes.Size, $"range() of {count} elements, more than {Meter.MaxRange}");
        render.Meter.Elements((long)count);
        var items = new List<object?>((int)count);
        for (var i = 0; i < count; i++)
            items.Add(start + (i * step));
        return new(items);
    }

    private static NamespaceValue Namespace(Render render, Arguments arguments)
    {
        var space = new NamespaceValue();
        foreach (var (name, value) in Fill(render, arguments, "namespace", new DictValue()).Entries)
            space.Attributes[name as string ?? throw Fault.Operation("namespace() of a dict with keys that are no strings")] = value;
        return space;
    }

    /// <summary>Adds what dict(…) and update(…) take: a dict or pairs, and arguments by name.</summary>
    public static DictValue Fill(Render render, Arguments arguments, string function, DictValue dict)
    {
        render.Meter.Elements(arguments.Named.Count + (arguments.Positional.Count > 0 ? Sequences.Length(render.Meter, arguments.Positional[0]) : 0));
        if (arguments.Positional.Count > 1)
            throw Fault.Operation($"{function} takes one argument and was given {arguments.Positional.Count}");
        if (arguments.Positional is [DictValue other])
            foreach (var (key, value) in other.Entries.ToArray())
                dict.Set(key, value);
        else if (arguments.Positional is [var pairs])
            foreach (var pair in Sequences.Of(render.Meter, pairs))
                dict.Set(pair is ListValue { Count: 2 } two ? two[0] : throw Fault.Operation($"{function} of {TypeName.Of(pair)}; it needs a dict or pairs"), two[1]);
        foreach (var (key, value) in arguments.Named)
            dict.Set(key, value);
        return dict;
    }

    // Nothing the first time, the separator from then on.
    private static Function Joiner(Render render, Arguments arguments)
    {
        var separator = arguments.Bind("joiner", "sep").Text(0, ", ");
        var used = false;
        return new("joiner", (_, _) =>
        {
            var text = used ? separator : "";
            used = true;
            return text;
        });
    }
}
