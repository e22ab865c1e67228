using System.Text;
using Bantam.Chat.ToolCalls;
using Bantam.Tokenizers;

namespace Bantam.Chat;

/// <summary>
/// An answer as its tokens come: text, thoughts and calls of tools, parted by the convention of the model's template. Control
/// tokens that mark calls or thoughts are seen although they have no text of their own.
/// </summary>
public sealed class ReplyStream
{
    private readonly Tokenizer _tokenizer;
    private readonly TextStream _text;
    private readonly ToolCallStream? _calls;
    private readonly ReasoningSplit? _reasoning;
    private readonly TurnEndText? _end;
    private readonly HashSet<string> _marks = new(StringComparer.Ordinal);
    private readonly StringBuilder _said = new();
    private readonly StringBuilder _thought = new();

    internal ReplyStream(Tokenizer tokenizer, ToolCallFormat? format, (string Open, string Close)? thinking, bool isThinking, string? end = null)
    {
        if (end is not null) _end = new TurnEndText(end);
        _tokenizer = tokenizer;
        _text = new TextStream(tokenizer, continuesText: true);
        if (format is not null)
        {
            _calls = new ToolCallStream(format);
            _marks.UnionWith([.. format.Marks, .. format.MarksAtStart, .. format.InnerMarks]);
        }
        if (thinking is not { } tags) return;
        _reasoning = new ReasoningSplit(tags.Open, tags.Close, isThinking);
        _marks.UnionWith([tags.Open, tags.Close]);
    }

    /// <summary>The calls so far.</summary>
    public IReadOnlyList<ToolCall> ToolCalls => _calls?.Calls ?? [];

    /// <summary>Why something that looked like a call was left as text, one line each.</summary>
    public IReadOnlyList<string> Problems => _calls?.Problems ?? [];

    /// <summary>Whether the text that ends a turn has come: nothing further belongs to the answer.</summary>
    public bool IsEnded => _end is { IsEnded: true };

    /// <summary>Takes a token and returns what may be shown.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is outside the vocabulary.</exception>
    public ReplyPiece Append(int id)
    {
        var text = _text.Append(id);
        if (text.Length == 0 && _tokenizer.IsControl(id) && _marks.Contains(_tokenizer.Vocabulary.Pieces[id]))
            text = _text.Flush() + _tokenizer.Vocabulary.Pieces[id];
        return Append(text);
    }

    /// <summary>Takes text and returns what may be shown.</summary>
    public ReplyPiece Append(string text) => Take(_end?.Append(text) ?? text);

    /// <summary>Ends the answer and returns what was held back.</summary>
    public ReplyPiece Finish()
    {
        var last = Append(_text.Flush());
        if (_end?.Finish() is { Length: > 0 } held && Take(held) is var more) last = new(last.Text + more.Text, last.Reasoning + more.Reasoning);
        var (said, thought) = _reasoning?.Finish() ?? ("", "");
        if (_calls is not null) said = _calls.Append(said) + _calls.Finish();
        var rest = Keep(said, thought);
        return new(last.Text + rest.Text, last.Reasoning + rest.Reasoning);
    }

    /// <summary>The whole answer, after <see cref="Finish"/>. Newlines around thoughts, and space between text and calls, belong to neither.</summary>
    /// <param name="callsBefore">Calls in the conversation so far: calls without an id get one that follows.</param>
    public ChatMessage Message(int callsBefore = 0)
    {
        var content = _said.ToString();
        if (_thought.Length > 0) content = content.TrimStart('\n');
        if (ToolCalls.Count > 0) content = content.TrimEnd();
        return ChatMessage.Assistant(content) with
        {
            Reasoning = _thought.Length > 0 ? _thought.ToString().Trim('\n') : null,
            ToolCalls = [.. ToolCalls.Select((call, i) => call.Id is null ? call with { Id = ToolCall.IdOf(callsBefore + i) } : call)],
        };
    }

    private ReplyPiece Take(string text)
    {
        var (said, thought) = _reasoning?.Append(text) ?? (text, "");
        return Keep(_calls?.Append(said) ?? said, thought);
    }

    private ReplyPiece Keep(string said, string thought)
    {
        _said.Append(said);
        _thought.Append(thought);
        return new(said, thought);
    }
}
