using Spectre.Console.Rendering;

namespace Bantam.Cli;

/// <summary>
/// Edits one line on a terminal, with the messages before it (up and down) and completion (tab). A line longer than the window moves
/// sideways in it.
/// </summary>
internal sealed class LineEditor(CliOutput output, IReadOnlyList<string> completions)
{
    private const char Escape = '\u001b';

    // Terminals put these around a pasted text once they are asked to.
    private const string PasteBegins = "[200~", PasteEnds = "[201~";

    private readonly List<string> _history = [];
    private readonly EditedLine _line = new();
    private bool _isDrawn;

    /// <summary>The keys; tests type themselves.</summary>
    public Func<ConsoleKeyInfo> ReadKey { get; init; } = () => Console.ReadKey(intercept: true);

    /// <summary>Whether a further key is there already, faster than anybody types: the line is being pasted.</summary>
    public Func<bool> HasKey { get; init; } = () => Console.KeyAvailable;

    /// <summary>Whether the terminal is asked to mark what is pasted: the lines of it are one message then, which Enter sends.</summary>
    public bool AsksForPastes { get; init; }

    /// <summary>The next line, or null for Ctrl-D on an empty one, or Ctrl-C twice.</summary>
    /// <param name="prompt">What stands before it.</param>
    /// <param name="isContinuation">Whether it goes on with a message, which the first Ctrl-C gives up.</param>
    public string? Read(string prompt, bool isContinuation = false)
    {
        _line.Set("");
        var (at, kept, stopped) = (_history.Count, "", false);
        var before = TreatControlC(true);
        if (AsksForPastes) output.Standard.Write("\u001b[?2004h");
        try
        {
            while (true)
            {
                // A pasted text is shown when it is there.
                _isDrawn = !HasKey();
                if (_isDrawn) Draw(prompt);
                var key = ReadKey();
                var control = key.Modifiers.HasFlag(ConsoleModifiers.Control);
                if (control && key.Key is ConsoleKey.C)
                {
                    if (stopped || isContinuation) return End(prompt, null);
                    stopped = true;
                    _line.Set("");
                    output.Standard.Write("\r\u001b[KCtrl-C again, or Ctrl-D, leaves\n");
                    continue;
                }
                stopped = false;
                if (key.KeyChar == Escape && HasKey())
                {
                    if (Sequence() == PasteBegins) Paste();
                    continue;
                }
                switch (key.Key)
                {
                    case ConsoleKey.Enter when HasKey():
                        // The lines of a pasted text are one message.
                        _line.Insert('\n');
                        break;
                    case ConsoleKey.Enter:
                        return End(prompt, _line.ToString());
                    case ConsoleKey.D when control && _line.Length == 0:
                        return End(prompt, null);
                    case ConsoleKey.UpArrow when at > 0:
                        if (at == _history.Count) kept = _line.ToString();
                        _line.Set(_history[--at]);
                        break;
                    case ConsoleKey.DownArrow when at < _history.Count:
                        _line.Set(++at == _history.Count ? kept : _history[at]);
                        break;
                    case ConsoleKey.Tab when _line.Length > 0 && !HasKey() && _line.Part(0, 1) == "/":
                        Complete();
                        break;
                    case ConsoleKey.Tab when _line.Length > 0 || HasKey():
                        _line.Insert('\t');
                        break;
                    default:
                        Edit(key, control);
                        break;
                }
            }
        }
        finally
        {
            if (AsksForPastes) output.Standard.Write("\u001b[?2004l");
            TreatControlC(before);
        }
    }

    /// <summary>Keeps a message for the up key.</summary>
    public void Remember(string message)
    {
        if (message.Length > 0 && (_history.Count == 0 || _history[^1] != message)) _history.Add(message);
    }

    // What follows an escape: a bracket, and what comes up to a letter or tilde. Keys that are none of ours type nothing.
    private string Sequence()
    {
        var text = $"{ReadKey().KeyChar}";
        while (text[0] == '[' && text.Length < PasteEnds.Length + 8 && (text.Length == 1 || text[^1] is < '@' or > '~')) text += ReadKey().KeyChar;
        return text;
    }

    private void Paste()
    {
        for (var last = '\0'; ;)
        {
            var key = ReadKey();
            if (key.KeyChar == Escape)
            {
                if (Sequence() == PasteEnds) return;
                continue;
            }
            // Two units end a line of a Windows text.
            if (key.Key is ConsoleKey.Enter && (key.KeyChar, last) is not ('\n', '\r')) _line.Insert('\n');
            else if (key.Key is ConsoleKey.Tab) _line.Insert('\t');
            else if (!char.IsControl(key.KeyChar)) _line.Insert(key.KeyChar);
            last = key.KeyChar;
        }
    }

    private void Edit(ConsoleKeyInfo key, bool control)
    {
        // Both together are AltGr, which types characters.
        var alt = key.Modifiers.HasFlag(ConsoleModifiers.Alt) && !control;
        switch (key.Key)
        {
            case ConsoleKey.Backspace when alt:
            case ConsoleKey.W when control:
                _line.RemoveTo(_line.WordLeft);
                break;
            case ConsoleKey.D when alt:
                _line.RemoveTo(_line.WordRight);
                break;
            case ConsoleKey.Backspace:
                _line.RemoveTo(_line.Left);
                break;
            case ConsoleKey.Delete:
            case ConsoleKey.D when control:
                _line.RemoveTo(_line.Right);
                break;
            case ConsoleKey.LeftArrow when control || alt:
            case ConsoleKey.B when alt:
                _line.MoveTo(_line.WordLeft);
                break;
            case ConsoleKey.RightArrow when control || alt:
            case ConsoleKey.F when alt:
                _line.MoveTo(_line.WordRight);
                break;
            case ConsoleKey.LeftArrow:
            case ConsoleKey.B when control:
                _line.MoveTo(_line.Left);
                break;
            case ConsoleKey.RightArrow:
            case ConsoleKey.F when control:
                _line.MoveTo(_line.Right);
                break;
            case ConsoleKey.Home:
            case ConsoleKey.A when control:
                _line.MoveTo(0);
                break;
            case ConsoleKey.End:
            case ConsoleKey.E when control:
                _line.MoveTo(_line.Length);
                break;
            case ConsoleKey.U when control:
                _line.RemoveTo(0);
                break;
            case ConsoleKey.K when control:
                _line.RemoveTo(_line.Length);
                break;
            case var _ when !alt && !char.IsControl(key.KeyChar):
                _line.Insert(key.KeyChar);
                break;
        }
    }

    // As far as all that fit agree; where they part, they are listed.
    private void Complete()
    {
        var typed = _line.ToString();
        var fits = completions.Where(c => c.StartsWith(typed, StringComparison.Ordinal)).ToList();
        if (fits is [var only])
        {
            _line.Set(only + " ");
            return;
        }
        if (fits.Count == 0) return;
        var common = fits.Aggregate((a, b) => a[..a.AsSpan().CommonPrefixLength(b)]);
        if (common.Length > typed.Length) _line.Set(common);
        else output.Standard.Write($"\n{string.Join("  ", fits)}\n");
    }

    private string? End(string prompt, string? line)
    {
        if (!_isDrawn && line is not null) Draw(prompt);
        output.Standard.Write("\n");
        return line;
    }

    private void Draw(string prompt)
    {
        // The end of the window stays free: a character there would wrap.
        var room = Math.Max(8, output.Width - prompt.Length - 1);
        // From the cursor outwards: a long text costs no more than what is seen of it.
        var (start, end, cells) = (_line.Cursor, _line.Cursor, 0);
        while (start > 0 && Grow(_line.Before(start), start)) start = _line.Before(start);
        while (end < _line.Length && Grow(end, _line.After(end))) end = _line.After(end);
        var back = Cells(_line.Cursor, end);
        output.Standard.Write($"\r\u001b[K{prompt}{SafeText.OneLine(_line.Part(start, end))}{(back > 0 ? $"\u001b[{back}D" : "")}");
        output.Standard.Flush();

        bool Grow(int from, int to)
        {
            var more = cells + Cells(from, to);
            if (more > room) return false;
            cells = more;
            return true;
        }
    }

    private int Cells(int start, int end) => end > start ? new Segment(SafeText.OneLine(_line.Part(start, end))).CellCount() : 0;

    // Not every console can; a test has none.
    private static bool TreatControlC(bool value)
    {
        if (Console.IsInputRedirected) return false;
        var before = Console.TreatControlCAsInput;
        Console.TreatControlCAsInput = value;
        return before;
    }
}
