using System.Text.Json.Nodes;
using Bantam.Chat;

namespace Bantam.Tests.Chat;

public sealed class AssistantMaskTests
{
    private static readonly ChatMessage[] Talk =
    [
        ChatMessage.User("One?"), ChatMessage.Assistant("First."), ChatMessage.User("Two?"), ChatMessage.Assistant("Second <|im_end|> <end_of_turn>"),
    ];

    // Family, and what its assistant says in the conversation above.
    public static TheoryData<string, string> Said => new()
    {
        { "llama3", "First.<|eot_id|>Second <|im_end|> <end_of_turn><|eot_id|>" },
        { "qwen2.5", "First.<|im_end|>Second <|im_end|> <end_of_turn><|im_end|>" },
        { "qwen3", "First.<|im_end|><think>\n\n</think>\n\nSecond <|im_end|> <end_of_turn><|im_end|>" },
        { "mistral", "First.</s>Second <|im_end|> <end_of_turn></s>" },
        { "gemma2", "First.<end_of_turn>Second <|im_end|> <end_of_turn><end_of_turn>" },
        { "phi3.5", "First.<|end|>Second <|im_end|> <end_of_turn><|end|>\n<|endoftext|>" },
    };

    [Theory]
    [MemberData(nameof(Said))]
    public void Answers_and_their_ends_are_learned_and_nothing_else(string name, string expected)
    {
        var family = ChatFamily.Of(name);
        var mask = family.Template().AssistantMask(new ChatRequest { Messages = Talk });
        Assert.Equal(expected, family.Tokenizer.Decode([.. mask.Ids.Where((_, i) => mask.IsAssistant[i])], keepSpecial: true));
        Assert.Equal(mask.Ids, family.Template().Encode(new ChatRequest { Messages = Talk, AddGenerationPrompt = false }));
        Assert.InRange(mask.Share, 0.05, 0.95);
    }

    [Fact]
    public void Calls_of_tools_are_learned_and_their_answers_are_not()
    {
        var family = ChatFamily.Of("qwen2.5");
        var mask = family.Template().AssistantMask(new ChatRequest
        {
            Messages =
            [
                ChatMessage.User("Weather?"),
                ChatMessage.Assistant("") with { ToolCalls = [new ToolCall(null, "f", new JsonObject { ["a"] = 1 })] },
                ChatMessage.Tool("sunny"),
                ChatMessage.Assistant("Sun."),
            ],
            Tools = [new("f", "d", [])],
        });
        var said = family.Tokenizer.Decode([.. mask.Ids.Where((_, i) => mask.IsAssistant[i])], keepSpecial: true);
        Assert.Contains("\"arguments\": {\"a\": 1}", said);
        Assert.EndsWith("Sun.<|im_end|>", said);
        Assert.DoesNotContain("sunny", said);
    }

    [Fact]
    public void A_template_with_generation_blocks_tells_itself()
    {
        var family = ChatFamily.Of("qwen2.5");
        var template = new ChatTemplate("{% for m in messages %}{{ m.role }}:{% if m.role == 'assistant' %}{% generation %}{{ m.content }}{{ eos_token }}{% endgeneration %}{% else %}{{ m.content }}{% endif %}{% endfor %}", family.Tokenizer);
        var mask = template.AssistantMask(new ChatRequest { Messages = Talk });
        Assert.Equal("First.<|im_end|>Second <|im_end|> <end_of_turn><|im_end|>", family.Tokenizer.Decode([.. mask.Ids.Where((_, i) => mask.IsAssistant[i])], keepSpecial: true));
    }

    [Theory]
    [InlineData("{{ messages | length }}{% for m in messages %}{{ m.content }}{% endfor %}")]
    [InlineData("{% for m in messages | reverse %}{{ m.content }}{% endfor %}")]
    public void A_template_that_writes_otherwise_what_goes_on_is_refused_by_name(string source)
    {
        var template = new ChatTemplate(source, ChatFamily.Of("qwen2.5").Tokenizer);
        var refusal = Assert.Throws<BantamException>(() => template.AssistantMask(new ChatRequest { Messages = Talk }));
        Assert.Equal("BT5105", refusal.Code);
        Assert.Contains("message 2", refusal.Message);
    }

    [Fact]
    public void A_conversation_without_answers_teaches_nothing() =>
        Assert.Equal(0, ChatFamily.Of("llama3").Template().AssistantMask(new ChatRequest { Messages = [ChatMessage.User("x")] }).Count);
}
