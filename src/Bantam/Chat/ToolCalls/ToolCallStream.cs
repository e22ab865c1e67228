using System.Text;

namespace Bantam.Chat.ToolCalls;

/// <summary>
/// Takes an answer as it comes and parts it into text and calls. Text passes at once; only what could be the beginning of a
/// call is held back. What looked like a call and is none becomes text again: nothing of an answer is ever lost.
/// </summary>
internal sealed class ToolCallStream(ToolCallFormat format)
{
    private readonly StringBuilder _held = new();
    private readonly List<ToolCall> _calls = [];
    private readonly List<string> _problems = [];

    private CallReader? _reader;
    private string _mark = "";

    // White space and separators that are no text if a call follows.
    private readonly StringBuilder _space = new();
    private bool _atStart = true;

    /// <summary>The calls so far.</summary>
    public IReadOnlyList<ToolCall> Calls => _calls;

    /// <summary>Why something that looked like a call was none, one line each.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>Takes the next piece of the answer and returns the text that may be shown.</summary>
    public string Append(string text)
    {
        var shown = new StringBuilder();
        Take(text, shown);
        return shown.ToString();
    }

    /// <summary>Ends the answer and returns the text that was still held back.</summary>
    public string Finish()
    {
        var shown = new StringBuilder();
        if (_reader is not null) End(isComplete: false, shown, problem: "it does not end");
        FlushHeld(shown);
        if (_calls.Count == 0) shown.Append(_space);
        _space.Clear();
        return shown.ToString();
    }

    private void Take(ReadOnlySpan<char> text, StringBuilder shown)
    {
        foreach (var c in text)
        {
            if (_reader is not null)
            {
                var step = _reader.Next(c);
                if (step is CallStep.End) End(isComplete: true, shown, problem: null);
                else if (step is CallStep.NoCall) Return(shown, _reader.WhyNot);
                continue;
            }
            _held.Append(c);
            Settle(shown);
        }
    }

    // Shows what can no longer become a mark, and begins a call where one is complete.
    private void Settle(StringBuilder shown)
    {
        while (_held.Length > 0)
        {
            if (_atStart && (char.IsWhiteSpace(_held[0]) || (_calls.Count > 0 && format.Separators.Contains(_held[0]))))
            {
                _space.Append(_held[0]);
                _held.Remove(0, 1);
                continue;
            }
            var marks = _atStart ? format.Marks.Concat(format.MarksAtStart) : format.Marks;
            var mayGrow = false;
            foreach (var mark in marks)
            {
                if (!StartsAlike(mark)) continue;
                if (_held.Length < mark.Length)
                {
                    mayGrow = true;
                    continue;
                }
                _held.Remove(0, mark.Length);
                (_mark, _reader) = (mark, format.Begin(mark));
                return;
            }
            if (mayGrow) return;
            Show(_held[0], shown);
            _held.Remove(0, 1);
        }
    }

    private bool StartsAlike(string mark)
    {
        for (var i = 0; i < Math.Min(mark.Length, _held.Length); i++)
            if (_held[i] != mark[i]) return false;
        return true;
    }

    private void Show(char c, StringBuilder shown)
    {
        shown.Append(_space).Append(c);
        _space.Clear();
        _atStart = false;
    }

    private void FlushHeld(StringBuilder shown)
    {
        for (; _held.Length > 0; _held.Remove(0, 1)) Show(_held[0], shown);
    }

    private void End(bool isComplete, StringBuilder shown, string? problem)
    {
        try
        {
            var calls = _reader!.Calls(isComplete);
            if (calls.Count == 0)
            {
                Return(shown, null);
                return;
            }
            _calls.AddRange(calls);
            _reader = null;
            // Space around calls separates them and is no text.
            _space.Clear();
            _atStart = true;
        }
        catch (CallSyntaxException e)
        {
            Return(shown, problem is null ? e.Message : $"{problem}; {e.Message}");
        }
    }

    // Gives mark and content back as text. What stands in it is not looked at again: a text is read once, however it is cut.
    private void Return(StringBuilder shown, string? problem)
    {
        var text = _mark + _reader!.Text;
        _reader = null;
        if (problem is not null) _problems.Add($"a call was left as text: {problem}");
        foreach (var c in text) Show(c, shown);
    }
}
