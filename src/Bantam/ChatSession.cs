using System.Diagnostics;
using Bantam.Chat;
using Bantam.Inference;
using Bantam.Templates;

namespace Bantam;

/// <summary>
/// A conversation with a model. What turns share at their beginning is not computed again. When the context is full, the model
/// no longer sees the oldest turns; the system message stays, and <see cref="Messages"/> keeps everything.
/// <code>
/// var chat = new ChatSession(model);
/// foreach (var piece in chat.Ask("Who are you?")) Console.Write(piece.Text);
/// </code>
/// </summary>
public sealed class ChatSession
{
    // Room for an answer: turns are forgotten until so much of the context is free, or all that the answer may take.
    private const int RoomShare = 4;

    private readonly LanguageModel _model;
    private readonly List<ChatMessage> _messages = [];

    /// <summary>Begins an empty conversation.</summary>
    /// <param name="model">The model; stays the caller's.</param>
    /// <param name="template">How conversations are written; the model's own way when null.</param>
    /// <exception cref="BantamException">The model brings no chat template (BT5102), or one that is refused.</exception>
    public ChatSession(LanguageModel model, ChatTemplate? template = null)
    {
        _model = model;
        Template = template ?? ChatTemplateFinder.Find(model.Checkpoint, model.Tokenizer);
    }

    /// <summary>How conversations are written.</summary>
    public ChatTemplate Template { get; }

    /// <summary>All turns, the oldest first; may be changed between answers.</summary>
    public IList<ChatMessage> Messages => _messages;

    /// <summary>The tools that the model may call; the caller runs them and adds their answers.</summary>
    public IReadOnlyList<ToolDefinition> Tools { get; set; } = [];

    /// <summary>Whether models that can think first shall; the template's own default when null.</summary>
    public bool? EnableThinking { get; set; }

    /// <summary>How many of the oldest messages the model saw no more in its last answer.</summary>
    public int Forgotten { get; private set; }

    /// <summary>What the last answer took, or null before the first.</summary>
    public ChatTurn? LastTurn { get; private set; }

    /// <summary>Longest conversation, in tokens.</summary>
    public int Context => _model.Context;

    /// <summary>Says something as the user and streams the answer; both are added to <see cref="Messages"/>.</summary>
    /// <param name="text">What the user says; it never becomes a control token.</param>
    /// <param name="options">Length and sampling; the model's ends of turns are added to those given.</param>
    /// <param name="cancellation">Stops the answer; what there is of it is kept, and nothing is thrown. Where there is nothing yet, the message is taken back.</param>
    /// <exception cref="BantamException">See <see cref="Answer"/>; the message is taken back then.</exception>
    public IEnumerable<ReplyPiece> Ask(string text, GenerationOptions? options = null, CancellationToken cancellation = default)
    {
        _messages.Add(ChatMessage.User(text));
        try
        {
            foreach (var piece in Answer(options, cancellation)) yield return piece;
        }
        finally
        {
            // Refused, or stopped before it was answered: it was never said.
            if (_messages is [.., { Role: ChatRoles.User }]) _messages.RemoveAt(_messages.Count - 1);
        }
    }

    /// <summary>
    /// Streams the answer to the conversation as it is, and adds it. Where the last message is an answer already, it goes on: what a
    /// caller puts there is how the answer begins.
    /// </summary>
    /// <param name="options">Length and sampling.</param>
    /// <param name="cancellation">Stops the answer; what there is of it is kept, and nothing is thrown.</param>
    /// <exception cref="BantamException">The template refuses the conversation, or the last turn alone exceeds the context (BT5107).</exception>
    public IEnumerable<ReplyPiece> Answer(GenerationOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new();
        if (Template.TurnEnd.Id is { } end) options = options with { EosTokenIds = [.. options.EosTokenIds, end] };
        var (request, prompt, ids) = Fit(options.MaxTokens);
        var reply = Template.NewReply(request, prompt);
        var begun = request.ContinueFinalMessage ? _messages[^1] : null;
        var turn = new ChatTurn { PromptTokens = ids.Length, Notices = prompt.Notices };
        var watch = Stopwatch.StartNew();
        var (interrupted, finished) = (false, false);
        try
        {
            using var tokens = _model.GenerateTokens(ids, options, cancellation).GetEnumerator();
            while (!reply.IsEnded && Next(tokens, ref interrupted))
            {
                if (turn.Tokens++ == 0) turn.PrefillTime = watch.Elapsed;
                if (reply.Append(tokens.Current) is not { IsEmpty: false } piece) continue;
                watch.Stop();
                yield return piece;
                watch.Start();
            }
            finished = true;
            watch.Stop();
            if (reply.Finish() is { IsEmpty: false } rest) yield return rest;
        }
        finally
        {
            // Who stops reading stops the answer.
            if (!finished) _ = reply.Finish();
            turn.DecodeTime = turn.Tokens > 0 ? watch.Elapsed - turn.PrefillTime : TimeSpan.Zero;
            turn.FinishReason = interrupted || !finished ? "interrupted" : !reply.IsEnded && (turn.Tokens >= options.MaxTokens || ids.Length + turn.Tokens > Context) ? "length" : "eos";
            turn.Problems = reply.Problems;
            LastTurn = turn;
            // An answer that was stopped before it began is none: templates may refuse an empty one.
            if (turn.Tokens > 0 || turn.FinishReason != "interrupted") Keep(begun, reply.Message(_messages.Sum(m => m.ToolCalls.Count)) with { IsInterrupted = turn.FinishReason == "interrupted" });
        }
    }

    /// <summary>How many tokens are left for the conversation as it is, or null where the template does not write it so, as with a system message alone.</summary>
    public int? TokensLeft()
    {
        if (_messages.Count == 0) return Context;
        try
        {
            var request = Request(Forgotten < _messages.Count ? Forgotten : 0) with { AddGenerationPrompt = false, ContinueFinalMessage = false };
            return Math.Max(0, Context - Template.Encode(request).Length);
        }
        catch (TemplateException)
        {
            return null;
        }
    }

    private static bool Next(IEnumerator<int> tokens, ref bool interrupted)
    {
        try
        {
            return tokens.MoveNext();
        }
        catch (OperationCanceledException)
        {
            interrupted = true;
            return false;
        }
    }

    private void Keep(ChatMessage? begun, ChatMessage answer)
    {
        if (begun is null) _messages.Add(answer);
        else _messages[^1] = answer with { Content = begun.Content + answer.Content, Reasoning = begun.Reasoning };
    }

    // Forgets whole turns, the oldest first and as few as possible, until there is room for an answer.
    private (ChatRequest Request, ChatPrompt Prompt, int[] Ids) Fit(int newTokens)
    {
        var room = Math.Max(1, Math.Min(newTokens, Context / RoomShare));
        var starts = TurnStarts();
        // The fewer turns, the fewer tokens: a search that halves asks little even of a transcript of years.
        var (low, high) = (0, starts.Count - 1);
        (ChatRequest Request, ChatPrompt Prompt, int[] Ids)? best = null;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (Render(starts[middle], isLast: middle == starts.Count - 1) is { } fits && fits.Ids.Length + room <= Context) (best, Forgotten, high) = (fits, starts[middle], middle - 1);
            else low = middle + 1;
        }
        if (best is { } found) return found;
        // The last turn alone may leave the answer less room.
        Forgotten = starts[^1];
        var last = Render(starts[^1], isLast: true)!.Value;
        return last.Ids.Length < Context
            ? last
            : throw new BantamException("BT5107", $"the last turn alone has {last.Ids.Length} tokens, and the context {Context}; shorten it, or ask for a longer context");
    }

    // Null where so much conversation is beyond what templates may write.
    private (ChatRequest Request, ChatPrompt Prompt, int[] Ids)? Render(int forgotten, bool isLast)
    {
        try
        {
            var request = Request(forgotten);
            var prompt = Template.Render(request);
            return (request, prompt, prompt.Encode());
        }
        catch (TemplateException e) when (!isLast && e.Code is Codes.Steps or Codes.Size or Codes.Time)
        {
            return null;
        }
    }

    // Where the conversation can begin: with all of it, or with a further message of the user.
    private List<int> TurnStarts()
    {
        List<int> starts = [0];
        var turns = Enumerable.Range(0, _messages.Count).Where(i => _messages[i].Role == ChatRoles.User).ToList();
        // Behind the system message, the first of the user's is no later beginning.
        starts.AddRange(turns.Where(i => i > (HasSystem ? 1 : 0)));
        return starts;
    }

    private bool HasSystem => _messages is [{ Role: var role }, ..] && ChatRoles.IsSystem(role);

    private ChatRequest Request(int forgotten) => new()
    {
        Messages = forgotten > 0 && HasSystem ? [_messages[0], .. _messages.Skip(forgotten)] : [.. _messages.Skip(forgotten)],
        Tools = Tools,
        EnableThinking = EnableThinking,
        ContinueFinalMessage = _messages is [.., { Role: ChatRoles.Assistant, ToolCalls.Count: 0 }],
    };
}
