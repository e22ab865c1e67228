namespace Bantam.Chat;

/// <summary>
/// Who may speak. The list is closed: templates put roles between the marks of control tokens, and a role of someone's own
/// choice could spell one.
/// </summary>
public static class ChatRoles
{
    /// <summary>The operator.</summary>
    public const string System = "system";

    /// <summary>A person.</summary>
    public const string User = "user";

    /// <summary>The model.</summary>
    public const string Assistant = "assistant";

    /// <summary>A tool that the model called.</summary>
    public const string Tool = "tool";

    /// <summary>All roles: <c>developer</c>, <c>function</c> and <c>ipython</c> are what some families call the operator and their tools.</summary>
    public static IReadOnlyList<string> Known { get; } = [System, "developer", User, Assistant, Tool, "function", "ipython"];

    /// <summary>Whether the operator speaks.</summary>
    internal static bool IsSystem(string role) => role is System or "developer";
}
