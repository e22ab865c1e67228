using Bantam.Templates.Nodes;

namespace Bantam.Templates.Parsing;

// What follows a value: attributes, elements, calls, filters and tests.
internal sealed partial class Parser
{
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
