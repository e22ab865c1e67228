using System.Text.Json;
using Bantam.Models;

namespace Bantam.Checkpoints;

/// <summary>Writes how positions are rotated into a <c>config.json</c>, in the fields that all versions of transformers read.</summary>
internal static class HuggingFaceRopeWriter
{
    public static void Write(Utf8JsonWriter json, ModelConfig c)
    {
        json.WriteNumber("rope_theta", c.RopeTheta);
        if (c.RopeLocalTheta is { } local) json.WriteNumber("rope_local_base_freq", local);
        if (c.PartialRotaryFactor != 1) json.WriteNumber("partial_rotary_factor", c.PartialRotaryFactor);
        if (c.RotaryLayers is { } layers)
        {
            json.WriteStartArray("no_rope_layers");
            foreach (var rotates in layers) json.WriteNumberValue(rotates ? 1 : 0);
            json.WriteEndArray();
        }
        // Beside the scaling and not in it: what Phi-3's files and the code for longrope look at.
        if (c is { RopeScaling: "longrope", OriginalMaxPositionEmbeddings: { } original }) json.WriteNumber("original_max_position_embeddings", original);
        if (c.RopeScaling is null) json.WriteNull("rope_scaling");
        else Scaling(json, c);
    }

    /// <summary>The configuration as a directory can say it: the table of a GGUF file as the parameters of Llama 3's scaling.</summary>
    /// <exception cref="BantamException">No parameters give this table (BT2109).</exception>
    public static ModelConfig Sayable(string source, ModelConfig config) => config.RopeScaling != "rope_freqs"
        ? config
        : Llama3Factors.Recover(config) ?? throw new BantamException("BT2109", $"{source}: rope_freqs is a table of frequency factors that no parameters of Llama 3's scaling give; a config.json cannot hold it, a GGUF file can");

    private static void Scaling(Utf8JsonWriter json, ModelConfig c)
    {
        json.WriteStartObject("rope_scaling");
        json.WriteString("rope_type", c.RopeScaling);
        // Older versions look for this name.
        json.WriteString("type", c.RopeScaling);
        if (c.RopeScaling != "longrope") json.WriteNumber("factor", c.RopeScalingFactor!.Value);
        if (c.OriginalMaxPositionEmbeddings is { } original && c.RopeScaling is not ("dynamic" or "longrope")) json.WriteNumber("original_max_position_embeddings", original);
        Number("low_freq_factor", c.RopeLowFreqFactor);
        Number("high_freq_factor", c.RopeHighFreqFactor);
        Number("beta_fast", c.RopeBetaFast);
        Number("beta_slow", c.RopeBetaSlow);
        if (!c.RopeTruncate) json.WriteBoolean("truncate", false);
        Number("attention_factor", c.RopeAttentionFactor);
        Number("mscale", c.RopeMScale);
        Number("mscale_all_dim", c.RopeMScaleAllDim);
        Numbers("short_factor", c.RopeFactors);
        Numbers("long_factor", c.RopeLongFactors);
        json.WriteEndObject();

        void Number(string name, float? value)
        {
            if (value is { } number) json.WriteNumber(name, number);
        }

        void Numbers(string name, IReadOnlyList<float>? values)
        {
            if (values is null) return;
            json.WriteStartArray(name);
            foreach (var value in values) json.WriteNumberValue(value);
            json.WriteEndArray();
        }
    }
}
