using System.Text.Json;
using Bantam.Evaluation;

namespace Bantam.Cli;

/// <summary>Properties of a JSON object; what is unknown is written as null, so that every field is always there.</summary>
internal static class Json
{
    public static void Write(this Utf8JsonWriter json, string name, long? value)
    {
        if (value is { } number) json.WriteNumber(name, number);
        else json.WriteNull(name);
    }

    public static void Write(this Utf8JsonWriter json, string name, double? value)
    {
        // JSON has no infinity and no NaN.
        if (value is { } number && double.IsFinite(number)) json.WriteNumber(name, number);
        else json.WriteNull(name);
    }

    public static void Write(this Utf8JsonWriter json, string name, bool? value)
    {
        if (value is { } known) json.WriteBoolean(name, known);
        else json.WriteNull(name);
    }

    public static void Write(this Utf8JsonWriter json, string name, string? value) => json.WriteString(name, value);

    /// <summary>An object of <c>value</c> and <c>standard_error</c>.</summary>
    public static void Estimate(this Utf8JsonWriter json, string name, Estimate? estimate) => json.Object(name, () =>
    {
        json.Write("value", estimate?.Value);
        json.Write("standard_error", estimate?.StandardError);
    });

    public static void Object(this Utf8JsonWriter json, string name, Action properties)
    {
        json.WriteStartObject(name);
        properties();
        json.WriteEndObject();
    }

    /// <summary>An array of objects.</summary>
    public static void Array<T>(this Utf8JsonWriter json, string name, IEnumerable<T> items, Action<T> properties)
    {
        json.WriteStartArray(name);
        foreach (var item in items)
        {
            json.WriteStartObject();
            properties(item);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
