using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Bantam.Templates.Values;

/// <summary>JSON from outside as values of a template. Numbers with a point or an exponent are floats, all others integers.</summary>
internal static class JsonInput
{
    private const int MaxDepth = 200;

    /// <summary>Whether this is how the reader of JSON says no: half a surrogate pair, a key twice, no JSON at all.</summary>
    public static bool IsRefusal(Exception e) => e is JsonException or ArgumentException or InvalidOperationException;

    /// <summary>The variables of a render.</summary>
    public static Scope Of(JsonObject values, Scope outer)
    {
        try
        {
            var scope = new Scope(outer);
            foreach (var (name, value) in values)
                scope.Set(name, Of(value));
            return scope;
        }
        catch (Exception e) when (IsRefusal(e))
        {
            throw new Fault(Codes.Input, $"the values are no proper JSON ({e.Message})");
        }
    }

    private static object? Of(JsonNode? node, int depth = 0)
    {
        if (depth > MaxDepth)
            throw new Fault(Codes.Input, $"the values are nested deeper than {MaxDepth}");
        switch (node)
        {
            case null:
                return null;
            case JsonArray array:
                return new ListValue([.. array.Select(item => Of(item, depth + 1))]);
            case JsonObject fields:
                var dict = new DictValue();
                foreach (var (name, value) in fields)
                    dict.Set(name, Of(value, depth + 1));
                return dict;
            default:
                return Scalar(node.AsValue());
        }
    }

    /// <summary>The values in a JSON text; the template may change them.</summary>
    public static object? Of(JsonElement element, Meter meter, int depth = 0)
    {
        meter.Elements(1);
        switch (element.ValueKind)
        {
            case JsonValueKind.Array:
                return new ListValue([.. element.EnumerateArray().Select(item => Of(item, meter, depth + 1))], own: true);
            case JsonValueKind.Object:
                var dict = new DictValue(own: true);
                foreach (var field in element.EnumerateObject())
                    dict.Set(field.Name, Of(field.Value, meter, depth + 1));
                return dict;
            default:
                return Scalar(element);
        }
    }

    private static object? Scalar(JsonValue value)
    {
        if (value.TryGetValue<JsonElement>(out var element))
            return Scalar(element);
        switch (value.GetValueKind())
        {
            case JsonValueKind.True:
                return true;
            case JsonValueKind.False:
                return false;
            case JsonValueKind.String:
                return value.TryGetValue<string>(out var text) ? text : Written(value).GetString();
            case JsonValueKind.Number:
                // A double of 1 is written as 1, and stays a float.
                return value.TryGetValue<double>(out var d) ? d : Scalar(Written(value)) is var number && value.TryGetValue<float>(out _) && number is long whole ? (double)whole : number;
            default:
                return null;
        }
    }

    private static JsonElement Written(JsonValue value)
    {
        using var document = JsonDocument.Parse(value.ToJsonString());
        return document.RootElement.Clone();
    }

    private static object? Scalar(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => element.GetString(),
        JsonValueKind.Number => Number(element.GetRawText()),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    private static object Number(string text)
    {
        if (text.AsSpan().IndexOfAny('.', 'e', 'E') >= 0)
            return double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)
            ? whole
            : throw new Fault(Codes.Input, $"the integer {(text.Length > 40 ? text[..40] + "…" : text)} does not fit 64 bits; give it as a string");
    }
}
