using System.Text;

namespace Bantam.Chat;

/// <summary>
/// Parts what a model thinks, between two tags at the beginning of its answer, from what it says. What might be a part of a tag is held
/// back until that is decided.
/// </summary>
/// <param name="open">The tag that begins it.</param>
/// <param name="close">The tag that ends it.</param>
/// <param name="isOpen">Whether the prompt has begun it already.</param>
internal sealed class ReasoningSplit(string open, string close, bool isOpen)
{
    private readonly StringBuilder _held = new();
    private State _state = isOpen ? State.Inside : State.Before;

    private enum State
    {
        Before,
        Inside,
        After,
    }

    /// <summary>The tags that templates know.</summary>
    public static IReadOnlyList<(string Open, string Close)> Tags { get; } = [("<think>", "</think>"), ("[THINK]", "[/THINK]")];

    /// <summary>Takes the next piece; returns what is said and what is thought.</summary>
    public (string Said, string Thought) Append(string text)
    {
        if (_state is State.After) return (text, "");
        _held.Append(text);
        if (_state is State.Before)
        {
            var start = _held.ToString().AsSpan().TrimStart();
            if (open.AsSpan().StartsWith(start) && start.Length < open.Length) return ("", "");
            if (!start.StartsWith(open))
            {
                _state = State.After;
                return (Take(_held.Length), "");
            }
            _state = State.Inside;
            _ = Take(_held.Length - start.Length + open.Length);
        }
        var all = _held.ToString();
        var end = all.IndexOf(close, StringComparison.Ordinal);
        if (end < 0) return ("", Take(all.Length - PartialMark.Length(all, close)));
        _state = State.After;
        var thought = Take(end);
        _ = Take(close.Length);
        return (Take(_held.Length), thought);
    }

    /// <summary>What is still held back, where the answer ends.</summary>
    public (string Said, string Thought) Finish()
    {
        var rest = Take(_held.Length);
        return _state is State.Inside ? ("", rest) : (rest, "");
    }

    private string Take(int length)
    {
        var text = _held.ToString(0, length);
        _held.Remove(0, length);
        return text;
    }
}
