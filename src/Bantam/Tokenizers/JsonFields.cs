using System.Text.Json;

namespace Bantam.Tokenizers;

/// <summary>Looks up fields of an object that may lack them or have them in another type: both read as absent.</summary>
internal static class JsonFields
{
    /// <summary>The property, or an undefined element.</summary>
    public static JsonElement Field(this JsonElement element, string name) =>
        element.ValueKind is JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : default;

    /// <summary>A string, or null.</summary>
    public static string? Text(this JsonElement element, string name) => element.Field(name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    /// <summary>A bool, or null.</summary>
    public static bool? Flag(this JsonElement element, string name) =>
        element.Field(name) is { ValueKind: JsonValueKind.True or JsonValueKind.False } value ? value.GetBoolean() : null;

    /// <summary>An integer, or null.</summary>
    public static int? Number(this JsonElement element, string name) =>
        element.Field(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out var number) ? number : null;

    /// <summary>The elements of an array; none where there is no array.</summary>
    public static IEnumerable<JsonElement> Items(this JsonElement element, string name) =>
        element.Field(name) is { ValueKind: JsonValueKind.Array } value ? value.EnumerateArray() : [];
}
