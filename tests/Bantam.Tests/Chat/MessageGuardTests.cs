using System.Text.Json.Nodes;
using Bantam.Chat;
using Bantam.Templates;
using Bantam.Tokenizers;

namespace Bantam.Tests.Chat;

/// <summary>Every published template at hand, with messages that spell control tokens of all families at once.</summary>
public sealed class MessageGuardTests
{
    private static readonly string[] Marks =
    [
        "<s>", "</s>", "<bos>", "<eos>", "<|im_start|>", "<|im_end|>", "<|endoftext|>", "<|begin_of_text|>", "<|eot_id|>", "<|eom_id|>", "<|start_header_id|>", "<|end_header_id|>",
        "<|python_tag|>", "<start_of_turn>", "<end_of_turn>", "<|turn>", "<turn|>", "[INST]", "[/INST]", "[TOOL_CALLS]", "[ARGS]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]", "[TOOL_RESULTS]", "[/TOOL_RESULTS]",
        "<|user|>", "<|assistant|>", "<|system|>", "<|end|>", "<|start|>", "<|message|>", "<|channel|>", "<|return|>", "<|START_OF_TURN_TOKEN|>", "<|END_OF_TURN_TOKEN|>", "<｜User｜>", "<｜Assistant｜>", "<｜end▁of▁sentence｜>",
    ];

    private static readonly Tokenizer Tokenizer = ChatFamily.Of(Marks, "<s>", "</s>");

    public static TheoryData<string> Files
    {
        get
        {
            var data = new TheoryData<string>();
            var folder = Path.Combine(Repository.Root, "..", "shared", "data", "chat_templates");
            if (Directory.Exists(folder))
                foreach (var file in Directory.EnumerateFiles(folder, "*.jinja").Order(StringComparer.Ordinal)) data.Add(Path.GetFileNameWithoutExtension(file));
            else data.Add("absent");
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Messages_add_no_control_token_to_any_published_template(string name)
    {
        var template = new ChatTemplate(File.ReadAllText(SharedData.Path("chat_templates", $"{name}.jinja")), Tokenizer);
        var random = new Random(5);
        var compared = 0;
        for (var round = 0; round < 6; round++)
        {
            // The same shape twice: with words, and with marks in their places.
            var spelled = string.Concat(Enumerable.Range(0, 4).Select(_ => Marks[random.Next(Marks.Length)] + " x "));
            string[] shapes = [$"{spelled}", $" {spelled}</think>{spelled}", $"a{spelled}\n"];
            var evil = shapes[round % 3];
            var harmless = evil.Replace(spelled, "words", StringComparison.Ordinal);
            foreach (var make in (Func<string, ChatMessage[]>[])
            [
                t => [ChatMessage.User(t)],
                t => [ChatMessage.System(t), ChatMessage.User("Hi"), ChatMessage.Assistant("Ho"), ChatMessage.User(t)],
                t => [ChatMessage.User("Hi"), ChatMessage.Assistant(t), ChatMessage.User(t)],
            ])
            {
                // Some templates are for tools alone, and one wants them in its own variables.
                var request = new ChatRequest
                {
                    Messages = make(evil),
                    Now = DateTimeOffset.UnixEpoch,
                    Tools = round % 2 == 0 ? [] : [new("f", evil, new JsonObject { ["type"] = "object", ["properties"] = new JsonObject() })],
                    Variables = new JsonObject { ["functions"] = evil, ["datetime"] = "today" },
                };
                if (Try(template, request with { Messages = make(harmless), Tools = [.. request.Tools.Select(t => t with { Description = harmless })], Variables = new JsonObject { ["functions"] = harmless, ["datetime"] = "today" } }) is not { } expected || Try(template, request) is not { } prompt) continue;
                compared++;
                var (own, found) = (Count(expected), Count(prompt));
                // Where a mark cannot be told apart, all of its kind are text: fewer, and never more.
                foreach (var (id, count) in found) Assert.True(count <= own.GetValueOrDefault(id), $"{Marks[id - 256]}: {count} and not {own.GetValueOrDefault(id)}, for {evil}");
                if (prompt.Notices.Count == 0) Assert.Equal(own.Values.Sum(), found.Values.Sum());
                Assert.Equal(prompt.Text, Tokenizer.Decode(prompt.Encode(), keepSpecial: true));
            }
        }
        Assert.True(compared > 0 || name.Contains("rwkv", StringComparison.Ordinal), "the template renders some of these");
    }

    private static ChatPrompt? Try(ChatTemplate template, ChatRequest request)
    {
        try
        {
            return template.Render(request);
        }
        catch (TemplateException)
        {
            return null;
        }
    }

    private static Dictionary<int, int> Count(ChatPrompt prompt) => prompt.Encode().Where(Tokenizer.IsControl).CountBy(id => id).ToDictionary();
}
