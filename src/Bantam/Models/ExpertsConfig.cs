namespace Bantam.Models;

/// <summary>Reads the experts of a mixture (Mixtral, Qwen3-MoE).</summary>
internal static class ExpertsConfig
{
    public static ModelConfig Read(ConfigFields fields, ModelConfig config)
    {
        var mixtral = config.Architecture == "mixtral";
        // Either name is an alias of the other in transformers.
        var name = fields.Has("num_local_experts") || (mixtral && !fields.Has("num_experts")) ? "num_local_experts" : "num_experts";
        var experts = fields.Int(name, 1, ConfigLimits.Experts);
        if ((long)experts * config.NumHiddenLayers > ConfigLimits.ExpertsOfAllLayers)
            throw fields.Refuse(name, experts, $"times num_hidden_layers ({config.NumHiddenLayers}) must be at most {ConfigLimits.ExpertsOfAllLayers}");

        return config with
        {
            NumExperts = experts,
            NumExpertsPerToken = fields.Int("num_experts_per_tok", 1, experts),
            MoeIntermediateSize = mixtral ? config.IntermediateSize : fields.Int("moe_intermediate_size", 1, ConfigLimits.FeedForward),
            DecoderSparseStep = mixtral ? 1 : fields.Int("decoder_sparse_step", 1, ConfigLimits.Layers, 1),
            MlpOnlyLayers = mixtral ? [] : fields.Ints("mlp_only_layers", 0, config.NumHiddenLayers - 1, ConfigLimits.Layers) ?? [],
            NormTopKProb = mixtral || fields.Bool("norm_topk_prob", absent: false),
        };
    }
}
