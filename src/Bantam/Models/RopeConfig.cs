namespace Bantam.Models;

/// <summary>
/// Reads how positions are rotated: <c>rope_theta</c> and <c>rope_scaling</c>, or <c>rope_parameters</c> of newer files,
/// which holds both, for Gemma 3 once per type of layer.
/// </summary>
internal static class RopeConfig
{
    private static readonly string[] Scalings = ["default", "linear", "dynamic", "yarn", "longrope", "su", "llama3"];

    public static ModelConfig Read(ConfigFields fields, float theta, ModelConfig config)
    {
        var (newer, local) = Parameters(fields, config);
        config = config with
        {
            RopeTheta = newer?.PositiveOrNull("rope_theta") ?? fields.Positive("rope_theta", theta),
            RopeLocalTheta = config.Architecture == "gemma3_text" ? local?.PositiveOrNull("rope_theta") ?? fields.Positive("rope_local_base_freq", 10000f) : null,
            PartialRotaryFactor = newer?.PositiveOrNull("partial_rotary_factor") ?? fields.Positive("partial_rotary_factor", 1f),
            OriginalMaxPositionEmbeddings = fields.IntOrNull("original_max_position_embeddings", 1, ConfigLimits.Context, absent: null),
        };
        if (config.PartialRotaryFactor > 1) throw fields.Refuse("partial_rotary_factor", config.PartialRotaryFactor, "must be at most 1");
        if (config.PartialRotaryFactor < 1 && (config.RotaryDim < 2 || config.RotaryDim % 2 != 0))
            throw fields.Refuse("partial_rotary_factor", config.PartialRotaryFactor, $"times head_dim ({config.HeadDim}) must be an even number of elements, which rotate in pairs");
        if ((fields.Object("rope_scaling") ?? newer) is not { } scaling || scaling.Count() == 0) return config;

        return Type(fields, scaling, newer is not null) is var type and not "default"
            ? Scaled(scaling, config with
            {
                // The Phi-3 files say su or yarn for what is called longrope since.
                RopeScaling = type == "su" || (config.Architecture == "phi3" && type == "yarn") ? "longrope" : type,
            })
            : config;
    }

    // The parameters of newer files, and those of the layers with a window where they differ.
    private static (ConfigFields? All, ConfigFields? Local) Parameters(ConfigFields fields, ModelConfig config)
    {
        if (fields.Object("rope_parameters") is not { } all || !(all.Has("full_attention") || all.Has("sliding_attention"))) return (fields.Object("rope_parameters"), null);
        if (config.Architecture != "gemma3_text")
            throw fields.Refuse("rope_parameters", "an object per type of layer", $"must be one object: {config.Architecture} has the same positions in all layers");
        var local = all.Object("sliding_attention");
        if (local is { } l && Type(fields, l, newer: true) is var type and not "default")
            throw fields.Refuse("rope_parameters.sliding_attention.rope_type", type, "must be default: the layers with a window are not scaled");
        return (all.Object("full_attention"), local);
    }

    private static string Type(ConfigFields fields, ConfigFields scaling, bool newer)
    {
        var type = scaling.Text("rope_type") ?? scaling.Text("type") ?? (newer ? "default" : null);
        return type is not null && Scalings.Contains(type)
            ? type
            : throw fields.Refuse("rope_scaling.rope_type", type ?? "absent", $"must be one of {string.Join(", ", Scalings)}");
    }

    private static ModelConfig Scaled(ConfigFields scaling, ModelConfig config)
    {
        // Null says as little as an absent field.
        var given = scaling.IntOrNull("original_max_position_embeddings", 1, ConfigLimits.Context, absent: null) ?? config.OriginalMaxPositionEmbeddings;
        if (given is { } inner && config.OriginalMaxPositionEmbeddings is { } outer && inner != outer)
            throw scaling.Refuse("rope_scaling.original_max_position_embeddings", inner, $"must equal original_max_position_embeddings ({outer})");
        return config.RopeScaling switch
        {
            "llama3" => Llama3(scaling, config, given),
            "yarn" => Yarn(scaling, config, given),
            "longrope" => LongRope(scaling, config, given),
            "dynamic" => config with { RopeScalingFactor = Needed(scaling, "factor"), OriginalMaxPositionEmbeddings = given ?? config.MaxPositionEmbeddings },
            _ => config with { RopeScalingFactor = Needed(scaling, "factor"), OriginalMaxPositionEmbeddings = given },
        };
    }

    private static ModelConfig Llama3(ConfigFields scaling, ModelConfig config, int? original)
    {
        config = config with
        {
            RopeScalingFactor = Needed(scaling, "factor"),
            RopeLowFreqFactor = Needed(scaling, "low_freq_factor"),
            RopeHighFreqFactor = Needed(scaling, "high_freq_factor"),
            OriginalMaxPositionEmbeddings = original ?? throw scaling.Refuse("rope_scaling.original_max_position_embeddings", "absent", "must be a number of tokens: llama3 scaling is defined by it"),
        };
        return config.RopeHighFreqFactor > config.RopeLowFreqFactor
            ? config
            : throw scaling.Refuse("rope_scaling.high_freq_factor", config.RopeHighFreqFactor!, $"must be above low_freq_factor ({config.RopeLowFreqFactor})");
    }

    private static ModelConfig Yarn(ConfigFields scaling, ModelConfig config, int? original)
    {
        config = config with
        {
            // Files that leave the factor out mean the ratio of the contexts.
            RopeScalingFactor = original is { } o ? scaling.Positive("factor", config.MaxPositionEmbeddings / (float)o) : Needed(scaling, "factor"),
            OriginalMaxPositionEmbeddings = original ?? config.MaxPositionEmbeddings,
            RopeBetaFast = scaling.PositiveOrNull("beta_fast"),
            RopeBetaSlow = scaling.PositiveOrNull("beta_slow"),
            RopeTruncate = scaling.Bool("truncate", absent: true),
            RopeAttentionFactor = scaling.PositiveOrNull("attention_factor"),
            RopeMScale = scaling.PositiveOrNull("mscale"),
            RopeMScaleAllDim = scaling.PositiveOrNull("mscale_all_dim"),
        };
        if (config.RopeTheta <= 1) throw scaling.Refuse("rope_theta", config.RopeTheta, "must be above 1 for yarn, which asks how often a pair turns");
        if (!scaling.Has("factor") && config.RopeScalingFactor < 1) throw OriginalTooLong(scaling, config);
        return RopeScaling.BetaFast(config) > RopeScaling.BetaSlow(config)
            ? config
            : throw scaling.Refuse("rope_scaling.beta_fast", RopeScaling.BetaFast(config), $"must be above beta_slow ({RopeScaling.BetaSlow(config)})");
    }

    private static ModelConfig LongRope(ConfigFields scaling, ModelConfig config, int? original)
    {
        var context = original ?? config.MaxPositionEmbeddings;
        var ratio = config.MaxPositionEmbeddings / (float)context;
        // The two ways of saying the same in use: the contexts, or the factor between them.
        var factor = scaling.Positive("factor", ratio);
        if (original is not null && Math.Abs(factor - ratio) > 1e-3f * ratio)
            throw scaling.Refuse("rope_scaling.factor", factor, $"must be max_position_embeddings over original_max_position_embeddings ({ratio})");
        config = config with { RopeScalingFactor = factor, OriginalMaxPositionEmbeddings = context };
        if (ratio < 1) throw OriginalTooLong(scaling, config);
        if (context < 2) throw scaling.Refuse("rope_scaling.original_max_position_embeddings", context, "must be 2 or more for longrope, which divides by its logarithm");
        return config with
        {
            RopeFactors = scaling.Positives("short_factor", config.RotaryDim / 2),
            RopeLongFactors = scaling.Positives("long_factor", config.RotaryDim / 2),
            RopeAttentionFactor = scaling.PositiveOrNull("attention_factor"),
        };
    }

    // Where the factor is the ratio of the contexts, a longer original would shrink positions instead.
    private static ModelFileException OriginalTooLong(ConfigFields scaling, ModelConfig config) =>
        scaling.Refuse("rope_scaling.original_max_position_embeddings", config.OriginalMaxPositionEmbeddings!, $"must be at most max_position_embeddings ({config.MaxPositionEmbeddings})");

    private static float Needed(ConfigFields scaling, string name) =>
        scaling.PositiveOrNull(name) ?? throw scaling.Refuse($"rope_scaling.{name}", "absent", "must be a finite number above 0: the scaling is defined by it");
}
