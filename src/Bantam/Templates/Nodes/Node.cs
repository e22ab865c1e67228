using Bantam.Templates.Parsing;

namespace Bantam.Templates.Nodes;

/// <summary>Something that has a value.</summary>
internal abstract class Expression(Place place)
{
    public Place Place { get; } = place;

    public object? Value(Render render, Scope scope)
    {
        // No finally: a failure ends the render, and its meter with it.
        render.Meter.Enter(Place);
        var value = Compute(render, scope);
        render.Meter.Leave();
        return value;
    }

    protected abstract object? Compute(Render render, Scope scope);
}

/// <summary>What comes after a statement: the next one, or the end of a loop or of its turn.</summary>
internal enum Flow
{
    Next,
    Break,
    Continue,
}

/// <summary>Something that is done.</summary>
internal abstract class Statement(Place place)
{
    public Place Place { get; } = place;

    public abstract Flow Run(Render render, Scope scope);
}

/// <summary>Statements one after another.</summary>
internal sealed class Block(List<Statement> statements)
{
    public Flow Run(Render render, Scope scope)
    {
        foreach (var statement in statements)
        {
            render.Meter.Enter(statement.Place);
            var flow = statement.Run(render, scope);
            render.Meter.Leave();
            if (flow != Flow.Next)
                return flow;
        }
        return Flow.Next;
    }
}
