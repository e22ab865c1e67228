using Bantam.Models;

namespace Bantam.Checkpoints;

/// <summary>The factor on rotated queries and keys, as each container's own formula gives it.</summary>
internal static class RopeAttention
{
    /// <summary>What Hugging Face computes where a file gives no factor.</summary>
    public static float Usual(ModelConfig config) => (float)RopeScaling.UsualFactor(config);

    /// <summary>What llama.cpp computes before it multiplies by <c>rope.scaling.attn_factor</c>.</summary>
    public static float OfGguf(ModelConfig config) => config.RopeScaling == "yarn" ? Usual(config) : 1;
}
