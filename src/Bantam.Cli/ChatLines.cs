using System.Text;

namespace Bantam.Cli;

/// <summary>Messages out of lines: one each, but where a line ends with a backslash, or stands between lines of three quotes.</summary>
internal sealed class ChatLines(CliOutput output)
{
    private const string Quotes = "\"\"\"";

    private readonly LineEditor? _editor = output.InputIsTerminal && output.IsTerminal ? new LineEditor(output, ChatCommands.Names) : null;
    private readonly TextReader _lines = output.Input();

    /// <summary>The next message, or null at the end.</summary>
    public string? Read()
    {
        if (Line("> ") is not { } line) return null;
        if (line.TrimStart().StartsWith(Quotes, StringComparison.Ordinal)) return Quoted(line.TrimStart()[Quotes.Length..]);
        var message = new StringBuilder();
        while (line.EndsWith('\\'))
        {
            message.Append(line.AsSpan(0, line.Length - 1)).Append('\n');
            if (Line("… ") is not { } next) return message.ToString(0, message.Length - 1);
            line = next;
        }
        return message.Append(line).ToString();
    }

    // What stands unfinished where the input ends is a message all the same.
    private string Quoted(string line)
    {
        var message = new StringBuilder();
        for (string? next = line; next is not null; next = Line("… "))
        {
            var end = next.TrimEnd().EndsWith(Quotes, StringComparison.Ordinal);
            var content = end ? next.TrimEnd()[..^Quotes.Length] : next;
            if (content.Length > 0 || (message.Length > 0 && !end)) message.Append(message.Length > 0 ? "\n" : "").Append(content);
            if (end) break;
        }
        return message.ToString();
    }

    private string? Line(string prompt)
    {
        if (_editor is not null) return _editor.Read(prompt);
        if (output.InputIsTerminal) output.Error.Write(prompt);
        return _lines.ReadLine();
    }
}
