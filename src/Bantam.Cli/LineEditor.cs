using System.Text;
using Spectre.Console.Rendering;

namespace Bantam.Cli;

/// <summary>
/// Edits one line on a terminal, with the lines before it (up and down) and completion (tab). A line longer than the window moves
/// sideways in it.
/// </summary>
internal sealed class LineEditor(CliOutput output, IReadOnlyList<string> completions)
{
    private readonly List<string> _history = [];
    private readonly StringBuilder _line = new();
    private int _cursor;

    /// <summary>The keys; tests type themselves.</summary>
    public Func<ConsoleKeyInfo> ReadKey { get; init; } = () => Console.ReadKey(intercept: true);

    /// <summary>Whether a further key is there already, faster than anybody types: the line is being pasted.</summary>
    public Func<bool> HasKey { get; init; } = () => Console.KeyAvailable;

    /// <summary>The next line, or null for Ctrl-D on an empty one, or Ctrl-C twice.</summary>
    public string? Read(string prompt)
    {
        _line.Clear();
        _cursor = 0;
        var (at, kept, stopped) = (_history.Count, "", false);
        var before = TreatControlC(true);
        try
        {
            while (true)
            {
                Draw(prompt);
                var key = ReadKey();
                var control = key.Modifiers.HasFlag(ConsoleModifiers.Control);
                if (control && key.Key is ConsoleKey.C)
                {
                    if (stopped) return End(null);
                    stopped = true;
                    Replace("");
                    output.Standard.Write("\r\u001b[KCtrl-C again, or Ctrl-D, leaves\n");
                    continue;
                }
                stopped = false;
                switch (key.Key)
                {
                    case ConsoleKey.Enter when HasKey():
                        // The lines of a pasted text are one message.
                        _line.Insert(_cursor++, '\n');
                        break;
                    case ConsoleKey.Enter:
                        return End(Remember(_line.ToString()));
                    case ConsoleKey.D when control && _line.Length == 0:
                        return End(null);
                    case ConsoleKey.UpArrow when at > 0:
                        if (at == _history.Count) kept = _line.ToString();
                        Replace(_history[--at]);
                        break;
                    case ConsoleKey.DownArrow when at < _history.Count:
                        Replace(++at == _history.Count ? kept : _history[at]);
                        break;
                    case ConsoleKey.Tab:
                        Complete();
                        break;
                    default:
                        Edit(key, control);
                        break;
                }
            }
        }
        finally
        {
            TreatControlC(before);
        }
    }

    private void Edit(ConsoleKeyInfo key, bool control)
    {
        switch (key.Key)
        {
            case ConsoleKey.Backspace:
                Remove(Before(_cursor), _cursor);
                break;
            case ConsoleKey.Delete:
            case ConsoleKey.D when control:
                Remove(_cursor, After(_cursor));
                break;
            case ConsoleKey.LeftArrow:
                _cursor = Before(_cursor);
                break;
            case ConsoleKey.RightArrow:
                _cursor = After(_cursor);
                break;
            case ConsoleKey.Home:
            case ConsoleKey.A when control:
                _cursor = 0;
                break;
            case ConsoleKey.End:
            case ConsoleKey.E when control:
                _cursor = _line.Length;
                break;
            case ConsoleKey.U when control:
                Remove(0, _cursor);
                break;
            case ConsoleKey.K when control:
                Remove(_cursor, _line.Length);
                break;
            case ConsoleKey.W when control:
                var word = _cursor;
                while (word > 0 && char.IsWhiteSpace(_line[word - 1])) word--;
                while (word > 0 && !char.IsWhiteSpace(_line[word - 1])) word--;
                Remove(word, _cursor);
                break;
            case var _ when !char.IsControl(key.KeyChar):
                _line.Insert(_cursor++, key.KeyChar);
                break;
        }
    }

    private void Complete()
    {
        var typed = _line.ToString();
        var fits = completions.Where(c => c.StartsWith(typed, StringComparison.Ordinal)).ToList();
        if (typed.Length > 0 && fits is [var only]) Replace(only + " ");
    }

    private string Remember(string line)
    {
        if (line.Length > 0 && (_history.Count == 0 || _history[^1] != line)) _history.Add(line);
        return line;
    }

    private string? End(string? line)
    {
        output.Standard.Write("\n");
        return line;
    }

    private void Replace(string text)
    {
        _line.Clear().Append(text);
        _cursor = _line.Length;
    }

    private void Remove(int start, int end)
    {
        _line.Remove(start, end - start);
        _cursor = start;
    }

    // A character of two units is one step.
    private int Before(int at) => at == 0 ? 0 : at > 1 && char.IsSurrogatePair(_line[at - 2], _line[at - 1]) ? at - 2 : at - 1;

    private int After(int at) => at == _line.Length ? at : at + 1 < _line.Length && char.IsSurrogatePair(_line[at], _line[at + 1]) ? at + 2 : at + 1;

    private void Draw(string prompt)
    {
        // The end of the window stays free: a character there would wrap.
        var room = Math.Max(8, output.Width - prompt.Length - 1);
        var start = 0;
        while (Cells(start, _cursor) > room) start = After(start);
        var end = _cursor;
        while (end < _line.Length && Cells(start, After(end)) <= room) end = After(end);
        var back = Cells(_cursor, end);
        output.Standard.Write($"\r\u001b[K{prompt}{SafeText.OneLine(_line.ToString(start, end - start))}{(back > 0 ? $"\u001b[{back}D" : "")}");
        output.Standard.Flush();
    }

    private int Cells(int start, int end) => end > start ? new Segment(SafeText.OneLine(_line.ToString(start, end - start))).CellCount() : 0;

    // Not every console can; a test has none.
    private static bool TreatControlC(bool value)
    {
        if (Console.IsInputRedirected) return false;
        var before = Console.TreatControlCAsInput;
        Console.TreatControlCAsInput = value;
        return before;
    }
}
