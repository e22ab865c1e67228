using Bantam.Chat;
using Bantam.Chat.ToolCalls;

namespace Bantam.Tests.Chat;

public sealed class ReplyStreamTests
{
    // Answer, its text, its thoughts; tags are <think>, and T before the bar means that the prompt has opened them.
    public static TheoryData<string, string, string, string?> Thoughts => new()
    {
        { "", "Hello", "Hello", null },
        { "", "<think>\nhm\n</think>\n\nHello", "Hello", "hm" },
        { "", "\n<think>a</think>b", "b", "a" },
        { "T", "hm\n</think>\n\nHello", "Hello", "hm" },
        { "T", "never ends", "", "never ends" },
        { "", "<thinking> is a word", "<thinking> is a word", null },
        { "", "Say <think>x</think>", "Say <think>x</think>", null },
        { "", "<think>a</thin", "", "a</thin" },
        { "", "<thi", "<thi", null },
        { "", "<think></think>Hello", "Hello", null },
    };

    [Theory]
    [MemberData(nameof(Thoughts))]
    public void Thoughts_are_parted_from_what_is_said_however_it_is_cut(string opened, string answer, string said, string? thought)
    {
        var random = new Random(3);
        for (var round = 0; round < 20; round++)
        {
            var stream = New(null, opened.Length > 0);
            for (var at = 0; at < answer.Length;)
            {
                var length = Math.Min(random.Next(1, 6), answer.Length - at);
                _ = stream.Append(answer.Substring(at, length));
                at += length;
            }
            _ = stream.Finish();
            Assert.Equal((said, thought), (stream.Message().Content, stream.Message().Reasoning));
        }
    }

    [Theory]
    [InlineData("Hi.<|im_end|>\n<|im_start|>user", "Hi.", true)]
    [InlineData("Hi.<|im_", "Hi.<|im_", false)]
    [InlineData("a <|im_<|im_end|>", "a <|im_", true)]
    public void The_text_that_ends_a_turn_ends_the_answer_however_it_is_cut(string answer, string said, bool isEnded)
    {
        for (var length = 1; length < 8; length++)
        {
            var stream = new ReplyStream(ChatFamily.Of("mistral").Tokenizer, null, null, false, "<|im_end|>");
            foreach (var part in answer.Chunk(length)) _ = stream.Append(new string(part));
            _ = stream.Finish();
            Assert.Equal((said, isEnded), (stream.Message().Content, stream.IsEnded));
        }
    }

    [Fact]
    public void Control_tokens_that_mark_a_call_are_seen()
    {
        var family = ChatFamily.Of("mistral");
        var stream = new ReplyStream(family.Tokenizer, new MistralCalls(), null, false);
        var shown = "";
        foreach (var id in family.Tokenizer.Encode("Wait. [TOOL_CALLS][{\"name\": \"f\", \"arguments\": {\"a\": \"é\"}}]", addBos: false, parseSpecial: true)) shown += stream.Append(id).Text;
        shown += stream.Finish().Text;
        var message = stream.Message(callsBefore: 41);
        Assert.Equal(("Wait. ", "Wait."), (shown, message.Content));
        Assert.Equal(("call00041", "f", "{\"a\": \"é\"}"), (message.ToolCalls[0].Id, message.ToolCalls[0].Name, PlainJson.Text(message.ToolCalls[0].Arguments)));
    }

    [Fact]
    public void Thoughts_and_calls_come_together()
    {
        var stream = New(new HermesCalls(), true);
        var pieces = new[] { "look it up</think>", "\n\nOne moment.\n<tool_call>\n{\"name\": \"f\", \"arguments\": {}}", "\n</tool_call>" }.Select(stream.Append).ToList();
        Assert.True(stream.Finish().IsEmpty);
        Assert.Equal("look it up", string.Concat(pieces.Select(p => p.Reasoning)));
        var message = stream.Message();
        Assert.Equal(("One moment.", "look it up", 1), (message.Content, message.Reasoning, message.ToolCalls.Count));
        Assert.Empty(stream.Problems);
    }

    private static ReplyStream New(ToolCallFormat? format, bool isThinking) => new(ChatFamily.Of("qwen3").Tokenizer, format, ("<think>", "</think>"), isThinking);
}
