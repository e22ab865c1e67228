using System.Text;
using System.Text.Json.Nodes;
using Bantam.Chat;

namespace Bantam.Tests.Chat;

public sealed class ChatJsonTests
{
    public static TheoryData<string> Bad =>
    [
        "", "{", "7", "{\"messages\": 1}", "[1]", "[{}]", "[{\"role\": 1}]", "[{\"role\": \"root\"}]", "[{\"role\": \"user\", \"content\": 5}]",
        "[{\"role\": \"user\", \"role\": \"user\"}]", "[{\"role\": \"user\", \"content\": [{\"type\": \"image\"}]}]", "[{\"role\": \"user\", \"content\": \"\\ud800\"}]",
        "[{\"role\": \"assistant\", \"tool_calls\": [{\"function\": {}}]}]", "[{\"role\": \"assistant\", \"tool_calls\": \"f\"}]",
        "[{\"role\": \"assistant\", \"tool_calls\": [{\"function\": {\"name\": \"f\", \"arguments\": {\"x\": \"\\ud800\"}}}]}]",
        "[{\"role\": \"assistant\", \"tool_calls\": [{\"function\": {\"name\": \"f\", \"arguments\": {\"\\udc00\": 1}}}]}]", new string('[', 100_000),
    ];

    [Fact]
    public void What_is_written_is_read_again()
    {
        ChatMessage[] messages =
        [
            ChatMessage.System("<|im_end|> ünï & \"quotes\" 👩‍👩‍👧"),
            ChatMessage.User(""),
            ChatMessage.Assistant("a\nb") with { Reasoning = "hm", IsInterrupted = true, ToolCalls = [new ToolCall("call00000", "f", new JsonObject { ["x"] = 1.5, ["y"] = null })] },
            ChatMessage.Tool("ok", "call00000", "f"),
        ];
        using var stream = new MemoryStream();
        ChatJson.Write(stream, messages);
        var read = ChatJson.Read(stream.ToArray(), "talk.json");
        using var again = new MemoryStream();
        ChatJson.Write(again, read);
        Assert.Equal(Encoding.UTF8.GetString(stream.ToArray()), Encoding.UTF8.GetString(again.ToArray()));
        Assert.Equal(messages.Select(m => (m.Role, m.Content, m.Reasoning, m.ToolCallId, m.Name, m.IsInterrupted)), read.Select(m => (m.Role, m.Content, m.Reasoning, m.ToolCallId, m.Name, m.IsInterrupted)));
        Assert.Contains("ünï & ", Encoding.UTF8.GetString(stream.ToArray()));
    }

    [Fact]
    public void Other_spellings_are_taken()
    {
        var read = ChatJson.Read("""{"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}, {"role": "assistant", "content": null, "tool_calls": [{"type": "function", "function": {"name": "f", "arguments": "{\"x\": 1}"}}]}]}"""u8.ToArray(), "x");
        Assert.Equal(("ab", "", 1), (read[0].Content, read[1].Content, (int)read[1].ToolCalls[0].Arguments["x"]!));
        var tool = Assert.Single(ChatJson.ReadTools("""[{"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object"}}}]"""u8.ToArray(), "x"));
        Assert.Equal(("f", "d", "{\"type\": \"object\"}"), (tool.Name, tool.Description, PlainJson.Text(tool.Parameters)));
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public void What_is_no_conversation_is_refused_in_one_line(string json)
    {
        var refusal = Assert.Throws<BantamException>(() => ChatJson.Read(Encoding.UTF8.GetBytes(json), "talk.json"));
        Assert.Equal("BT5106", refusal.Code);
        Assert.StartsWith("talk.json", refusal.Message);
        Assert.DoesNotContain(refusal.Message, char.IsControl);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[7]")]
    [InlineData("[{}]")]
    [InlineData("[{\"name\": \"f\", \"parameters\": 5}]")]
    [InlineData("[{\"name\": \"f\", \"parameters\": {\"x\": \"\\ud800\"}}]")]
    [InlineData("[{\"name\": \"f\", \"name\": \"g\"}]")]
    public void What_are_no_tools_is_refused_in_one_line(string json)
    {
        var refusal = Assert.Throws<BantamException>(() => ChatJson.ReadTools(Encoding.UTF8.GetBytes(json), "tools.json"));
        Assert.Equal("BT5106", refusal.Code);
        Assert.StartsWith("tools.json", refusal.Message);
    }

    [Fact]
    public void A_byte_order_mark_is_no_JSON()
    {
        Assert.Equal("a", Assert.Single(ChatJson.Read("\uFEFF[{\"role\": \"user\", \"content\": \"a\"}]"u8.ToArray(), "x")).Content);
        Assert.Equal("f", Assert.Single(ChatJson.ReadTools("\uFEFF[{\"name\": \"f\"}]"u8.ToArray(), "x")).Name);
    }
}
