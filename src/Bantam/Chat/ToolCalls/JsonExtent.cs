namespace Bantam.Chat.ToolCalls;

/// <summary>Finds where a JSON object or array ends, character by character, without building it.</summary>
internal struct JsonExtent
{
    /// <summary>Deepest nesting of what is read.</summary>
    public const int MaxDepth = 64;

    private int _depth;
    private bool _inString;
    private bool _escaped;

    /// <summary>Takes the next character; the first one opens an object or array.</summary>
    /// <returns><see cref="CallStep.End"/> with its last bracket; <see cref="CallStep.NoCall"/> where it is none, or too deep.</returns>
    public CallStep Next(char c)
    {
        if (_inString)
        {
            if (_escaped) _escaped = false;
            else if (c == '\\') _escaped = true;
            else if (c == '"') _inString = false;
            return CallStep.More;
        }
        switch (c)
        {
            case '"' when _depth > 0:
                _inString = true;
                return CallStep.More;
            case '{' or '[':
                return ++_depth > MaxDepth ? CallStep.NoCall : CallStep.More;
            case '}' or ']':
                return --_depth == 0 ? CallStep.End : CallStep.More;
            default:
                return _depth > 0 ? CallStep.More : CallStep.NoCall;
        }
    }
}
