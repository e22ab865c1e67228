using Bantam.Formats.Gguf;
using Bantam.Models;
using Bantam.Ops;

namespace Bantam.Checkpoints;

/// <summary>How positions are rotated, from the keys <c>rope.…</c> of a GGUF file and its tables of frequency factors.</summary>
/// <remarks>
/// llama.cpp multiplies its own attention factor (1 + 0.1·ln s for YaRN, 1 else) by <c>rope.scaling.attn_factor</c>, where
/// Hugging Face replaces it; here stands the product, or null where it is what the scaling's own formula gives.
/// </remarks>
internal static class GgufRopeConfig
{
    public static ModelConfig Read(GgufMetadata m, string arch, ModelConfig config, IReadOnlyList<GgufTensorInfo> tensors)
    {
        var rotary = m.GetInt($"{arch}.rope.dimension_count", config.HeadDim);
        if (rotary < 2 || rotary % 2 != 0 || rotary > config.HeadDim)
            throw GgufNumbers.Refuse(m, $"{arch}.rope.dimension_count", rotary, $"must be an even number up to the width of a head ({config.HeadDim}): its elements rotate in pairs");
        var theta = GgufNumbers.Positive(m, $"{arch}.rope.freq_base", 10000f);
        config = config with
        {
            RopeTheta = theta,
            PartialRotaryFactor = rotary / (float)config.HeadDim,
            // Converters reorder the rows of q and k of these families so that neighbours rotate together.
            RopePairing = arch is "llama" or "smollm3" ? RopePairing.Interleaved : RopePairing.Halves,
            // Layers with a window have a base of their own in Gemma 3, which no scaling touches.
            RopeLocalTheta = arch == "gemma3" ? GgufNumbers.Positive(m, $"{arch}.rope.freq_base_swa", 10000f) : null,
        };
        if (arch != "gemma3" && GgufNumbers.PositiveOrNull(m, $"{arch}.rope.freq_base_swa") is { } local && local != theta)
            throw GgufNumbers.Refuse(m, $"{arch}.rope.freq_base_swa", local, $"must equal {arch}.rope.freq_base ({theta}): this family has one base for all layers");
        return Scaled(m, arch, config, tensors);
    }

    private static ModelConfig Scaled(GgufMetadata m, string arch, ModelConfig config, IReadOnlyList<GgufTensorInfo> tensors)
    {
        // A factor without a type is linear, and older files spell it scale_linear; 0 and 1 change nothing.
        var factor = GgufNumbers.PositiveOrNull(m, $"{arch}.rope.scaling.factor") ?? GgufNumbers.PositiveOrNull(m, $"{arch}.rope.scale_linear") ?? 1f;
        var type = m.GetString($"{arch}.rope.scaling.type", factor == 1 ? "none" : "linear");
        if (type is not ("none" or "linear" or "yarn" or "longrope"))
            throw GgufNumbers.Refuse(m, $"{arch}.rope.scaling.type", ModelFileException.Printable(type), "must be none, linear, yarn or longrope");
        if (type == "linear" && factor == 1) type = "none";
        // A table says of itself what it is.
        if (RopeTables.ScalingOf(tensors) is { } table)
            type = type == "none" || type == table ? table : throw GgufNumbers.Refuse(m, $"{arch}.rope.scaling.type", type, $"must be none or absent: the file has a table of frequency factors ({table}) as well");
        else if (type == "longrope" && tensors.Count > 0)
            throw GgufNumbers.Refuse(m, $"{arch}.rope.scaling.type", type, "needs the tensors rope_factors_short.weight and rope_factors_long.weight");
        if (type is "none" or "linear" && GgufNumbers.Positive(m, $"{arch}.rope.scaling.attn_factor", 1f) is var attention && attention != 1)
            throw GgufNumbers.Refuse(m, $"{arch}.rope.scaling.attn_factor", attention, $"must be 1 or absent: scaling '{type}' has no factor on attention");
        if (type == "none") return config;

        var original = m.GetInt($"{arch}.rope.scaling.original_context_length", 0);
        if (original is < 0 or > ConfigLimits.Context)
            throw GgufNumbers.Refuse(m, $"{arch}.rope.scaling.original_context_length", original, $"must be 1 to {ConfigLimits.Context}");
        config = config with { RopeScaling = type, OriginalMaxPositionEmbeddings = original > 0 ? original : null };
        return type switch
        {
            "yarn" => Yarn(m, arch, config with { RopeScalingFactor = factor, OriginalMaxPositionEmbeddings = original > 0 ? original : config.MaxPositionEmbeddings }),
            "longrope" => LongRope(m, arch, config with { OriginalMaxPositionEmbeddings = original > 0 ? original : config.MaxPositionEmbeddings }, factor),
            "linear" => config with { RopeScalingFactor = factor },
            _ when factor != 1 => throw GgufNumbers.Refuse(m, $"{arch}.rope.scaling.factor", factor, "must be absent: the file has a table of frequency factors"),
            _ => config,
        };
    }

    private static ModelConfig Yarn(GgufMetadata m, string arch, ModelConfig config)
    {
        foreach (var key in (string[])["yarn_ext_factor", "yarn_attn_factor"])
            if (m.GetFloat($"{arch}.rope.scaling.{key}", 1f) is var value && value != 1 && value >= 0)
                throw GgufNumbers.Refuse(m, $"{arch}.rope.scaling.{key}", value, "must be 1 or absent: another share of YaRN is not known");
        config = config with
        {
            RopeBetaFast = GgufNumbers.PositiveOrNull(m, $"{arch}.rope.scaling.yarn_beta_fast"),
            RopeBetaSlow = GgufNumbers.PositiveOrNull(m, $"{arch}.rope.scaling.yarn_beta_slow"),
        };
        if (RopeScaling.BetaFast(config) <= RopeScaling.BetaSlow(config))
            throw GgufNumbers.Refuse(m, $"{arch}.rope.scaling.yarn_beta_fast", RopeScaling.BetaFast(config), $"must be above {arch}.rope.scaling.yarn_beta_slow ({RopeScaling.BetaSlow(config)})");
        if (config.RopeTheta <= 1) throw GgufNumbers.Refuse(m, $"{arch}.rope.freq_base", config.RopeTheta, "must be above 1 for yarn, which asks how often a pair turns");
        if (GgufNumbers.PositiveOrNull(m, $"{arch}.rope.scaling.yarn_log_multiplier") is { } logarithm)
            config = config with { RopeMScale = 1, RopeMScaleAllDim = logarithm };
        return WithAttention(m, arch, config);
    }

    private static ModelConfig LongRope(GgufMetadata m, string arch, ModelConfig config, float factor)
    {
        if (factor != 1) throw GgufNumbers.Refuse(m, $"{arch}.rope.scaling.factor", factor, "must be absent: the tables of longrope hold all of the scaling");
        var original = config.OriginalMaxPositionEmbeddings!.Value;
        if (original < 2 || original > config.MaxPositionEmbeddings)
            throw GgufNumbers.Refuse(m, $"{arch}.rope.scaling.original_context_length", original, $"must be 2 to {arch}.context_length ({config.MaxPositionEmbeddings}): the tables of longrope stretch the one to the other");
        config = config with { RopeScalingFactor = config.MaxPositionEmbeddings / (float)original };
        return WithAttention(m, arch, config);
    }

    private static ModelConfig WithAttention(GgufMetadata m, string arch, ModelConfig config)
    {
        var given = GgufNumbers.Positive(m, $"{arch}.rope.scaling.attn_factor", 1f) * RopeAttention.OfGguf(config);
        return Math.Abs(given - RopeAttention.Usual(config)) <= 1e-6f * given ? config : config with { RopeAttentionFactor = given };
    }
}
