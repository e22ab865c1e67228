using System.Text.Json.Nodes;

namespace Bantam.Chat;

/// <summary>
/// What a chat template is to render. There is no template among it: templates come from the model or its operator, never
/// with a request.
/// </summary>
public sealed record ChatRequest
{
    /// <summary>The conversation so far, the oldest turn first.</summary>
    public required IReadOnlyList<ChatMessage> Messages { get; init; }

    /// <summary>The tools that the model may call; none by default.</summary>
    public IReadOnlyList<ToolDefinition> Tools { get; init; } = [];

    /// <summary>Whether the text ends with the beginning of an answer. Of no effect with <see cref="ContinueFinalMessage"/>.</summary>
    public bool AddGenerationPrompt { get; init; } = true;

    /// <summary>Whether the last message, an assistant's, is the beginning of an answer that goes on.</summary>
    public bool ContinueFinalMessage { get; init; }

    /// <summary>Whether models that can think first shall; the template's own default when null.</summary>
    public bool? EnableThinking { get; init; }

    /// <summary>Further variables of the template, such as <c>reasoning_effort</c>; they cannot stand for the conversation or for special tokens.</summary>
    public JsonObject? Variables { get; init; }

    /// <summary>The time that templates may print; now when null.</summary>
    public DateTimeOffset? Now { get; init; }
}
