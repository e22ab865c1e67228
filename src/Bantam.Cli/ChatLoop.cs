using Bantam.Chat;
using Bantam.Inference;

namespace Bantam.Cli;

/// <summary>Reads what a person types, turn by turn, and answers or obeys.</summary>
internal sealed class ChatLoop(CliOutput output, ChatSession session, IChatView view, GenerationOptions options)
{
    private readonly ChatLines _input = new(output);
    private int _answers;
    private int _tokens;
    private bool _failed;
    private volatile CancellationTokenSource? _turn;

    /// <summary>The file that keeps the conversation after every turn, or null.</summary>
    public string? SaveTo { get; init; }

    /// <summary>The conversation.</summary>
    public ChatSession Session => session;

    /// <summary>Where it is shown.</summary>
    public IChatView View => view;

    /// <summary>Answers so far, and their tokens.</summary>
    public (int Answers, int Tokens) Said => (_answers, _tokens);

    /// <summary>Whether the person has had enough.</summary>
    public bool IsLeft { get; set; }

    /// <summary>Goes on until the person leaves; the result is the exit code.</summary>
    public int Run(CancellationToken cancel)
    {
        output.Interrupted = StopTurn;
        try
        {
            while (!IsLeft && _input.Read() is { } text)
            {
                cancel.ThrowIfCancellationRequested();
                if (string.IsNullOrWhiteSpace(text)) continue;
                using var turn = CancellationTokenSource.CreateLinkedTokenSource(cancel);
                _turn = turn;
                Try(() =>
                {
                    // Two slashes are one that is said.
                    if (text.StartsWith('/') && !text.StartsWith("//", StringComparison.Ordinal)) ChatCommands.Obey(this, text, turn.Token);
                    else Answer(ChatMessage.User(text.StartsWith('/') ? text[1..] : text), turn.Token);
                });
                _turn = null;
                cancel.ThrowIfCancellationRequested();
            }
            return _failed ? ExitCode.Failed : ExitCode.Done;
        }
        finally
        {
            output.Interrupted = null;
        }
    }

    /// <summary>Adds a message, where there is one, and answers.</summary>
    /// <param name="message">What is said, or null.</param>
    /// <param name="stop">Stops the answer, which is kept as far as it came.</param>
    public void Answer(ChatMessage? message, CancellationToken stop)
    {
        if (message is not null) session.Messages.Add(message);
        var before = session.Messages.Count;
        try
        {
            // A seed of its own for each answer: said again, it may turn out otherwise, and all of them follow from the first.
            var seeded = options with { Sampling = options.Sampling with { Seed = unchecked(options.Sampling.Seed + _answers++) & int.MaxValue } };
            using var reading = new Waiting(output, "reading the conversation");
            foreach (var piece in session.Answer(seeded, stop))
            {
                reading.Dispose();
                view.Piece(piece);
            }
        }
        finally
        {
            // A message that the template refuses, that is too long, or whose answer never began was not said.
            if (message is not null && session.Messages.Count == before) session.Messages.RemoveAt(before - 1);
        }
        if (session.LastTurn is { Tokens: 0, FinishReason: "interrupted" })
        {
            view.Note("stopped before the answer began");
            return;
        }
        _tokens += session.LastTurn!.Tokens;
        view.Answered(session, session.Messages[^1], session.LastTurn);
        if (SaveTo is { } file) Transcript.Write(file, session.Messages);
    }

    /// <summary>Sets what the model is told first, or takes it away.</summary>
    public void SetSystem(string text)
    {
        if (session.Messages is [{ Role: ChatRoles.System }, ..]) session.Messages.RemoveAt(0);
        if (text.Length > 0) session.Messages.Insert(0, ChatMessage.System(text));
    }

    private void Try(Action turn)
    {
        try
        {
            turn();
        }
        catch (BantamException e) when (!view.EndsOnError)
        {
            _failed |= !output.InputIsTerminal;
            view.Error(e);
        }
    }

    // Whether there was a turn to stop that had not been told yet.
    private bool StopTurn()
    {
        if (_turn is not { IsCancellationRequested: false } turn) return false;
        try
        {
            turn.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It ended by itself in this moment.
        }
        return true;
    }
}
