using System.Text.Json;

namespace Bantam.Tokenizers;

/// <summary>The <c>pre_tokenizer</c> of a <c>tokenizer.json</c>, to and from steps.</summary>
internal static class PreTokenizerJson
{
    /// <summary>The steps of an element, or null where one of them is of no kind that is known here.</summary>
    public static List<SplitStep>? Read(JsonElement element)
    {
        var steps = new List<SplitStep>();
        return Read(element, steps) ? steps : null;
    }

    /// <summary>Whether some step of an element turns bytes into characters.</summary>
    public static bool HasByteLevel(JsonElement element) => element.ValueKind is JsonValueKind.Object
        && (element.Text("type") == "ByteLevel" || (element.Text("type") == "Sequence" && element.Items("pretokenizers").Any(HasByteLevel)));

    /// <summary>Writes the steps as the value of <c>pre_tokenizer</c>.</summary>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<SplitStep> steps)
    {
        if (steps is [var only])
        {
            Write(json, only);
            return;
        }
        json.WriteStartObject();
        json.WriteString("type", "Sequence");
        json.WriteStartArray("pretokenizers");
        foreach (var step in steps) Write(json, step);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Writes a ByteLevel object, which is a pre-tokenizer, a post-processor and a decoder.</summary>
    public static void WriteByteLevel(Utf8JsonWriter json, bool words)
    {
        json.WriteStartObject();
        json.WriteString("type", "ByteLevel");
        json.WriteBoolean("add_prefix_space", false);
        json.WriteBoolean("trim_offsets", true);
        json.WriteBoolean("use_regex", words);
        json.WriteEndObject();
    }

    private static bool Read(JsonElement element, List<SplitStep> steps)
    {
        if (element.ValueKind is not JsonValueKind.Object) return false;
        SplitStep? step = element.Text("type") switch
        {
            "Split" when element.Text("behavior") == "Isolated" && element.Flag("invert") != true
                && element.TryGetProperty("pattern", out var pattern) && pattern.Text("Regex") is { } regex => SplitStep.By(regex),
            "Digits" => new SplitStep(element.Flag("individual_digits") == true ? SplitKind.Digits : steps.Any(IsBytes) ? SplitKind.ByteDigitRuns : SplitKind.DigitRuns),
            "Punctuation" when element.Text("behavior") == "Contiguous" => new SplitStep(SplitKind.PunctuationRuns),
            // The library puts a space in front, and splits, unless told otherwise.
            "ByteLevel" when element.Flag("add_prefix_space") == false => new SplitStep(element.Flag("use_regex") ?? true ? SplitKind.WordsAndBytes : SplitKind.Bytes),
            _ => null,
        };
        if (step is { } known) steps.Add(known);
        return step is not null || (element.Text("type") == "Sequence" && element.Items("pretokenizers").All(part => Read(part, steps)));
    }

    /// <summary>Whether a step turns bytes into characters.</summary>
    public static bool IsBytes(SplitStep step) => step.Kind is SplitKind.Bytes or SplitKind.WordsAndBytes;

    private static void Write(Utf8JsonWriter json, SplitStep step)
    {
        if (IsBytes(step))
        {
            WriteByteLevel(json, step.Kind is SplitKind.WordsAndBytes);
            return;
        }
        json.WriteStartObject();
        switch (step.Kind)
        {
            case SplitKind.Pattern:
                json.WriteString("type", "Split");
                json.WriteStartObject("pattern");
                json.WriteString("Regex", step.Pattern);
                json.WriteEndObject();
                json.WriteString("behavior", "Isolated");
                json.WriteBoolean("invert", false);
                break;
            case SplitKind.PunctuationRuns:
                json.WriteString("type", "Punctuation");
                json.WriteString("behavior", "Contiguous");
                break;
            default:
                json.WriteString("type", "Digits");
                json.WriteBoolean("individual_digits", step.Kind is SplitKind.Digits);
                break;
        }
        json.WriteEndObject();
    }
}
