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
}
