using System.Text.Json.Nodes;
using Bantam.Chat;
using Bantam.Tokenizers;

namespace Bantam.Tests.Chat;

/// <summary>What published templates write for a call is what models were taught to write: it must be read as that call.</summary>
public sealed class ToolCallRoundTripTests
{
    private static readonly string[] Control = ["<s>", "</s>", "<|im_start|>", "<|im_end|>", "<|eot_id|>", "<|eom_id|>", "<|python_tag|>", "[TOOL_CALLS]", "[ARGS]", "[CALL_ID]", "[INST]", "[/INST]"];

    private static readonly Tokenizer Tokenizer = ChatFamily.Of(Control, "<s>", "</s>");

    // Those whose convention is known and whose template can write a call.
    private static readonly string[] Written =
    [
        "Bielik-11B-v3.0-Instruct", "MiMo-VL", "Mistral-Small-3.2-24B-Instruct-2506", "NousResearch-Hermes-2-Pro-Llama-3-8B-tool_use", "NousResearch-Hermes-3-Llama-3.1-8B-tool_use",
        "Qwen-QwQ-32B", "Qwen-Qwen2.5-7B-Instruct", "Qwen-Qwen3-0.6B", "Reka-Edge", "google-gemma-4-31B-it", "google-gemma-4-31B-it-interleaved", "meta-llama-Llama-3.1-8B-Instruct", "meta-llama-Llama-3.2-3B-Instruct",
        "meta-llama-Llama-3.3-70B-Instruct", "mistralai-Ministral-3-14B-Reasoning-2512", "mistralai-Mistral-Nemo-Instruct-2407", "unsloth-Apriel-1.5", "unsloth-mistral-Devstral-Small-2507",
    ];

    // A macro of its own looks for a variable that only its caller has: Jinja2 refuses it as well.
    private const string Broken = "MiroThinker";

    public static TheoryData<string> Files => new(Written);

    [Theory]
    [MemberData(nameof(Files))]
    public void A_call_that_a_template_writes_is_read_as_that_call(string name)
    {
        var source = File.ReadAllText(SharedData.Path("chat_templates", $"{name}.jinja"));
        var template = new ChatTemplate(source, Tokenizer);
        Assert.NotNull(template.ToolFormat);
        foreach (var arguments in (JsonObject[])
        [
            new() { ["city"] = "Zürich" },
            new() { ["a"] = "x; y}] \"q\" 'p' <b>", ["b"] = 3, ["c"] = true, ["d"] = new JsonArray(1, 2.5), ["e"] = new JsonObject { ["f"] = "g" } },
            [],
        ])
        {
            var call = new ToolCall("abcdefghi", "look_up", arguments);
            var request = new ChatRequest { Messages = [ChatMessage.User("Hi")], Tools = [new("look_up", "d", new JsonObject { ["type"] = "object", ["properties"] = new JsonObject() })], Now = DateTimeOffset.UnixEpoch };
            var before = template.Render(request);
            var after = template.Render(request with { Messages = [.. request.Messages, ChatMessage.Assistant("") with { ToolCalls = [call] }], AddGenerationPrompt = false });
            // The answer alone, up to the token that ends it; two answers may begin with the same half of a mark.
            var shared = before.Text.Zip(after.Text).TakeWhile(pair => pair.First == pair.Second).Count();
            while (after.Text[shared - 1] is not ('>' or ']' or '\n')) shared--;
            var reply = template.NewReply(request, before);
            if (before.Text.TrimEnd().EndsWith("<think>", StringComparison.Ordinal)) _ = reply.Append("</think>");
            foreach (var id in Tokenizer.Encode(after.Text[shared..], addBos: false, parseSpecial: true).TakeWhile(id => !Tokenizer.IsEos(id) && id != template.TurnEnd.Id))
                _ = reply.Append(id);
            _ = reply.Finish();
            var read = Assert.Single(reply.Message().ToolCalls);
            Assert.Equal("look_up", read.Name);
            Assert.True(JsonNode.DeepEquals(arguments, read.Arguments), $"{after.Text[shared..]} became {PlainJson.Text(read.Arguments)}");
            Assert.Empty(reply.Problems);
        }
    }

    [Fact]
    public void Every_published_template_of_a_known_convention_is_in_the_table()
    {
        // Gemma's own templates before the fourth write no calls.
        var known = Directory.EnumerateFiles(SharedData.Path("chat_templates"), "*.jinja")
            .Where(file => new ChatTemplate(File.ReadAllText(file), Tokenizer).ToolFormat is not (null or "gemma"))
            .Select(file => Path.GetFileNameWithoutExtension(file));
        Assert.Equal(Written.Append(Broken).Order(StringComparer.Ordinal), known.Order(StringComparer.Ordinal));
    }
}
