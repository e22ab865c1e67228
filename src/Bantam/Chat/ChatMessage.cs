namespace Bantam.Chat;

/// <summary>One turn of a conversation.</summary>
/// <param name="Role">One of <see cref="ChatRoles.Known"/>.</param>
/// <param name="Content">The text; empty where an assistant only calls tools.</param>
public sealed record ChatMessage(string Role, string Content)
{
    /// <summary>The tools that an assistant calls; none by default.</summary>
    public IReadOnlyList<ToolCall> ToolCalls { get; init; } = [];

    /// <summary>Of a tool's answer, the call that it answers, or null.</summary>
    public string? ToolCallId { get; init; }

    /// <summary>Of a tool's answer, the tool; of others, who speaks, or null.</summary>
    public string? Name { get; init; }

    /// <summary>What an assistant thought before it answered, or null. Templates decide whether the model sees it again.</summary>
    public string? Reasoning { get; init; }

    /// <summary>Whether the answer was stopped before its end. Templates do not see this.</summary>
    public bool IsInterrupted { get; init; }

    /// <summary>What the operator says.</summary>
    public static ChatMessage System(string content) => new(ChatRoles.System, content);

    /// <summary>What a person says.</summary>
    public static ChatMessage User(string content) => new(ChatRoles.User, content);

    /// <summary>What the model says.</summary>
    public static ChatMessage Assistant(string content) => new(ChatRoles.Assistant, content);

    /// <summary>What a tool gave back.</summary>
    public static ChatMessage Tool(string content, string? callId = null, string? name = null) => new(ChatRoles.Tool, content) { ToolCallId = callId, Name = name };
}
