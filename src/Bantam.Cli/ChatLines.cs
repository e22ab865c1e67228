using System.Text;

namespace Bantam.Cli;

/// <summary>Messages out of lines: one each, but where a line ends with a backslash, or stands between lines of three quotes.</summary>
internal sealed class ChatLines(CliOutput output, LineEditor? editor = null)
{
    private const string Quotes = "\"\"\"";

    private readonly LineEditor? _editor = editor ?? (output.InputIsTerminal && output.IsTerminal ? new LineEditor(output, ChatCommands.Names) { AsksForPastes = !OperatingSystem.IsWindows() } : null);
    private readonly TextReader _lines = output.Input();

    /// <summary>The next message, or null at the end.</summary>
    public string? Read()
    {
        while (Line("> ", isContinuation: false) is { } line)
        {
            var message = line.TrimStart().StartsWith(Quotes, StringComparison.Ordinal) ? Quoted(line.TrimStart()[Quotes.Length..]) : Continued(line);
            if (message is not null)
            {
                _editor?.Remember(message);
                return message;
            }
            output.Note("the message is not sent");
        }
        return null;
    }

    // What stands unfinished where the input ends is a message all the same; on a terminal it was given up, and the result is null.
    private string? Continued(string line)
    {
        var message = new StringBuilder();
        while (line.EndsWith('\\'))
        {
            message.Append(line.AsSpan(0, line.Length - 1)).Append('\n');
            if (Line("… ", isContinuation: true) is not { } next) return _editor is null ? message.ToString(0, message.Length - 1) : null;
            line = next;
        }
        return message.Append(line).ToString();
    }

    private string? Quoted(string line)
    {
        var message = new StringBuilder();
        var isEnded = false;
        for (string? next = line; next is not null; next = Line("… ", isContinuation: true))
        {
            isEnded = next.TrimEnd().EndsWith(Quotes, StringComparison.Ordinal);
            var content = isEnded ? next.TrimEnd()[..^Quotes.Length] : next;
            if (content.Length > 0 || (message.Length > 0 && !isEnded)) message.Append(message.Length > 0 ? "\n" : "").Append(content);
            if (isEnded) break;
        }
        if (!isEnded && _editor is not null) return null;
        // What is quoted is said, and no command.
        return message is ['/', ..] ? $"/{message}" : message.ToString();
    }

    private string? Line(string prompt, bool isContinuation)
    {
        if (_editor is not null) return _editor.Read(prompt, isContinuation);
        if (output.InputIsTerminal) output.Error.Write(prompt);
        return _lines.ReadLine();
    }
}
