using System.Text.Json;

namespace Bantam.Models;

/// <summary>
/// Code that a checkpoint brings: <c>auto_map</c> of a config.json names Python classes in files beside it or in another
/// repository. Nothing of it is fetched or run; a family that is known needs none, and one that is not is refused.
/// </summary>
internal static class CustomCode
{
    private const string Field = "auto_map";

    /// <summary>Whether the configuration asks for code of its own.</summary>
    public static bool IsAsked(JsonElement config) =>
        config.ValueKind == JsonValueKind.Object && config.TryGetProperty(Field, out var map) && map.ValueKind is not (JsonValueKind.Null or JsonValueKind.False);

    /// <summary>One line for people where a known family makes it needless; null where nothing is asked.</summary>
    public static string? Notice(JsonElement config) =>
        IsAsked(config) ? $"config.json asks to run the model's own code ({Field}), which Bantam neither fetches nor runs" : null;

    /// <summary>Why a family or class is refused, with a word on code where the file asks for it.</summary>
    public static string Why(string why, JsonElement config) =>
        IsAsked(config) ? $"{why} ({Field} wants to run the model's own code, which Bantam never does)" : why;
}
