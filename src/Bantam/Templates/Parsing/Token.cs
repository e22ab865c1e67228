namespace Bantam.Templates.Parsing;

internal enum TokenKind
{
    Data,
    VariableBegin,
    VariableEnd,
    BlockBegin,
    BlockEnd,
    Name,
    String,
    Integer,
    Float,
    Operator,
    End,
}

/// <summary>A piece of a template: its kind, its text (a string's without quotes and escapes), where it begins.</summary>
internal readonly record struct Token(TokenKind Kind, string Text, Place Place)
{
    public bool Is(TokenKind kind, string text) => Kind == kind && Text == text;

    public string Shown => Kind switch
    {
        TokenKind.End => "the end of the template",
        TokenKind.VariableEnd => "'}}'",
        TokenKind.BlockEnd => "'%}'",
        TokenKind.Data => "text",
        TokenKind.String => "a string",
        _ => $"'{(Text.Length > 40 ? Text[..40] + "…" : Text)}'",
    };
}
