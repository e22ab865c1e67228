using Bantam.Formats.Gguf;
using Bantam.Models;

namespace Bantam.Checkpoints;

/// <summary>Writes the keys <c>rope.…</c> of a GGUF file; the inverse of <see cref="GgufRopeConfig"/>. Tables are tensors: see <see cref="RopeTables"/>.</summary>
internal static class GgufRopeWriter
{
    public static void Write(GgufMetadata m, string arch, ModelConfig config, List<string> notices)
    {
        m[$"{arch}.rope.dimension_count"] = (uint)config.RotaryDim;
        m[$"{arch}.rope.freq_base"] = config.RopeTheta;
        if (config.RopeLocalTheta is { } local) m[$"{arch}.rope.freq_base_swa"] = local;
        if (config.RotaryDim != config.HeadDim && arch != "phi3")
            notices.Add($"llama.cpp rotates heads of {arch} as a whole and will not run the file: only {config.RotaryDim} of {config.HeadDim} elements rotate in this model");
        if (arch == "smollm3" && !Enumerable.Range(0, config.NumHiddenLayers).All(i => config.IsRotaryLayer(i) == ((i + 1) % 4 != 0)))
            throw GgufConfigWriter.Unsayable(config, "in which other than every fourth layer is without positions");
        Scaling(m, arch, config, notices);
    }

    private static void Scaling(GgufMetadata m, string arch, ModelConfig config, List<string> notices)
    {
        var prefix = $"{arch}.rope.scaling";
        if (config.RopeScaling is not { } scaling) return;
        if (config.OriginalMaxPositionEmbeddings is { } original) m[$"{prefix}.original_context_length"] = (uint)original;
        switch (scaling)
        {
            case "linear":
                m[$"{prefix}.type"] = scaling;
                m[$"{prefix}.factor"] = config.RopeScalingFactor!.Value;
                return;
            case "yarn":
                m[$"{prefix}.type"] = scaling;
                m[$"{prefix}.factor"] = config.RopeScalingFactor!.Value;
                Yarn(m, prefix, config);
                return;
            case "longrope":
                m[$"{prefix}.type"] = scaling;
                m[$"{prefix}.attn_factor"] = config.RopeAttentionFactor ?? RopeAttention.Usual(config);
                if (arch is not ("llama" or "phi3")) notices.Add($"llama.cpp has no tables of frequency factors for {arch} and will not load the file");
                return;
            case "llama3" or "rope_freqs":
                if (arch != "llama") notices.Add($"llama.cpp has no table of frequency factors for {arch} and will not load the file");
                return;
            default:
                throw GgufConfigWriter.Unsayable(config, $"with rope scaling '{scaling}'");
        }
    }

    private static void Yarn(GgufMetadata m, string prefix, ModelConfig config)
    {
        if (!config.RopeTruncate) throw GgufConfigWriter.Unsayable(config, "with YaRN that does not round the bounds of its ramp (truncate false)");
        if (config.RopeBetaFast is { } fast) m[$"{prefix}.yarn_beta_fast"] = fast;
        if (config.RopeBetaSlow is { } slow) m[$"{prefix}.yarn_beta_slow"] = slow;
        // The key multiplies llama.cpp's own factor, which the logarithm's multiplier changes; see GgufRopeConfig.
        if (config.RopeAttentionFactor is null && config is { RopeMScale: 1, RopeMScaleAllDim: { } logarithm }) m[$"{prefix}.yarn_log_multiplier"] = logarithm;
        else if ((config.RopeAttentionFactor ?? RopeAttention.Usual(config)) / RopeAttention.OfGguf(config with { RopeMScale = null }) is var share && share != 1) m[$"{prefix}.attn_factor"] = share;
    }
}
