using Bantam.Formats.Gguf;
using Bantam.Models;

namespace Bantam.Checkpoints;

/// <summary>The experts of a mixture in a GGUF file (Mixtral, Qwen3-MoE).</summary>
internal static class GgufExpertsConfig
{
    public static ModelConfig Read(GgufMetadata m, string arch, ModelConfig config, IReadOnlyList<GgufTensorInfo> tensors)
    {
        if ((long)config.NumExperts * config.NumHiddenLayers > ConfigLimits.ExpertsOfAllLayers)
            throw GgufNumbers.Refuse(m, $"{arch}.expert_count", config.NumExperts, $"times block_count ({config.NumHiddenLayers}) must be at most {ConfigLimits.ExpertsOfAllLayers}");
        var used = m.GetInt($"{arch}.expert_used_count");
        if (used < 1 || used > config.NumExperts)
            throw GgufNumbers.Refuse(m, $"{arch}.expert_used_count", used, $"must be 1 to {arch}.expert_count ({config.NumExperts})");

        // Absent, the width is that of the dense network for Mixtral, and its share of it for Qwen.
        var width = m.GetInt($"{arch}.expert_feed_forward_length", config.Architecture == "mixtral" ? config.IntermediateSize : Math.Max(1, config.IntermediateSize / used));
        if (width is < 1 or > ConfigLimits.FeedForward)
            throw GgufNumbers.Refuse(m, $"{arch}.expert_feed_forward_length", width, $"must be 1 to {ConfigLimits.FeedForward}");
        return config with
        {
            NumExpertsPerToken = used,
            MoeIntermediateSize = width,
            // llama.cpp scales the weights of the chosen experts to one in both families and has no key for it; ours says otherwise.
            NormTopKProb = m.GetBool($"{arch}.expert_weights_norm", true),
            MlpOnlyLayers = DenseLayers(config, tensors),
        };
    }

    // A layer without a router is dense.
    private static int[] DenseLayers(ModelConfig config, IReadOnlyList<GgufTensorInfo> tensors)
    {
        if (tensors.Count == 0 || config.Architecture == "mixtral") return [];
        var routers = tensors.Where(t => t.Name.EndsWith(".ffn_gate_inp.weight", StringComparison.Ordinal)).Select(t => t.Name).ToHashSet();
        return [.. Enumerable.Range(0, config.NumHiddenLayers).Where(i => !routers.Contains($"blk.{i}.ffn_gate_inp.weight"))];
    }
}
