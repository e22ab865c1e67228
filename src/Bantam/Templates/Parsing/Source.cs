namespace Bantam.Templates.Parsing;

/// <summary>A template's text with newlines as Jinja2 sees them, and where in it an index lies.</summary>
internal sealed class Source
{
    // Templates that models come with have 1 to 30 thousand characters.
    public const int MaxLength = 1_000_000;
    private readonly int[] _lines;

    public Source(string text, string file)
    {
        File = file;
        if (text.Length > MaxLength)
            throw new TemplateException(Codes.SourceLimit, file, 1, 1, $"the template has {text.Length} characters, more than {MaxLength}");
        var unified = text.Contains('\r', StringComparison.Ordinal) ? text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n') : text;
        // keep_trailing_newline is off: one newline at the very end belongs to the editor.
        Text = unified.EndsWith('\n') ? unified[..^1] : unified;
        var lines = new List<int> { 0 };
        for (var i = Text.IndexOf('\n', StringComparison.Ordinal); i >= 0; i = Text.IndexOf('\n', i + 1))
            lines.Add(i + 1);
        _lines = [.. lines];
    }

    public string Text { get; }

    public string File { get; }

    public Place At(int index)
    {
        var line = Array.BinarySearch(_lines, index);
        if (line < 0)
            line = ~line - 1;
        return new(line + 1, index - _lines[line] + 1);
    }

    public TemplateException Error(int index, string reason) => Error(At(index), reason);

    public TemplateException Error(Place place, string reason, string code = Codes.Syntax) => new(code, File, place.Line, place.Column, reason);
}
