using System.Text.Json;
using Bantam.Formats.Gguf;

namespace Bantam.Cli;

/// <summary>One line of metadata: a number, bool or text, or the length and the first items of an array.</summary>
/// <param name="Key">Its name.</param>
/// <param name="Type">Its type in the words of the container: <c>U32</c>, <c>String[128256]</c>, <c>object</c>.</param>
/// <param name="Value">A string, bool, <see cref="long"/>, <see cref="ulong"/> or <see cref="double"/>; null for arrays.</param>
/// <param name="First">The first items of an array; null for scalars.</param>
/// <param name="Count">Items of the array.</param>
internal sealed record MetadataEntry(string Key, string Type, object? Value, IReadOnlyList<object>? First = null, long Count = 1)
{
    private const int Shown = 5;

    public static MetadataEntry Of(string key, string text) => new(key, "String", text);

    public static MetadataEntry Of(string key, GgufValue value) => value.ElementType is null
        ? new(key, value.TypeName, Plain(value.Value))
        : new(key, value.TypeName, null, [.. ((Array)value.Value).Cast<object>().Take(Shown).Select(Plain)], value.Count);

    public static MetadataEntry Of(string key, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => new(key, $"array[{value.GetArrayLength()}]", null, [.. value.EnumerateArray().Take(Shown).Select(Plain)], value.GetArrayLength()),
        var kind => new(key, kind is JsonValueKind.True or JsonValueKind.False ? "bool" : kind.ToString().ToLowerInvariant(), Plain(value)),
    };

    /// <summary>The value as text on one line, cut where it is long.</summary>
    public string Text(int most) => First is null
        ? Item(Value!, most)
        : $"{Count:N0}: {string.Join(", ", First.Select(i => Item(i, most / Shown)))}{(Count > First.Count ? ", …" : "")}";

    /// <summary>Writes the properties <c>key</c>, <c>type</c> and <c>value</c>, or <c>count</c> and <c>first</c>.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.Write("key", Key);
        json.Write("type", Type);
        if (First is null)
        {
            json.WritePropertyName("value");
            Write(json, Value!);
            return;
        }
        json.Write("count", Count);
        json.WriteStartArray("first");
        foreach (var item in First) Write(json, item);
        json.WriteEndArray();
    }

    private static string Item(object item, int most) => item is string text
        ? SafeText.OneLine(text, most) + (text.Length > most ? $" ({text.Length:N0} characters)" : "")
        : item is bool flag ? (flag ? "true" : "false") : $"{item}";

    private static void Write(Utf8JsonWriter json, object item)
    {
        switch (item)
        {
            case bool flag: json.WriteBooleanValue(flag); break;
            case long number: json.WriteNumberValue(number); break;
            case ulong number: json.WriteNumberValue(number); break;
            case float number when float.IsFinite(number): json.WriteNumberValue(number); break;
            case double number when double.IsFinite(number): json.WriteNumberValue(number); break;
            default: json.WriteStringValue($"{item}"); break; // text, and what JSON has no number for: NaN
        }
    }

    private static object Plain(object value) => value switch
    {
        byte or sbyte or ushort or short or uint or int => Convert.ToInt64(value),
        GgufValue nested => nested.ToString(),
        _ => value,
    };

    private static object Plain(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => value.TryGetInt64(out var integer) ? integer : value.GetDouble(),
        _ => value.GetRawText(),
    };
}
