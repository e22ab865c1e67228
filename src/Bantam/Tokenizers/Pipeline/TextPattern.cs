using System.Text.Json;

namespace Bantam.Tokenizers.Pipeline;

/// <summary>A text or a regular expression that a step looks for.</summary>
internal sealed class TextPattern
{
    private readonly string? _text;
    private readonly CodePointRegex? _regex;
    private readonly string? _expression;

    private TextPattern(string? text, string? expression, string source = "pre-tokenizer")
    {
        (_text, _expression) = (text, expression);
        if (expression is not null) _regex = new CodePointRegex(expression, source);
    }

    /// <summary>A text as it stands.</summary>
    public static TextPattern OfText(string text) => new(text, null);

    /// <summary>A regular expression.</summary>
    /// <exception cref="ModelFileException">BT1045: it uses something that is not read.</exception>
    public static TextPattern OfRegex(string expression) => new(null, expression);

    /// <summary>The text, or null where it is an expression.</summary>
    public string? Text => _text;

    /// <summary>Reads the <c>pattern</c> of a step.</summary>
    /// <exception cref="ModelFileException">BT1081: it is neither a text nor an expression; BT1045: an expression that is not read.</exception>
    public static TextPattern Read(JsonElement step, string file)
    {
        var pattern = step.Field("pattern");
        if (pattern.Text("String") is { Length: > 0 } text) return OfText(text);
        if (pattern.Text("Regex") is { } expression) return new(null, expression, file);
        throw StepJson.Refuse(step, file, "pattern", "must be {\"String\": …} or {\"Regex\": …}, and not empty");
    }

    /// <summary>Writes the <c>pattern</c> of a step.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject("pattern");
        if (_text is not null) json.WriteString("String", _text);
        else json.WriteString("Regex", _expression);
        json.WriteEndObject();
    }

    /// <summary>The first match that begins at <paramref name="from"/> or later; an empty range at the end where there is none. An empty text matches nowhere.</summary>
    /// <param name="text">The text.</param>
    /// <param name="from">Where to begin.</param>
    /// <param name="steps">How many steps an expression may take; those taken are subtracted.</param>
    /// <exception cref="BantamException">BT1038: there were more.</exception>
    public (int Start, int End) Find(ReadOnlySpan<char> text, int from, ref long steps)
    {
        if (_regex is not null) return _regex.Find(text, from, ref steps);
        var at = _text!.Length == 0 ? -1 : text[from..].IndexOf(_text);
        return at < 0 ? (text.Length, text.Length) : (from + at, from + at + _text.Length);
    }

    /// <summary>A text with all matches replaced.</summary>
    /// <exception cref="BantamException">BT1038: an expression takes too many steps.</exception>
    public string Replace(string text, string content)
    {
        if (_text is not null) return _text.Length == 0 ? text : text.Replace(_text, content, StringComparison.Ordinal);
        var steps = CodePointRegex.Budget(text.Length);
        var (made, at) = (new System.Text.StringBuilder(), 0);
        while (at < text.Length && _regex!.Find(text, at, ref steps) is var (start, end) && end > start)
        {
            made.Append(text, at, start - at).Append(content);
            at = end;
        }
        return made.Append(text, at, text.Length - at).ToString();
    }
}
