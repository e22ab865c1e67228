using Bantam.Chat;
using Bantam.Inference;

namespace Bantam.Tests.Chat;

/// <summary>Conversations with a real model, which was taught stories and no conversations.</summary>
public sealed class ChatSessionTests : IDisposable
{
    private static readonly GenerationOptions Greedy = new() { MaxTokens = 12, Sampling = new SamplingOptions { Temperature = 0 } };

    private readonly LanguageModel _model = LanguageModel.Load(Stories.Open(), new LoadOptions { Threads = 1, Context = 200 });

    public void Dispose() => _model.Dispose();

    [Fact]
    public void A_conversation_is_what_the_model_makes_of_its_rendered_text()
    {
        var session = Session("{{ bos_token }}{% for m in messages %}{{ m.content }}{% endfor %}");
        var answer = string.Concat(session.Ask("Once upon a time", Greedy).Select(p => p.Text));
        // The same tokens as the text alone: BOS once, and no other mark.
        Assert.Equal(string.Concat(_model.Generate("Once upon a time", Greedy)), answer);
        Assert.Equal(["user", "assistant"], session.Messages.Select(m => m.Role));
        Assert.Equal((answer, "length", 12, 5), (session.Messages[1].Content, session.LastTurn!.FinishReason, session.LastTurn.Tokens, session.LastTurn.PromptTokens));
        Assert.Equal(200 - 5 - 12, session.TokensLeft());
    }

    [Fact]
    public void Later_turns_say_the_same_with_and_without_the_cache()
    {
        var session = Session(BuiltInTemplates.Find("chatml")!);
        foreach (var text in new[] { "Tell me of Tim.", "And of his dog?" }) _ = session.Ask(text, Greedy).Count();
        using var fresh = LanguageModel.Load(Stories.Open(), new LoadOptions { Threads = 1, Context = 200 });
        var again = new ChatSession(fresh, new ChatTemplate(BuiltInTemplates.Find("chatml")!, fresh.Tokenizer));
        foreach (var message in session.Messages.SkipLast(1)) again.Messages.Add(message);
        Assert.Equal(session.Messages[^1].Content, string.Concat(again.Answer(Greedy).Select(p => p.Text)));
    }

    [Fact]
    public void The_oldest_turns_are_forgotten_and_the_system_message_stays()
    {
        var session = Session("{{ bos_token }}{% for m in messages %}{{ m.role[0] }}: {{ m.content }}\n{% endfor %}");
        session.Messages.Add(ChatMessage.System("Be kind."));
        var forgotten = new List<int>();
        for (var turn = 0; turn < 8; turn++)
        {
            _ = session.Ask($"Once upon a time there was a girl, number {turn}.", Greedy).Count();
            forgotten.Add(session.Forgotten);
        }
        Assert.Equal(17, session.Messages.Count);
        Assert.Equal(0, forgotten[0]);
        Assert.True(forgotten[^1] >= 3 && forgotten[^1] % 2 == 1, $"whole turns behind the system message, and not {forgotten[^1]} messages");
        Assert.Equal(forgotten.Order(), forgotten);
        Assert.True(session.LastTurn!.PromptTokens <= 200 - 12);
    }

    [Fact]
    public void A_transcript_of_years_is_cut_to_what_fits_in_a_moment()
    {
        var session = Session(BuiltInTemplates.Find("chatml")!);
        for (var turn = 0; turn < 20_000; turn++)
        {
            session.Messages.Add(ChatMessage.User($"Number {turn}?"));
            session.Messages.Add(ChatMessage.Assistant(new string('a', 100)));
        }
        _ = session.Ask("Once", Greedy).Count();
        Assert.InRange(session.Messages.Count - session.Forgotten, 2, 10);
        Assert.Equal(0, session.Forgotten % 2);
    }

    [Fact]
    public void A_turn_longer_than_the_context_is_refused_and_taken_back()
    {
        var session = Session(BuiltInTemplates.Find("chatml")!);
        var refusal = Assert.Throws<BantamException>(() => session.Ask(string.Concat(Enumerable.Repeat("long ", 400)), Greedy).Count());
        Assert.Equal("BT5107", refusal.Code);
        Assert.Empty(session.Messages);
    }

    [Fact]
    public void A_stopped_answer_is_kept_as_far_as_it_came()
    {
        using var stop = new CancellationTokenSource();
        var session = Session(BuiltInTemplates.Find("chatml")!);
        var shown = "";
        foreach (var piece in session.Ask("Once", Greedy with { MaxTokens = 100 }, stop.Token))
        {
            shown += piece.Text;
            if (shown.Length > 5) stop.Cancel();
        }
        Assert.Equal(("interrupted", shown, true), (session.LastTurn!.FinishReason, session.Messages[^1].Content, session.Messages[^1].IsInterrupted));
        // Who stops reading stops it too.
        foreach (var _ in session.Ask("Twice", Greedy)) break;
        Assert.Equal((4, true), (session.Messages.Count, session.Messages[^1].IsInterrupted));
    }

    [Fact]
    public void An_answer_goes_on_as_if_it_had_not_stopped()
    {
        var whole = Session(BuiltInTemplates.Find("chatml")!);
        _ = whole.Ask("Tell me of Tim.", Greedy with { MaxTokens = 24 }).Count();
        var parts = Session(BuiltInTemplates.Find("chatml")!);
        _ = parts.Ask("Tell me of Tim.", Greedy).Count();
        var further = string.Concat(parts.Answer(Greedy).Select(p => p.Text));
        Assert.Equal(2, parts.Messages.Count);
        Assert.EndsWith(further, parts.Messages[1].Content);
        Assert.Equal(whole.Messages[1].Content, parts.Messages[1].Content);
        // A caller's own beginning is one as well.
        var begun = Session(BuiltInTemplates.Find("chatml")!);
        begun.Messages.Add(ChatMessage.User("Who?"));
        begun.Messages.Add(ChatMessage.Assistant("Lily, who"));
        _ = begun.Answer(Greedy).Count();
        Assert.StartsWith("Lily, who", begun.Messages[1].Content);
        Assert.True(begun.Messages[1].Content.Length > 12);
    }

    [Fact]
    public void An_answer_that_never_began_was_never_asked_for()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        var session = Session(BuiltInTemplates.Find("chatml")!);
        Assert.Empty(session.Ask("Once", Greedy, stop.Token));
        Assert.Equal((0, "interrupted"), (session.Messages.Count, session.LastTurn!.FinishReason));
    }

    [Fact]
    public void A_model_without_a_template_asks_for_one()
    {
        var refusal = Assert.Throws<BantamException>(() => new ChatSession(_model));
        Assert.Equal("BT5102", refusal.Code);
        Assert.Contains("--chat-template", refusal.Message);
        Assert.Contains("chatml", refusal.Message);
        Assert.Equal("BT5103", Assert.Throws<BantamException>(() => ChatTemplateFinder.Find(_model.Checkpoint, _model.Tokenizer, "no-such-template")).Code);
    }

    private ChatSession Session(string source) => new(_model, new ChatTemplate(source, _model.Tokenizer));
}
