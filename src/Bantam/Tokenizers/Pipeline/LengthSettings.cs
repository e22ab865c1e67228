using System.Text.Json;

namespace Bantam.Tokenizers.Pipeline;

/// <summary>The <c>truncation</c> and the <c>padding</c> of a <c>tokenizer.json</c>.</summary>
internal static class LengthSettings
{
    // Longer than any context.
    private const int Longest = 1 << 30;

    /// <summary>Reads <c>truncation</c>.</summary>
    /// <exception cref="ModelFileException">BT1081: a setting makes no sense.</exception>
    public static TruncationSettings? Truncation(JsonElement root, string file)
    {
        var element = root.Field("truncation");
        if (element.ValueKind is not JsonValueKind.Object) return null;
        var strategy = element.Text("strategy") switch
        {
            null or "LongestFirst" => TruncationStrategy.LongestFirst,
            "OnlyFirst" => TruncationStrategy.OnlyFirst,
            "OnlySecond" => TruncationStrategy.OnlySecond,
            _ => throw Refuse(element, file, "truncation", "strategy", "must be LongestFirst, OnlyFirst or OnlySecond"),
        };
        var length = Length(element, file, "truncation", "max_length", null);
        return new TruncationSettings(length, IsLeft(element, file, "truncation"), strategy, Length(element, file, "truncation", "stride", 0));
    }

    /// <summary>Reads <c>padding</c>.</summary>
    /// <exception cref="ModelFileException">BT1081: a setting makes no sense; BT1044: the token is no entry.</exception>
    public static PaddingSettings? Padding(JsonElement root, string file, int count)
    {
        var element = root.Field("padding");
        if (element.ValueKind is not JsonValueKind.Object) return null;
        var strategy = element.Field("strategy");
        int? length = strategy.ValueKind is JsonValueKind.Object
            ? Length(strategy, file, "padding", "Fixed", null)
            : element.Text("strategy") is null or "BatchLongest" ? null : throw Refuse(element, file, "padding", "strategy", "must be BatchLongest or {\"Fixed\": n}");
        var id = Vocabulary.SpecialId(file, "padding", element.Number("pad_id") ?? 0, count)!.Value;
        return new PaddingSettings(
            id, element.Text("pad_token") ?? "", length, IsLeft(element, file, "padding"), Length(element, file, "padding", "pad_to_multiple_of", 0), element.Number("pad_type_id") ?? 0);
    }

    /// <summary>Writes both.</summary>
    public static void Write(Utf8JsonWriter json, TruncationSettings? truncation, PaddingSettings? padding)
    {
        if (truncation is null)
        {
            json.WriteNull("truncation");
        }
        else
        {
            json.WriteStartObject("truncation");
            json.WriteString("direction", truncation.FromLeft ? "Left" : "Right");
            json.WriteNumber("max_length", truncation.MaxLength);
            json.WriteString("strategy", truncation.Strategy switch
            {
                TruncationStrategy.OnlyFirst => "OnlyFirst",
                TruncationStrategy.OnlySecond => "OnlySecond",
                _ => "LongestFirst",
            });
            json.WriteNumber("stride", truncation.Stride);
            json.WriteEndObject();
        }
        if (padding is null)
        {
            json.WriteNull("padding");
            return;
        }
        json.WriteStartObject("padding");
        if (padding.Length is { } length)
        {
            json.WriteStartObject("strategy");
            json.WriteNumber("Fixed", length);
            json.WriteEndObject();
        }
        else
        {
            json.WriteString("strategy", "BatchLongest");
        }
        json.WriteString("direction", padding.OnLeft ? "Left" : "Right");
        if (padding.MultipleOf > 0) json.WriteNumber("pad_to_multiple_of", padding.MultipleOf);
        else json.WriteNull("pad_to_multiple_of");
        json.WriteNumber("pad_id", padding.PadId);
        json.WriteNumber("pad_type_id", padding.PadTypeId);
        json.WriteString("pad_token", padding.PadToken);
        json.WriteEndObject();
    }

    private static bool IsLeft(JsonElement element, string file, string field) => element.Text("direction") switch
    {
        null or "Right" => false,
        "Left" => true,
        _ => throw Refuse(element, file, field, "direction", "must be Left or Right"),
    };

    private static int Length(JsonElement element, string file, string field, string name, int? standard)
    {
        if (standard is { } known && element.Field(name).ValueKind is JsonValueKind.Undefined or JsonValueKind.Null) return known;
        return element.Number(name) is >= 0 and <= Longest and var length ? length : throw Refuse(element, file, field, name, $"must be 0 to {Longest}");
    }

    private static ModelFileException Refuse(JsonElement element, string file, string field, string name, string limit) =>
        new("BT1081", file, $"{name} of {field}", element.Field(name) is { ValueKind: not JsonValueKind.Undefined } value ? value.GetRawText() : "absent", limit);
}
