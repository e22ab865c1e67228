using Bantam.Chat;

namespace Bantam.Cli;

/// <summary>A conversation for people: answers on standard output as they come, everything else on standard error.</summary>
internal sealed class ChatTextView(CliOutput output, bool quiet) : IChatView
{
    private readonly HashSet<string> _told = [];
    private readonly bool _hasColours = output.HasColours;
    private char _last = '\n';
    private bool _isDim;

    public bool EndsOnError => !output.InputIsTerminal;

    public void Ready(ChatSession session, string model)
    {
        foreach (var notice in session.Template.Notices) output.Note(notice);
        if (!quiet && output.InputIsTerminal) Aside($"{Path.GetFileName(model)} · {session.Context:N0} tokens of context · /help for commands, Ctrl-D to leave");
        if (output.InputIsTerminal) Past(session.Messages);
    }

    public void Piece(ReplyPiece piece)
    {
        // Thoughts are shown to who looks on; in a pipe the answer stands alone.
        if (piece.Reasoning.Length > 0 && output.IsTerminal) Write(piece.Reasoning, dim: true);
        if (piece.Text.Length == 0) return;
        if (_isDim && _last != '\n') Write("\n", dim: false);
        Write(piece.Text, dim: false);
    }

    public void Answered(ChatSession session, ChatMessage answer, ChatTurn turn)
    {
        foreach (var call in answer.ToolCalls) Piece(new($"{(_last == '\n' ? "" : "\n")}→ {call.Name}({PlainJson.Text(call.Arguments)})", ""));
        Write(_last == '\n' ? "" : "\n", dim: false);
        output.Standard.Flush();
        foreach (var notice in turn.Notices.Concat(turn.Problems))
            if (_told.Add(notice)) output.Note(notice);
        if (session.Forgotten > 0 && _told.Add($"{session.Forgotten}"))
            output.Note($"the context is full: the model no longer sees the first {Tables.Count(session.Forgotten, "message")}; the transcript keeps them");
        if (quiet) return;
        var speed = turn.TokensPerSecond is { } s ? $" · {Tables.Speed(s)}" : "";
        var end = turn.FinishReason switch { "interrupted" => " · stopped", "length" when turn.PromptTokens + turn.Tokens > session.Context => " · the context is full", "length" => " · reached -n", _ => "" };
        Aside($"{Tables.Count(turn.Tokens, "token")}{speed}{Left(session)}{end}");
    }

    /// <summary>The room that is left, where it is known.</summary>
    public static string Left(ChatSession session) => session.TokensLeft() is { } left ? $" · {left:N0} of {session.Context:N0} tokens left" : "";

    public void Note(string text) => output.Note(text);

    public void Show(string text) => output.Error.WriteLine(SafeText.Lines(text));

    public void Error(BantamException error) => output.Error.WriteLine($"error: {SafeText.OneLine(error.Message)}");

    // The end of what was said before: enough to remember where one was.
    private void Past(IList<ChatMessage> messages)
    {
        const int Most = 8;
        if (messages.Count > Most) Aside($"… {Tables.Count(messages.Count - Most, "message")} before");
        foreach (var message in messages.TakeLast(Most)) Aside($"{message.Role}: {message.Content}");
    }

    private void Aside(string text)
    {
        var line = SafeText.Lines(text);
        output.Error.WriteLine(output.ErrorIsTerminal && _hasColours ? $"\u001b[2m{line}\u001b[0m" : line);
    }

    private void Write(string text, bool dim)
    {
        if (dim != _isDim && output.IsTerminal && _hasColours) output.Standard.Write(dim ? "\u001b[2m" : "\u001b[0m");
        _isDim = dim;
        if (text.Length == 0) return;
        _last = text[^1];
        output.Standard.Write(output.IsTerminal ? SafeText.Lines(text) : text);
        output.Standard.Flush();
    }
}
