using Bantam.Templates.Nodes;

namespace Bantam.Templates.Parsing;

/// <summary>Tokens to nodes. This part holds the tokens and the limits; the others read statements and expressions.</summary>
internal sealed partial class Parser
{
    // Parsing recurses where a template nests; none of a model's comes near.
    private const int MaxNesting = 100;
    private readonly Source _source;
    private readonly List<Token> _tokens;
    private readonly HashSet<string> _special = [];
    private int _at;
    private int _depth;
    private int _loops;
    private int _conditions;

    public Parser(Source source)
    {
        _source = source;
        _tokens = Lexer.Tokens(source);
    }

    private Token Now => _tokens[_at];

    private Token Ahead => _tokens[Math.Min(_at + 1, _tokens.Count - 1)];

    public Block Template()
    {
        var body = Body();
        return Now.Kind == TokenKind.End ? body : throw Unexpected("nothing more");
    }

    private Token Next() => _tokens[Now.Kind == TokenKind.End ? _at : _at++];

    private bool At(string symbol) => Now.Is(TokenKind.Operator, symbol);

    private bool AtName(string name) => Now.Is(TokenKind.Name, name);

    private bool Take(string symbol)
    {
        if (!At(symbol))
            return false;
        _at++;
        return true;
    }

    private bool TakeName(string name)
    {
        if (!AtName(name))
            return false;
        _at++;
        return true;
    }

    private void Expect(string symbol)
    {
        if (!Take(symbol))
            throw Unexpected($"'{symbol}'");
    }

    private string ExpectName(string what)
    {
        if (Now.Kind != TokenKind.Name)
            throw Unexpected(what);
        return Next().Text;
    }

    private void ExpectEndOfTag()
    {
        if (Now.Kind != TokenKind.BlockEnd)
            throw Unexpected("'%}'");
        _at++;
    }

    private TemplateException Unexpected(string expected) => _source.Error(Now.Place, $"{Now.Shown} where {expected} is expected");

    private void Nest()
    {
        if (++_depth > MaxNesting)
            throw _source.Error(Now.Place, $"nested deeper than {MaxNesting}", Codes.SourceLimit);
    }
}
