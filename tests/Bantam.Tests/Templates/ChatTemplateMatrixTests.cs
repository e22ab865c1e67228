using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Bantam.Templates;

namespace Bantam.Tests.Templates;

/// <summary>Every template that lies beside the repository, with every conversation: what Jinja2 makes of it (bench/peers/jinja/matrix.py).</summary>
public class ChatTemplateMatrixTests
{
    private static readonly JsonArray Conversations = TemplateData.Json(TemplateData.Golden("conversations.json")).AsArray();
    private static readonly Dictionary<string, string[]> Golden =
        File.ReadLines(TemplateData.Golden("renders.txt")).Select(line => line.Split('\t')).ToDictionary(fields => fields[0], fields => fields[1..]);

    public static TheoryData<string> Templates => [.. Golden.Keys];

    [Theory]
    [MemberData(nameof(Templates))]
    public void Renders_every_conversation_as_transformers_does(string name)
    {
        var template = Template.Parse(File.ReadAllText(SharedData.Path("chat_templates", name)), name);
        Assert.Equal(Conversations.Count, Golden[name].Length);
        foreach (var (conversation, golden) in Conversations.Zip(Golden[name]))
            Assert.Equal(
                ((string)conversation!["name"]!, golden.TrimEnd('+', '~')),
                ((string)conversation["name"]!, Field(template, conversation["values"]!.AsObject())));
    }

    // These fail in transformers too: one assigns to a message and prints a variable that nothing sets, one needs 'functions' and 'datetime'.
    private static readonly string[] Broken = ["MiroThinker.jinja", "fireworks-ai-llama-3-firefunction-v2.jinja"];

    [Theory]
    [InlineData("simple.json", "llama.cpp!", 53)]
    [InlineData("system.json", "llama.cpp!", 52)]
    [InlineData("tool_use.json", "Anything else?", 52)]
    public void Every_template_renders_a_plain_conversation_unless_it_refuses_it_itself(string context, string said, int rendered)
    {
        var values = TemplateData.Json(SharedData.Path("vectors", "jinja", "contexts", context)).AsObject();
        // Some templates read arguments as the object they are, some as its text; transformers is given objects.
        var withObjects = values.DeepClone().AsObject();
        foreach (var call in withObjects["messages"]!.AsArray().SelectMany(m => m!["tool_calls"]?.AsArray() ?? []))
            call!["function"]!["arguments"] = JsonNode.Parse((string)call["function"]!["arguments"]!);
        foreach (var name in Golden.Keys.Except(Broken))
        {
            var template = Template.Parse(File.ReadAllText(SharedData.Path("chat_templates", name)), name);
            var texts = ((JsonObject[])[values, withObjects]).Select(v => TryRender(template, v)).ToArray();
            Assert.True(texts.Any(t => t is not null), $"{name} renders neither");
            rendered -= texts.Any(t => t?.Contains(said, StringComparison.Ordinal) == true) ? 1 : 0;
        }
        Assert.Equal(0, rendered);
    }

    // The text, what the template says instead, or null where it fails.
    private static string? TryRender(Template template, JsonObject values)
    {
        try
        {
            return template.Render(values, TemplateData.Noon).Text;
        }
        catch (TemplateException e)
        {
            return e.IsRaisedByTemplate ? e.Reason : null;
        }
    }

    [Fact]
    public void Every_template_beside_the_repository_is_in_the_table() =>
        Assert.Equal(Golden.Keys.Order(StringComparer.Ordinal), Directory.EnumerateFiles(SharedData.Path("chat_templates"), "*.jinja").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal));

    private static string Field(Template template, JsonObject values)
    {
        try
        {
            return Hash(template.Render(values, TemplateData.Noon).Text);
        }
        catch (TemplateException e)
        {
            return e.IsRaisedByTemplate ? "!" + Hash(e.Reason) : "-";
        }
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];
}
