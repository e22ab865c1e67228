using System.Text.Json;

namespace Bantam.Tokenizers.Pipeline;

/// <summary>Writes steps as a <c>tokenizer.json</c> has them: none as null, one as its object, several as a <c>Sequence</c>.</summary>
internal static class StepWriter
{
    /// <summary>Writes the four fields of a pipeline.</summary>
    public static void Write(Utf8JsonWriter json, TextPipeline pipeline)
    {
        Write(json, "normalizer", "normalizers", pipeline.Normalizers, step => step.Write(json));
        Write(json, "pre_tokenizer", "pretokenizers", pipeline.PreTokenizers, step => step.Write(json));
        Write(json, "post_processor", "processors", pipeline.PostProcessors, step => step.Write(json));
        Write(json, "decoder", "decoders", pipeline.Decoders, step => step.Write(json));
    }

    private static void Write<T>(Utf8JsonWriter json, string field, string parts, IReadOnlyList<T> steps, Action<T> write)
    {
        json.WritePropertyName(field);
        switch (steps)
        {
            case []:
                json.WriteNullValue();
                break;
            case [var only]:
                write(only);
                break;
            default:
                json.Begin("Sequence");
                json.WriteStartArray(parts);
                foreach (var step in steps) write(step);
                json.WriteEndArray();
                json.WriteEndObject();
                break;
        }
    }
}
