using Bantam.Models;

namespace Bantam.Checkpoints;

/// <summary>The factor on rotated queries and keys, as each container's own formula gives it.</summary>
internal static class RopeAttention
{
    /// <summary>What Hugging Face computes: 1 + 0.1·m·ln s for YaRN (arXiv 2309.00071), √(1 + ln s / ln original) for longrope (arXiv 2402.13753), 1 else.</summary>
    public static float Usual(ModelConfig config)
    {
        var s = config.RopeScalingFactor ?? 1;
        return config.RopeScaling switch
        {
            "yarn" when config.RopeMScale is { } one && config.RopeMScaleAllDim is { } all => Yarn(s, one) / Yarn(s, all),
            "yarn" => Yarn(s, 1),
            "longrope" when s > 1 => (float)Math.Sqrt(1 + (Math.Log(s) / Math.Log(config.OriginalMaxPositionEmbeddings!.Value))),
            _ => 1,
        };
    }

    /// <summary>What llama.cpp computes before it multiplies by <c>rope.scaling.attn_factor</c>.</summary>
    public static float OfGguf(ModelConfig config) => config.RopeScaling == "yarn" ? Usual(config) : 1;

    private static float Yarn(float s, float m) => s <= 1 ? 1 : (float)(1 + (0.1 * m * Math.Log(s)));
}
