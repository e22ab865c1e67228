namespace Bantam.Templates;

/// <summary>A template that is refused or fails: one line that names template, line, column and what would help.</summary>
public sealed class TemplateException : BantamException
{
    /// <summary>Creates the error.</summary>
    /// <param name="code">Stable code, <c>BT50xx</c>.</param>
    /// <param name="file">The template's name as the caller gave it.</param>
    /// <param name="line">Line, from 1.</param>
    /// <param name="column">Column, from 1, in UTF-16 units.</param>
    /// <param name="reason">What is wrong and what would help.</param>
    public TemplateException(string code, string file, int line, int column, string reason)
        : base(code, code == Codes.Raised ? OneLine(reason) : $"{file}: line {line}, column {column}: {OneLine(reason)}")
    {
        File = file;
        Line = line;
        Column = column;
        Reason = reason;
    }

    /// <summary>The template's name.</summary>
    public string File { get; }

    /// <summary>Line, from 1.</summary>
    public int Line { get; }

    /// <summary>Column, from 1.</summary>
    public int Column { get; }

    /// <summary>What is wrong, without place and code; of <c>raise_exception</c>, the template's own words, whole.</summary>
    public string Reason { get; }

    /// <summary>Whether the template itself refused its input, by <c>raise_exception</c>: the conversation is at fault and not the template.</summary>
    public bool IsRaisedByTemplate => Code == Codes.Raised;

    // Words of a template are as hostile as the rest of it.
    private static string OneLine(string reason)
    {
        const int Most = 400;
        var cut = reason.Length > Most ? reason[..Most] + "…" : reason;
        return string.Concat(cut.Select(c => c is '\n' or '\r' or '\t' ? " " : char.IsControl(c) || char.IsSurrogate(c) ? $"\\u{(int)c:x4}" : c.ToString()));
    }
}
