using Bantam.Templates.Nodes;

namespace Bantam.Templates.Parsing;

internal sealed partial class Parser
{
    private static readonly Dictionary<string, string> Refused = new(StringComparer.Ordinal)
    {
        ["include"] = "other templates and files are out of a template's reach",
        ["import"] = "other templates and files are out of a template's reach",
        ["from"] = "other templates and files are out of a template's reach",
        ["extends"] = "other templates and files are out of a template's reach",
        ["block"] = "blocks are for templates that extend others, and these cannot",
        ["autoescape"] = "a chat template writes no HTML",
        ["do"] = "transformers does not know it either; write {% set _ = … %}",
        ["print"] = "write {{ … }}",
        ["trans"] = "translations are not known to a chat template",
        ["debug"] = "it would show the host",
    };

    // Statements up to the tag that ends them, whose name is then the present token; all of it where there is none.
    private Block Body(params ReadOnlySpan<string> ends)
    {
        Nest();
        var statements = new List<Statement>();
        while (true)
        {
            var token = Next();
            switch (token.Kind)
            {
                case TokenKind.Data:
                    statements.Add(new Text(token.Text, token.Place));
                    break;
                case TokenKind.VariableBegin:
                    var value = TupleOrOne(TokenKind.VariableEnd);
                    if (Now.Kind != TokenKind.VariableEnd)
                        throw Unexpected("'}}'");
                    _at++;
                    statements.Add(new Print(value, token.Place));
                    break;
                case TokenKind.BlockBegin:
                    if (Now.Kind == TokenKind.Name && ends.Contains(Now.Text))
                    {
                        _depth--;
                        return new(statements);
                    }
                    statements.Add(Tag(token.Place, ends));
                    break;
                default:
                    if (ends.Length > 0)
                        throw _source.Error(token.Place, $"the template ends and {{% {ends[^1]} %}} is missing");
                    _at = _tokens.Count - 1;
                    _depth--;
                    return new(statements);
            }
        }
    }

    // The body of a tag and the tag that ends it.
    private Block Whole(string end)
    {
        ExpectEndOfTag();
        var body = Body(end);
        _at++;
        ExpectEndOfTag();
        return body;
    }

    private Statement Tag(Place place, ReadOnlySpan<string> ends)
    {
        var name = ExpectName("the name of a tag");
        switch (name)
        {
            case "for":
                return For(place);
            case "if":
                return If(place);
            case "set":
                return Set(place);
            case "macro":
                return Macro(place);
            case "call":
                return CallBlock(place);
            case "filter":
                var filtered = Filters(new Given(place), first: true);
                return new FilterBlock(Whole("endfilter"), filtered, place);
            case "with":
                return With(place);
            case "generation":
                return new Generation(Whole("endgeneration"), place);
            case "break" or "continue" when _loops > 0:
                ExpectEndOfTag();
                return new Jump(name == "break" ? Flow.Break : Flow.Continue, place);
            case "break" or "continue":
                throw _source.Error(place, $"{{% {name} %}} outside a loop");
            case var refused when Refused.TryGetValue(refused, out var why):
                throw _source.Error(place, $"{{% {refused} %}} is refused: {why}", Codes.RefusedTag);
            default:
                throw _source.Error(place, ends.Length > 0 ? $"{{% {Cut(name)} %}} where {{% {ends[^1]} %}} is expected" : $"{{% {Cut(name)} %}} is no tag that is known");
        }
    }

    private static string Cut(string name) => name.Length > 40 ? name[..40] + "…" : name;

    private For For(Place place)
    {
        var target = TargetTuple(namespaces: false);
        if (!TakeName("in"))
            throw Unexpected("'in'");
        var over = TupleOrOne(TokenKind.BlockEnd, conditional: false, "recursive");
        var test = TakeName("if") ? Expression() : null;
        var recursive = TakeName("recursive");
        ExpectEndOfTag();
        _loops++;
        var body = Body("else", "endfor");
        _loops--;
        Block? otherwise = null;
        if (TakeName("else"))
        {
            ExpectEndOfTag();
            otherwise = Body("endfor");
        }
        _at++;
        ExpectEndOfTag();
        return new For(target, over, test, recursive, body, otherwise, place);
    }

    private If If(Place place)
    {
        var branches = new List<(Expression, Block)>();
        Block? otherwise = null;
        _conditions++;
        do
        {
            var test = TupleOrOne(TokenKind.BlockEnd, conditional: false);
            ExpectEndOfTag();
            branches.Add((test, Body("elif", "else", "endif")));
        }
        while (TakeName("elif"));
        if (TakeName("else"))
        {
            ExpectEndOfTag();
            otherwise = Body("endif");
        }
        _conditions--;
        _at++;
        ExpectEndOfTag();
        return new If(branches, otherwise, place);
    }

    private Statement Set(Place place)
    {
        var target = TargetTuple(namespaces: true);
        if (Take("="))
        {
            var value = TupleOrOne(TokenKind.BlockEnd);
            ExpectEndOfTag();
            return new Set(target, value, place);
        }
        var filtered = Filters(new Given(place), first: false);
        return new SetBlock(target, Whole("endset"), filtered, place);
    }

    private With With(Place place)
    {
        var names = new List<(Target, Expression)>();
        while (Now.Kind != TokenKind.BlockEnd)
        {
            if (names.Count > 0)
                Expect(",");
            var target = OneTarget(namespaces: false);
            Expect("=");
            names.Add((target, Expression()));
        }
        return new With(names, Whole("endwith"), place);
    }
}
