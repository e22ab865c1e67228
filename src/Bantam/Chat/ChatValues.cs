using System.Text.Json;
using System.Text.Json.Nodes;

namespace Bantam.Chat;

/// <summary>The variables that templates expect: <c>messages</c>, <c>tools</c> and the rest, in the shapes of transformers.</summary>
internal static class ChatValues
{
    private static readonly string[] Reserved = ["messages", "tools", "documents", "add_generation_prompt", "bos_token", "eos_token", "unk_token", "pad_token"];

    /// <summary>Builds them.</summary>
    /// <param name="request">The request; <see cref="Check"/> has looked at it.</param>
    /// <param name="tokens">Names and texts of special tokens.</param>
    /// <param name="argumentsAsText">Whether arguments of calls are given as JSON text: some templates put them together that way.</param>
    /// <param name="mark">Applied to every text that is not the template's own.</param>
    public static JsonObject Of(ChatRequest request, IReadOnlyDictionary<string, string> tokens, bool argumentsAsText, Func<string, TextKind, string> mark)
    {
        var values = request.Variables is { } variables ? (JsonObject)Read(variables, mark)! : [];
        foreach (var (name, text) in tokens) values[name] = text;
        if (request.EnableThinking is { } thinking) values["enable_thinking"] = thinking;
        values["messages"] = new JsonArray([.. request.Messages.Select(message => Message(message, argumentsAsText, mark))]);
        values["tools"] = request.Tools.Count == 0 ? null : new JsonArray([.. request.Tools.Select(tool => Tool(tool, mark))]);
        values["documents"] = null;
        values["add_generation_prompt"] = request.AddGenerationPrompt && !request.ContinueFinalMessage;
        return values;
    }

    /// <summary>Every text in a request that is not the template's own.</summary>
    public static IEnumerable<string> Texts(ChatRequest request)
    {
        var texts = new List<string>();
        _ = Of(request, new Dictionary<string, string>(), argumentsAsText: true, (text, _) =>
        {
            texts.Add(text);
            return text;
        });
        return texts;
    }

    /// <summary>Refuses what no template can be asked to render.</summary>
    /// <exception cref="BantamException">BT5101: no messages, an unknown role, a name that is none, a reserved variable; BT5104: nothing to continue.</exception>
    public static void Check(ChatRequest request)
    {
        if (request.Messages.Count == 0) throw Refuse("the conversation is empty; begin with a message of the user");
        foreach (var (message, i) in request.Messages.Select((m, i) => (m, i)))
        {
            if (!ChatRoles.Known.Contains(message.Role)) throw Refuse($"the role of message {i + 1} is '{ModelFileException.Printable(message.Role)}'; known are {string.Join(", ", ChatRoles.Known)}");
            if (message.ToolCalls.Count > 0 && message.Role != ChatRoles.Assistant) throw Refuse($"message {i + 1} calls tools as {message.Role}; only an assistant does");
        }
        foreach (var tool in request.Tools)
            if (!IsName(tool.Name)) throw Refuse($"a tool is called '{ModelFileException.Printable(tool.Name)}'; names are 1 to 128 letters, digits, '_', '-' and '.'");
        foreach (var (name, _) in request.Variables ?? [])
            if (Reserved.Contains(name)) throw Refuse($"the variable '{name}' is the template's own and cannot be set");
        if (request.ContinueFinalMessage && request.Messages[^1] is not { Role: ChatRoles.Assistant, ToolCalls.Count: 0 })
            throw new BantamException("BT5104", "only an assistant's message without calls can be continued, and the last message is none");
    }

    private static bool IsName(string name) => name.Length is > 0 and <= 128 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.');

    private static JsonObject Message(ChatMessage message, bool argumentsAsText, Func<string, TextKind, string> mark)
    {
        var kind = message.Role == ChatRoles.Assistant || ChatRoles.IsSystem(message.Role) ? TextKind.Own : TextKind.Foreign;
        var value = new JsonObject { ["role"] = message.Role, ["content"] = mark(message.Content, kind) };
        if (message.Reasoning is { } thought) value["reasoning_content"] = mark(thought, kind);
        if (message.Name is { } name) value["name"] = mark(name, TextKind.Part);
        if (message.ToolCallId is { } id) value["tool_call_id"] = mark(id, TextKind.Part);
        if (message.ToolCalls.Count > 0) value["tool_calls"] = new JsonArray([.. message.ToolCalls.Select(call => Call(call, argumentsAsText, mark))]);
        return value;
    }

    private static JsonObject Call(ToolCall call, bool argumentsAsText, Func<string, TextKind, string> mark)
    {
        var value = new JsonObject();
        if (call.Id is { } id) value["id"] = mark(id, TextKind.Part);
        value["type"] = "function";
        value["function"] = new JsonObject
        {
            ["name"] = mark(call.Name, TextKind.Part),
            ["arguments"] = argumentsAsText ? mark(PlainJson.Text(call.Arguments), TextKind.Part) : Read(call.Arguments, mark),
        };
        return value;
    }

    private static JsonObject Tool(ToolDefinition tool, Func<string, TextKind, string> mark) => new()
    {
        ["type"] = "function",
        ["function"] = new JsonObject
        {
            ["name"] = mark(tool.Name, TextKind.Part),
            ["description"] = mark(tool.Description, TextKind.Part),
            ["parameters"] = Read(tool.Parameters, mark),
        },
    };

    // Nodes over a parsed text look at its strings and keys only now.
    private static JsonNode? Read(JsonObject node, Func<string, TextKind, string> mark)
    {
        try
        {
            return Marked(node, mark);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            throw Refuse("JSON in the conversation (arguments, parameters or variables) holds half a surrogate pair, or a key twice");
        }
    }

    private static JsonNode? Marked(JsonNode? node, Func<string, TextKind, string> mark) => node switch
    {
        null => null,
        JsonObject o => new JsonObject(o.Select(p => KeyValuePair.Create(mark(p.Key, TextKind.Part), Marked(p.Value, mark)))),
        JsonArray a => new JsonArray([.. a.Select(item => Marked(item, mark))]),
        _ when node.GetValueKind() is JsonValueKind.String => mark(node.GetValue<string>(), TextKind.Part),
        _ => node.DeepClone(),
    };

    private static BantamException Refuse(string message) => new("BT5101", message);
}
