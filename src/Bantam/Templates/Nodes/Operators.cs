using Bantam.Templates.Parsing;
using Bantam.Templates.Values;

namespace Bantam.Templates.Nodes;

/// <summary>a + b and its kin.</summary>
internal sealed class Binary(string symbol, Expression left, Expression right, Place place) : Expression(place)
{
    protected override object? Compute(Render render, Scope scope)
    {
        var a = left.Value(render, scope);
        var b = right.Value(render, scope);
        render.Meter.Place = Place;
        return Arithmetic.Apply(render.Meter, symbol, a, b);
    }
}

/// <summary>-a or +a.</summary>
internal sealed class Signed(bool negative, Expression of, Place place) : Expression(place)
{
    protected override object? Compute(Render render, Scope scope)
    {
        var value = of.Value(render, scope);
        return negative ? Arithmetic.Negate(value) : Arithmetic.Plus(value);
    }
}

/// <summary>a and b, a or b: the last one that was looked at.</summary>
internal sealed class Logical(bool isAnd, Expression left, Expression right, Place place) : Expression(place)
{
    protected override object? Compute(Render render, Scope scope)
    {
        var a = left.Value(render, scope);
        return Truth.Of(a) == isAnd ? right.Value(render, scope) : a;
    }
}

/// <summary>not a.</summary>
internal sealed class Not(Expression of, Place place) : Expression(place)
{
    protected override object? Compute(Render render, Scope scope) => !Truth.Of(of.Value(render, scope));
}

/// <summary>a ~ b ~ c: everything as text, one behind the other.</summary>
internal sealed class Concatenation(List<Expression> parts, Place place) : Expression(place)
{
    protected override object? Compute(Render render, Scope scope)
    {
        var texts = new string[parts.Count];
        for (var i = 0; i < texts.Length; i++)
            texts[i] = PythonText.Of(render.Meter, parts[i].Value(render, scope));
        render.Meter.Text(texts.Sum(t => (long)t.Length));
        return string.Concat(texts);
    }
}

/// <summary>a if b else c; without an else, undefined.</summary>
internal sealed class Conditional(Expression test, Expression then, Expression? otherwise, Place place) : Expression(place)
{
    protected override object? Compute(Render render, Scope scope) =>
        Truth.Of(test.Value(render, scope)) ? then.Value(render, scope)
        : otherwise is null ? new Undefined("an 'if' without 'else' was not met and its value is undefined")
        : otherwise.Value(render, scope);
}

/// <summary>a &lt; b &lt;= c: each neighbours compared, until one pair does not hold.</summary>
internal sealed class Compared(Expression first, List<(string Symbol, Expression Right)> rest, Place place) : Expression(place)
{
    protected override object? Compute(Render render, Scope scope)
    {
        var left = first.Value(render, scope);
        foreach (var (symbol, expression) in rest)
        {
            var right = expression.Value(render, scope);
            render.Meter.Place = Place;
            if (!Holds(render.Meter, symbol, left, right))
                return false;
            left = right;
        }
        return true;
    }

    public static bool Holds(Meter meter, string symbol, object? a, object? b) => symbol switch
    {
        "==" => Comparison.AreEqual(meter, a, b),
        "!=" => !Comparison.AreEqual(meter, a, b),
        "in" => Comparison.Contains(meter, b, a),
        "not in" => !Comparison.Contains(meter, b, a),
        _ => Comparison.Compare(meter, a, b) is var order && order != int.MinValue && symbol switch
        {
            "<" => order < 0,
            "<=" => order <= 0,
            ">" => order > 0,
            _ => order >= 0,
        },
    };
}
