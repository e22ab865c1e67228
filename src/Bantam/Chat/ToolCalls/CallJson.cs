using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Bantam.Chat.ToolCalls;

/// <summary>Calls that are written as JSON objects.</summary>
internal static class CallJson
{
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = JsonExtent.MaxDepth, AllowDuplicateProperties = false };

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Parses an object or a list of objects.</summary>
    /// <exception cref="CallSyntaxException">It is no JSON, has a key twice, is too deep, or holds half a surrogate pair.</exception>
    public static JsonNode Parse(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(Utf8.GetBytes(text), Strict);
            return Copy(document.RootElement)!;
        }
        catch (Exception e) when (e is JsonException or EncoderFallbackException or InvalidOperationException)
        {
            throw new CallSyntaxException($"no JSON that can be read: {FirstSentence(e.Message)}");
        }
    }

    /// <summary>The call of an object <c>{"name": …, "arguments": {…}, "id": …}</c>.</summary>
    /// <param name="node">The object.</param>
    /// <param name="needsArguments">Whether an object without arguments is no call.</param>
    /// <exception cref="CallSyntaxException">It has no name, or arguments that are no object.</exception>
    public static ToolCall Call(JsonNode? node, bool needsArguments = false)
    {
        if (node is not JsonObject call) throw new CallSyntaxException("a call is a JSON object");
        // {"type": "function", "function": {"name": …}} wraps it; {"type": "function", "function": "name"} names it.
        var id = Text(call["id"]);
        if (call["function"] is JsonObject inner) call = inner;
        if (Text(call["name"] ?? call["function"]) is not { Length: > 0 } name) throw new CallSyntaxException("a call has a name");
        var arguments = call["arguments"] ?? call["parameters"];
        if (arguments is null && needsArguments) throw new CallSyntaxException("a call has arguments");
        if (Text(arguments) is { } text) arguments = text.Length == 0 ? null : Parse(text);
        if (arguments is not (null or JsonObject)) throw new CallSyntaxException($"the arguments of {name} are no object");
        return new ToolCall(id, name, (JsonObject?)arguments?.DeepClone() ?? []);
    }

    /// <summary>The calls of an object, or of all objects of a list.</summary>
    /// <exception cref="CallSyntaxException">See <see cref="Call"/>; an empty list is no call.</exception>
    public static IReadOnlyList<ToolCall> Calls(JsonNode node, bool needsArguments = false) => node switch
    {
        JsonArray { Count: 0 } => throw new CallSyntaxException("an empty list calls nothing"),
        JsonArray list => [.. list.Select(item => Call(item, needsArguments))],
        _ => [Call(node, needsArguments)],
    };

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    // Built anew from checked strings: nodes over a document read their texts later, when errors would escape.
    private static JsonNode? Copy(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => new JsonObject(element.EnumerateObject().Select(p => KeyValuePair.Create(p.Name, Copy(p.Value)))),
        JsonValueKind.Array => new JsonArray([.. element.EnumerateArray().Select(Copy)]),
        JsonValueKind.String => JsonValue.Create(element.GetString()!),
        JsonValueKind.True => JsonValue.Create(true),
        JsonValueKind.False => JsonValue.Create(false),
        JsonValueKind.Number => JsonValue.Create(element.Clone()),
        _ => null,
    };

    private static string FirstSentence(string message) => message.IndexOf(". ", StringComparison.Ordinal) is > 0 and var end ? message[..end] : message.TrimEnd('.');
}
