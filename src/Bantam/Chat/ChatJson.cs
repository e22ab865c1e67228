using System.Text.Encodings.Web;
using System.Text.Json;
using Bantam.Chat.ToolCalls;

namespace Bantam.Chat;

/// <summary>Conversations as JSON, in the shape that chat interfaces share: <c>[{"role": …, "content": …}]</c>.</summary>
public static class ChatJson
{
    private const int MaxDepth = 128;

    // Letters of all languages stay as they are; this is no part of a web page.
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = true, NewLine = "\n" };

    /// <summary>Writes messages.</summary>
    public static void Write(Stream stream, IEnumerable<ChatMessage> messages)
    {
        using var json = new Utf8JsonWriter(stream, Relaxed);
        json.WriteStartArray();
        foreach (var message in messages) Write(json, message);
        json.WriteEndArray();
    }

    /// <summary>Writes a message as an object.</summary>
    public static void Write(Utf8JsonWriter json, ChatMessage message)
    {
        json.WriteStartObject();
        json.WriteString("role", message.Role);
        json.WriteString("content", message.Content);
        if (message.Reasoning is { } thought) json.WriteString("reasoning_content", thought);
        if (message.Name is { } name) json.WriteString("name", name);
        if (message.ToolCallId is { } id) json.WriteString("tool_call_id", id);
        if (message.IsInterrupted) json.WriteBoolean("interrupted", true);
        if (message.ToolCalls.Count > 0)
        {
            json.WriteStartArray("tool_calls");
            foreach (var call in message.ToolCalls)
            {
                json.WriteStartObject();
                if (call.Id is { } callId) json.WriteString("id", callId);
                json.WriteString("type", "function");
                json.WriteStartObject("function");
                json.WriteString("name", call.Name);
                json.WritePropertyName("arguments");
                call.Arguments.WriteTo(json);
                json.WriteEndObject();
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    /// <summary>Reads messages: an array, or an object whose <c>messages</c> are one. Arguments of calls may be objects or JSON text.</summary>
    /// <param name="bytes">UTF-8.</param>
    /// <param name="source">What errors call it.</param>
    /// <exception cref="BantamException">It is no conversation (BT5106).</exception>
    public static IReadOnlyList<ChatMessage> Read(ReadOnlyMemory<byte> bytes, string source) => Items(
        bytes,
        source,
        root =>
        {
            if (root.ValueKind is JsonValueKind.Object && root.TryGetProperty("messages", out var inner)) root = inner;
            return root.ValueKind is JsonValueKind.Array ? root : throw Refuse(source, "a conversation is a list of messages");
        },
        (message, i) => Message(message, $"{source}: message {i + 1}"));

    /// <summary>Reads tools: an array of <c>{"type": "function", "function": {"name", "description", "parameters"}}</c>, the inner object alone taken as well.</summary>
    /// <param name="bytes">UTF-8.</param>
    /// <param name="source">What errors call it.</param>
    /// <exception cref="BantamException">They are no tools (BT5106).</exception>
    public static IReadOnlyList<ToolDefinition> ReadTools(ReadOnlyMemory<byte> bytes, string source) =>
        Items(bytes, source, root => root.ValueKind is JsonValueKind.Array ? root : throw Refuse(source, "tools are a list"), (tool, i) => Tool(tool, $"{source}: tool {i + 1}"));

    private static List<T> Items<T>(ReadOnlyMemory<byte> bytes, string source, Func<JsonElement, JsonElement> list, Func<JsonElement, int, T> item)
    {
        // Windows editors put a byte order mark in front.
        if (bytes.Span.StartsWith("\uFEFF"u8)) bytes = bytes[3..];
        try
        {
            using var document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = MaxDepth, AllowDuplicateProperties = false });
            return [.. list(document.RootElement).EnumerateArray().Select(item)];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Refuse(source, $"no JSON that can be read: {ModelFileException.Printable(e.Message)}");
        }
    }

    private static ChatMessage Message(JsonElement message, string where)
    {
        if (message.ValueKind is not JsonValueKind.Object || Text(message, "role", where) is not { } role) throw Refuse(where, "a message is an object with a role");
        if (!ChatRoles.Known.Contains(role)) throw Refuse(where, $"the role is '{ModelFileException.Printable(role)}'; known are {string.Join(", ", ChatRoles.Known)}");
        return new ChatMessage(role, Content(message, where))
        {
            Reasoning = Text(message, "reasoning_content", where),
            Name = Text(message, "name", where),
            ToolCallId = Text(message, "tool_call_id", where),
            IsInterrupted = message.TryGetProperty("interrupted", out var interrupted) && interrupted.ValueKind is JsonValueKind.True,
            ToolCalls = Calls(message, where),
        };
    }

    // A text, or a list of parts of which only texts are taken.
    private static string Content(JsonElement message, string where)
    {
        if (!message.TryGetProperty("content", out var content) || content.ValueKind is not JsonValueKind.Array) return Text(message, "content", where) ?? "";
        return string.Concat(content.EnumerateArray().Select(part =>
            part.ValueKind is JsonValueKind.Object && Text(part, "type", where) == "text" && Text(part, "text", where) is { } text
                ? text
                : throw Refuse(where, "parts of a content other than text are not taken")));
    }

    private static ToolCall[] Calls(JsonElement message, string where)
    {
        if (!message.TryGetProperty("tool_calls", out var calls) || calls.ValueKind is JsonValueKind.Null) return [];
        if (calls.ValueKind is not JsonValueKind.Array) throw Refuse(where, "tool_calls is no list");
        return [.. calls.EnumerateArray().Select(call => Checked(where, () => CallJson.Call(CallJson.Parse(call.GetRawText()))))];
    }

    private static ToolDefinition Tool(JsonElement tool, string where)
    {
        if (tool.ValueKind is JsonValueKind.Object && tool.TryGetProperty("function", out var inner)) tool = inner;
        if (tool.ValueKind is not JsonValueKind.Object || Text(tool, "name", where) is not { } name) throw Refuse(where, "a tool is an object with a name");
        if (!tool.TryGetProperty("parameters", out var schema) || schema.ValueKind is JsonValueKind.Null) return new ToolDefinition(name, Text(tool, "description", where) ?? "", []);
        if (schema.ValueKind is not JsonValueKind.Object) throw Refuse(where, "parameters is no object");
        return new ToolDefinition(name, Text(tool, "description", where) ?? "", Checked(where, () => CallJson.Parse(schema.GetRawText())).AsObject());
    }

    private static T Checked<T>(string where, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (CallSyntaxException e)
        {
            throw Refuse(where, e.Message);
        }
    }

    private static string? Text(JsonElement message, string name, string where) => message.TryGetProperty(name, out var value)
        ? value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Null => null,
            _ => throw Refuse(where, $"{name} is no text"),
        }
        : null;

    private static BantamException Refuse(string where, string what) => new("BT5106", $"{where}: {what}");
}
