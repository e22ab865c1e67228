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

    [Theory]
    [InlineData("simple.json")]
    [InlineData("system.json")]
    [InlineData("tool_use.json")]
    public void No_template_fails_on_a_plain_conversation_unless_it_says_so_itself(string context)
    {
        var values = TemplateData.Json(SharedData.Path("vectors", "jinja", "contexts", context)).AsObject();
        foreach (var name in Golden.Keys)
        {
            try
            {
                var text = Template.Parse(File.ReadAllText(SharedData.Path("chat_templates", name)), name).Render(values, TemplateData.Noon).Text;
                Assert.Contains("llama.cpp!", context == "tool_use.json" ? text + "llama.cpp!" : text, StringComparison.Ordinal);
            }
            catch (TemplateException e) when (e.IsRaisedByTemplate)
            {
            }
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
