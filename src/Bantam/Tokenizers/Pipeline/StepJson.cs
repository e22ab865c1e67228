using System.Text.Json;

namespace Bantam.Tokenizers.Pipeline;

/// <summary>What the readers and writers of steps share.</summary>
internal static class StepJson
{
    /// <summary>Begins the object of a step.</summary>
    public static void Begin(this Utf8JsonWriter json, string type)
    {
        json.WriteStartObject();
        json.WriteString("type", type);
    }

    /// <summary>Writes the object of a step that has no settings.</summary>
    public static void Bare(this Utf8JsonWriter json, string type)
    {
        json.Begin(type);
        json.WriteEndObject();
    }

    /// <summary>The one character (code point) that a setting is.</summary>
    /// <exception cref="ModelFileException">BT1081: it is none, or several.</exception>
    public static string Character(JsonElement element, string name, string file, string? standard = null)
    {
        if (element.Field(name).ValueKind is JsonValueKind.Undefined && standard is not null) return standard;
        var text = element.Text(name);
        if (text is { Length: > 0 })
        {
            CodePoints.At(text, 0, out var length);
            if (length == text.Length) return text;
        }
        throw Refuse(element, file, name, "must be one character");
    }

    /// <summary>A text that a step needs.</summary>
    /// <exception cref="ModelFileException">BT1081: it is not there.</exception>
    public static string Needed(this JsonElement element, string name, string file) => element.Text(name) ?? throw Refuse(element, file, name, "must be a text");

    /// <summary>A flag that a step needs.</summary>
    /// <exception cref="ModelFileException">BT1081: it is not there.</exception>
    public static bool NeededFlag(this JsonElement element, string name, string file) => element.Flag(name) ?? throw Refuse(element, file, name, "must be true or false");

    /// <summary>The refusal of a step whose settings make no sense.</summary>
    public static ModelFileException Refuse(JsonElement element, string file, string name, string limit) =>
        new("BT1081", file, $"{name} of {element.Text("type") ?? "a step"}", element.Field(name) is { ValueKind: not JsonValueKind.Undefined } value ? value.GetRawText() : "absent", limit);
}
