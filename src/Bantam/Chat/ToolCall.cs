using System.Text.Json.Nodes;

namespace Bantam.Chat;

/// <summary>A call of a tool, as a model asks for it. Nothing here runs anything.</summary>
/// <param name="Id">What the answer refers to, or null where the model gave none.</param>
/// <param name="Name">The tool.</param>
/// <param name="Arguments">Its arguments by name, in the order in which they were written.</param>
public sealed record ToolCall(string? Id, string Name, JsonObject Arguments)
{
    /// <summary>The id for calls without one: nine letters and digits, as Mistral's templates ask for.</summary>
    /// <param name="number">How many calls came before it in the conversation.</param>
    public static string IdOf(int number) => $"call{number:D5}";
}
