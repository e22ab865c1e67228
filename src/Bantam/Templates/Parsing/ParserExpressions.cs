using Bantam.Templates.Nodes;

namespace Bantam.Templates.Parsing;

// From what binds loosest to what binds tightest, in Jinja2's order: a if b else c; or; and; not; comparisons; + -; ~;
// * / // %; ** (which groups to the left there); signs; then calls, elements, filters and tests.
internal sealed partial class Parser
{
    private Expression Expression()
    {
        Nest();
        var place = Now.Place;
        var value = Or();
        while (TakeName("if"))
        {
            _conditions++;
            var test = Or();
            var otherwise = TakeName("else") ? Expression() : null;
            _conditions--;
            value = new Conditional(test, value, otherwise, place);
        }
        _depth--;
        return value;
    }

    private Expression Or()
    {
        var left = And();
        while (Now is var token && TakeName("or"))
            left = new Logical(false, left, And(), token.Place);
        return left;
    }

    private Expression And()
    {
        var left = Negation();
        while (Now is var token && TakeName("and"))
            left = new Logical(true, left, Negation(), token.Place);
        return left;
    }

    private Expression Negation()
    {
        var place = Now.Place;
        if (!TakeName("not"))
            return Comparison();
        Nest();
        var of = Negation();
        _depth--;
        return new Not(of, place);
    }

    private Expression Comparison()
    {
        var place = Now.Place;
        var first = Sum();
        var rest = new List<(string, Expression)>();
        while (true)
        {
            if (Now.Kind == TokenKind.Operator && Now.Text is "==" or "!=" or "<" or "<=" or ">" or ">=")
                rest.Add((Next().Text, Sum()));
            else if (TakeName("in"))
                rest.Add(("in", Sum()));
            else if (AtName("not") && Ahead.Is(TokenKind.Name, "in"))
            {
                _at += 2;
                rest.Add(("not in", Sum()));
            }
            else
                return rest.Count == 0 ? first : new Compared(first, rest, place);
        }
    }

    private Expression Sum()
    {
        var left = Joined();
        while (Now is { Kind: TokenKind.Operator, Text: "+" or "-" })
        {
            var symbol = Next();
            left = new Binary(symbol.Text, left, Joined(), symbol.Place);
        }
        return left;
    }

    private Expression Joined()
    {
        var place = Now.Place;
        var parts = new List<Expression> { Product() };
        while (Take("~"))
            parts.Add(Product());
        return parts.Count == 1 ? parts[0] : new Concatenation(parts, place);
    }

    private Expression Product()
    {
        var left = Power();
        while (Now is { Kind: TokenKind.Operator, Text: "*" or "/" or "//" or "%" })
        {
            var symbol = Next();
            left = new Binary(symbol.Text, left, Power(), symbol.Place);
        }
        return left;
    }

    private Expression Power()
    {
        var left = Unary();
        while (Now is var symbol && Take("**"))
            left = new Binary("**", left, Unary(), symbol.Place);
        return left;
    }

    private Expression Unary(bool filters = true)
    {
        var place = Now.Place;
        Expression value;
        if (Now is { Kind: TokenKind.Operator, Text: "-" or "+" })
        {
            Nest();
            value = new Signed(Next().Text == "-", Unary(filters: false), place);
            _depth--;
        }
        else
            value = Primary();
        value = Postfix(value);
        return filters ? Filters(value, first: false) : value;
    }

    // (a, b), a, b, or just a. Only a condition's 'if' and what ends the tag are left alone where conditional is false.
    private Expression TupleOrOne(TokenKind end, bool conditional = true, string? word = null)
    {
        var place = Now.Place;
        var items = new List<Expression>();
        var many = false;
        while (Now.Kind != end && !At(")") && (word is null || !AtName(word)))
        {
            items.Add(conditional ? Expression() : Or());
            if (!Take(","))
                break;
            many = true;
        }
        if (items.Count == 0)
            throw Unexpected("an expression");
        return many ? new ListLiteral(items, isTuple: true, place) : items[0];
    }
}
