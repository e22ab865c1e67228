namespace Bantam.Models;

/// <summary>Reads how positions are rotated: <c>rope_theta</c> and <c>rope_scaling</c>, or <c>rope_parameters</c> of newer files, which holds both.</summary>
internal static class RopeConfig
{
    private static readonly string[] Scalings = ["default", "linear", "dynamic", "yarn", "longrope", "su", "llama3"];

    public static ModelConfig Read(ConfigFields fields, float theta, ModelConfig config)
    {
        var newer = fields.Object("rope_parameters");
        config = config with
        {
            RopeTheta = newer?.PositiveOrNull("rope_theta") ?? fields.Positive("rope_theta", theta),
            PartialRotaryFactor = newer?.PositiveOrNull("partial_rotary_factor") ?? fields.Positive("partial_rotary_factor", 1f),
            OriginalMaxPositionEmbeddings = fields.IntOrNull("original_max_position_embeddings", 1, ConfigLimits.Context, absent: null),
        };
        if (config.PartialRotaryFactor > 1) throw fields.Refuse("partial_rotary_factor", config.PartialRotaryFactor, "must be at most 1");
        if ((fields.Object("rope_scaling") ?? newer) is not { } scaling || scaling.Count() == 0) return config;

        var type = scaling.Text("rope_type") ?? scaling.Text("type") ?? (newer is null ? null : "default");
        if (type is null || !Scalings.Contains(type))
            throw fields.Refuse("rope_scaling.rope_type", type ?? "absent", $"must be one of {string.Join(", ", Scalings)}");
        if (type == "default") return config;

        return config with
        {
            // The Phi-3 files say su or yarn for what is called longrope since.
            RopeScaling = config.Architecture == "phi3" && type is "su" or "yarn" ? "longrope" : type,
            RopeScalingFactor = scaling.PositiveOrNull("factor"),
            RopeLowFreqFactor = scaling.PositiveOrNull("low_freq_factor"),
            RopeHighFreqFactor = scaling.PositiveOrNull("high_freq_factor"),
            OriginalMaxPositionEmbeddings = scaling.IntOrNull("original_max_position_embeddings", 1, ConfigLimits.Context, config.OriginalMaxPositionEmbeddings),
        };
    }
}
