using Bantam.Templates.Parsing;
using Bantam.Templates.Values;

namespace Bantam.Templates.Nodes;

/// <summary>{% for a in b if c recursive %}…{% else %}…{% endfor %}.</summary>
internal sealed class For(Target target, Expression over, Expression? test, bool recursive, Block body, Block? otherwise, Place place) : Statement(place)
{
    public override Flow Run(Render render, Scope scope)
    {
        Loop(render, scope, over.Value(render, scope), 0);
        return Flow.Next;
    }

    /// <summary>One more round over <paramref name="values"/>; what loop(…) calls.</summary>
    public string Again(Render render, Scope scope, object? values, int depth) =>
        render.Capture(new Block([new Round(this, values, depth, Place)]), scope);

    private void Loop(Render render, Scope scope, object? values, int depth)
    {
        render.Meter.Place = Place;
        var items = Chosen(render, scope, values);
        var loop = new LoopValue(items, depth, recursive ? (r, more) => Again(r, scope, more, depth + 1) : null);
        for (var i = 0; i < items.Count; i++)
        {
            render.Meter.Step();
            loop.Index = i;
            var turn = new Scope(scope);
            turn.Set("loop", loop);
            target.Assign(render.Meter, turn, items[i]);
            if (body.Run(render, turn) == Flow.Break)
                return;
        }
        if (items.Count == 0)
            otherwise?.Run(render, new Scope(scope));
    }

    private List<object?> Chosen(Render render, Scope scope, object? values)
    {
        // A list that the body adds to must not move under the loop.
        var items = values is ListValue { Own: true } ? Sequences.Copy(render.Meter, values).Items : Sequences.Of(render.Meter, values);
        if (test is null)
            return items;
        render.Meter.Elements(items.Count);
        var chosen = new List<object?>();
        foreach (var item in items)
        {
            var turn = new Scope(scope);
            target.Assign(render.Meter, turn, item);
            if (Truth.Of(test.Value(render, turn)))
                chosen.Add(item);
        }
        return chosen;
    }

    private sealed class Round(For of, object? values, int depth, Place place) : Statement(place)
    {
        public override Flow Run(Render render, Scope scope)
        {
            of.Loop(render, scope, values, depth);
            return Flow.Next;
        }
    }
}
