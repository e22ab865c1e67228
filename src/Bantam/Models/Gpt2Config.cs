namespace Bantam.Models;

/// <summary>Reads the config.json of GPT-2, which has names of its own for everything.</summary>
internal static class Gpt2Config
{
    public static ModelConfig Read(ConfigFields fields, ModelHead head)
    {
        if (fields.Bool("add_cross_attention", absent: false))
            throw fields.Refuse("add_cross_attention", "true", "must be false: a decoder that listens to an encoder is not supported");
        // Options of other models under the same name; reorder_and_upcast_attn changes the order of arithmetic only.
        if (!fields.Bool("scale_attn_weights", absent: true))
            throw fields.Refuse("scale_attn_weights", "false", "must be true: attention without its scale is not supported");
        if (fields.Bool("scale_attn_by_inverse_layer_idx", absent: false))
            throw fields.Refuse("scale_attn_by_inverse_layer_idx", "true", "must be false: a scale of attention per layer is not supported");
        var (width, heads) = (fields.Int("n_embd", 1, ConfigLimits.Width), fields.Int("n_head", 1, ConfigLimits.Heads));
        if (width % heads != 0) throw fields.Refuse("n_embd", width, $"must be a multiple of n_head ({heads})");
        var layers = fields.Int("n_layer", 1, ConfigLimits.Layers);
        if ((long)width * layers > ConfigLimits.CacheWidthOfAllLayers)
            throw fields.Refuse("n_layer", layers, $"times n_embd ({width}) must be at most {ConfigLimits.CacheWidthOfAllLayers}");
        var vocabulary = fields.Int("vocab_size", 1, ConfigLimits.Vocabulary);
        return new ModelConfig
        {
            Architecture = "gpt2",
            Head = head,
            NumLabels = HeadConfig.Labels(fields),
            HiddenSize = width,
            NumHiddenLayers = layers,
            NumAttentionHeads = heads,
            NumKeyValueHeads = heads,
            HeadDim = width / heads,
            IntermediateSize = fields.IntOrNull("n_inner", 1, ConfigLimits.FeedForward, absent: null) ?? 4 * width,
            VocabSize = vocabulary,
            MaxPositionEmbeddings = fields.Int("n_positions", 1, ConfigLimits.Context, 1024),
            NormEps = fields.Positive("layer_norm_epsilon", 1e-5f),
            TieWordEmbeddings = fields.Bool("tie_word_embeddings", absent: true),
            Activation = ActivationConfig.Read(fields, "activation_function", Activation.GeluTanh),
            AttentionBias = true,
            AttentionOutputBias = true,
            MlpBias = true,
            FusedQkv = true,
            InputFirstLinears = true,
            BosTokenId = SpecialTokens.Begin(fields, vocabulary, absent: 50256),
            EosTokenIds = SpecialTokens.End(fields, vocabulary, absent: 50256),
        };
    }
}
