using System.Text;

namespace Bantam.Chat.ToolCalls;

/// <summary>What a reader makes of a character.</summary>
internal enum CallStep
{
    /// <summary>The call goes on.</summary>
    More,

    /// <summary>The call ends with this character.</summary>
    End,

    /// <summary>It is no call after all, and what was read is text.</summary>
    NoCall,
}

/// <summary>Reads one call, or one list of calls, character by character.</summary>
internal abstract class CallReader
{
    /// <summary>Longest call, in UTF-16 units.</summary>
    public const int MaxLength = 1 << 20;

    private readonly StringBuilder _text = new();

    /// <summary>What was read, the mark not included.</summary>
    public string Text => _text.ToString();

    /// <summary>After <see cref="CallStep.NoCall"/> the reason, or null where it was never meant as a call.</summary>
    public string? WhyNot { get; private set; }

    /// <summary>Takes the next character.</summary>
    public CallStep Next(char c)
    {
        _text.Append(c);
        if (_text.Length <= MaxLength) return Step(c, _text);
        WhyNot = $"it is longer than {MaxLength:N0} characters";
        return CallStep.NoCall;
    }

    /// <summary>The calls of what was read; called after <see cref="CallStep.End"/>, and where the answer ends.</summary>
    /// <param name="isComplete">Whether the end was seen.</param>
    /// <exception cref="CallSyntaxException">It is no call; the line says why.</exception>
    public abstract IReadOnlyList<ToolCall> Calls(bool isComplete);

    /// <summary>Looks at a character that was just appended.</summary>
    protected abstract CallStep Step(char c, StringBuilder text);

    /// <summary>Moves on in JSON; too many brackets are the reason for its being no call.</summary>
    protected CallStep Step(ref JsonExtent json, char c)
    {
        var step = json.Next(c);
        if (step is CallStep.NoCall) WhyNot = $"more than {JsonExtent.MaxDepth} brackets are open";
        return step;
    }

    /// <summary>Whether the text ends with <paramref name="mark"/>.</summary>
    protected static bool EndsWith(StringBuilder text, string mark)
    {
        if (text.Length < mark.Length || text[^1] != mark[^1]) return false;
        for (var i = 2; i <= mark.Length; i++)
            if (text[^i] != mark[^i]) return false;
        return true;
    }
}
