using System.Globalization;
using System.Text;
using Bantam.Templates.Nodes;

namespace Bantam.Templates.Parsing;

internal sealed partial class Parser
{
    private Expression Primary()
    {
        var token = Next();
        switch (token.Kind)
        {
            case TokenKind.Name:
                if (token.Text is "varargs" or "kwargs" or "caller")
                    _special.Add(token.Text);
                return token.Text switch
                {
                    "true" or "True" => new Literal(true, token.Place),
                    "false" or "False" => new Literal(false, token.Place),
                    "none" or "None" => new Literal(null, token.Place),
                    _ => new Name(token.Text, token.Place),
                };
            case TokenKind.String:
                var text = new StringBuilder(token.Text);
                while (Now.Kind == TokenKind.String)
                    text.Append(Next().Text);
                return new Literal(text.ToString(), token.Place);
            case TokenKind.Integer:
                return new Literal(Integer(token), token.Place);
            case TokenKind.Float:
                return new Literal(double.Parse(token.Text, NumberStyles.Float, CultureInfo.InvariantCulture), token.Place);
            case TokenKind.Operator when token.Text is "(" or "[" or "{":
                Nest();
                var value = token.Text == "(" ? Parenthesised(token.Place) : token.Text == "[" ? List(token.Place) : Dict(token.Place);
                _depth--;
                return value;
            default:
                throw _source.Error(token.Place, $"{token.Shown} where an expression is expected");
        }
    }

    private long Integer(Token token)
    {
        var text = token.Text;
        try
        {
            return text.Length < 2 || char.IsAsciiDigit(text[1])
                ? long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture)
                : Convert.ToInt64(text[2..], char.ToLowerInvariant(text[1]) switch { 'x' => 16, 'o' => 8, _ => 2 });
        }
        catch (Exception e) when (e is OverflowException or FormatException or ArgumentException)
        {
            throw _source.Error(token.Place, $"{token.Shown} is no integer of 64 bits");
        }
    }

    private Expression Parenthesised(Place place)
    {
        if (Take(")"))
            return new ListLiteral([], isTuple: true, place);
        var value = TupleOrOne(TokenKind.End);
        Expect(")");
        return value;
    }

    private ListLiteral List(Place place)
    {
        var items = new List<Expression>();
        while (!Take("]"))
        {
            if (items.Count > 0)
                Expect(",");
            if (Take("]"))
                break;
            items.Add(Expression());
        }
        return new(items, isTuple: false, place);
    }

    private DictLiteral Dict(Place place)
    {
        var entries = new List<(Expression, Expression)>();
        while (!Take("}"))
        {
            if (entries.Count > 0)
                Expect(",");
            if (Take("}"))
                break;
            var key = Expression();
            Expect(":");
            entries.Add((key, Expression()));
        }
        return new(entries, place);
    }

    private Expression Postfix(Expression value)
    {
        while (Now is { Kind: TokenKind.Operator } token)
        {
            if (Take("."))
                value = Now.Kind == TokenKind.Integer ? new Element(value, new Literal(Integer(Now), Next().Place), token.Place) : new Member(value, ExpectName("an attribute's name"), token.Place);
            else if (Take("["))
                value = Subscript(value, token.Place);
            else if (At("("))
                value = new Call(value, Arguments(), token.Place);
            else
                return value;
        }
        return value;
    }

    private Expression Subscript(Expression of, Place place)
    {
        var from = At(":") ? null : Expression();
        if (Take("]"))
            return new Element(of, from!, place);
        Expect(":");
        var to = At(":") || At("]") ? null : Expression();
        var by = Take(":") && !At("]") ? Expression() : null;
        Expect("]");
        return new Slice(of, from, to, by, place);
    }

    // | filter, is test, and calls of what they gave. The first filter of a filter block stands without its bar.
    private Expression Filters(Expression value, bool first)
    {
        while (true)
        {
            var place = Now.Place;
            if (first || Take("|"))
            {
                first = false;
                var name = DottedName("the name of a filter");
                var arguments = At("(") ? Arguments() : ArgumentList.None;
                var filter = Builtins.Filters.Find(name);
                if (filter is null && _conditions == 0)
                    throw _source.Error(place, Builtins.Filters.Missing(name).Message, Codes.Unknown);
                value = new Filtered(value, name, filter, arguments, place);
            }
            else if (TakeName("is"))
                value = Test(value, place);
            else if (At("(") && value is Filtered or Tested or Not)
                value = new Call(value, Arguments(), place);
            else
                return value;
        }
    }

    private Expression Test(Expression value, Place place)
    {
        var negated = TakeName("not");
        var name = DottedName("the name of a test");
        var arguments = ArgumentList.None;
        if (At("("))
            arguments = Arguments();
        else if (Now.Kind is TokenKind.String or TokenKind.Integer or TokenKind.Float || At("(") || At("[") || At("{")
            || (Now.Kind == TokenKind.Name && Now.Text is not ("else" or "or" or "and" or "if" or "is" or "in" or "not" or "recursive")))
            arguments = new([(null, Postfix(Primary()), 0)]);
        else if (AtName("is"))
            throw _source.Error(Now.Place, "a test of a test; write 'and' between them");
        var test = Builtins.Tests.Find(name);
        if (test is null && _conditions == 0)
            throw _source.Error(place, Builtins.Tests.Missing(name).Message, Codes.Unknown);
        var tested = new Tested(value, name, test, arguments, place);
        return negated ? new Not(tested, place) : tested;
    }

    private string DottedName(string what)
    {
        var name = ExpectName(what);
        while (Take("."))
            name += "." + ExpectName(what);
        return name;
    }

    private ArgumentList Arguments()
    {
        var arguments = new List<(string?, Expression, int)>();
        var named = false;
        Expect("(");
        while (!Take(")"))
        {
            if (arguments.Count > 0)
                Expect(",");
            if (arguments.Count > 0 && Take(")"))
                break;
            if (Take("*"))
                arguments.Add((null, Expression(), 1));
            else if (Take("**"))
                arguments.Add((null, Expression(), 2));
            else if (Now.Kind == TokenKind.Name && Ahead.Is(TokenKind.Operator, "="))
            {
                var name = Next().Text;
                _at++;
                named = true;
                arguments.Add((name, Expression(), 0));
            }
            else if (named)
                throw _source.Error(Now.Place, "an argument without a name behind one that has one");
            else
                arguments.Add((null, Expression(), 0));
        }
        return new(arguments);
    }
}
