using System.Text.Json.Nodes;

namespace Bantam.Chat;

/// <summary>A tool that a model may call.</summary>
/// <param name="Name">Its name: letters, digits, <c>_</c>, <c>-</c> and <c>.</c>, at most 128.</param>
/// <param name="Description">What it is for, in words that the model reads.</param>
/// <param name="Parameters">A JSON schema of its arguments.</param>
public sealed record ToolDefinition(string Name, string Description, JsonObject Parameters);
