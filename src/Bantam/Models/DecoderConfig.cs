namespace Bantam.Models;

/// <summary>
/// What transformers assumes for fields that a family's config.json leaves out. Null for the heads and the head's width
/// means that they follow from others.
/// </summary>
internal sealed record DecoderDefaults(int? KeyValueHeads, int? HeadDim, int MaxPositions, float Eps, float Theta = 10000f, bool Tie = false, int? Window = null, int? Bos = null, int? Eos = null)
{
    public static DecoderDefaults Of(string family) => family switch
    {
        "llama" => new(null, null, 2048, 1e-6f, Bos: 1, Eos: 2),
        "mistral" => new(8, null, 131072, 1e-6f, Window: 4096, Bos: 1, Eos: 2),
        "mixtral" => new(8, null, 131072, 1e-5f, Theta: 1e6f, Bos: 1, Eos: 2),
        "gemma" => new(16, 256, 8192, 1e-6f, Tie: true, Bos: 2, Eos: 1),
        "gemma2" => new(4, 256, 8192, 1e-6f, Tie: true, Window: 4096, Bos: 2, Eos: 1),
        "gemma3_text" => new(4, 256, 131072, 1e-6f, Theta: 1e6f, Tie: true, Window: 4096, Bos: 2, Eos: 1),
        "qwen2" => new(32, null, 32768, 1e-6f, Window: 4096),
        "qwen3" => new(32, 128, 32768, 1e-6f, Window: 4096),
        "qwen3_moe" => new(4, null, 32768, 1e-6f, Window: 4096),
        "phi3" => new(null, null, 4096, 1e-5f, Bos: 1, Eos: 32000),
        "smollm3" => new(4, null, 32768, 1e-6f, Theta: 2e6f, Tie: true, Bos: 128000, Eos: 128001),
        _ => throw new ArgumentException($"'{family}' is not a decoder of the Llama line", nameof(family)),
    };
}

/// <summary>Reads the config.json of the decoders that descend from Llama.</summary>
internal static class DecoderConfig
{
    public static ModelConfig Read(ConfigFields fields, Architecture architecture, ModelHead head)
    {
        var family = architecture.Name;
        var defaults = DecoderDefaults.Of(family);
        var (layers, vocabulary) = (fields.Int("num_hidden_layers", 1, ConfigLimits.Layers), fields.Int("vocab_size", 1, ConfigLimits.Vocabulary));
        var gemma = family is "gemma" or "gemma2" or "gemma3_text";
        var attentionBias = (gemma || family is "llama" or "qwen3" or "qwen3_moe" or "smollm3") && fields.Bool("attention_bias", absent: false);
        if (fields.Bool("use_bidirectional_attention", absent: false))
            throw fields.Refuse("use_bidirectional_attention", "true", "must be false: a model that reads in both directions is not a decoder");

        var config = new ModelConfig
        {
            Architecture = family,
            Head = head,
            NumLabels = HeadConfig.Labels(fields),
            HiddenSize = fields.Int("hidden_size", 1, ConfigLimits.Width),
            NumHiddenLayers = layers,
            NumAttentionHeads = fields.Int("num_attention_heads", 1, ConfigLimits.Heads),
            NumKeyValueHeads = fields.IntOrNull("num_key_value_heads", 1, ConfigLimits.Heads, defaults.KeyValueHeads)
                ?? fields.Int("num_attention_heads", 1, ConfigLimits.Heads),
            HeadDim = HeadDim(fields, defaults),
            IntermediateSize = fields.Int("intermediate_size", 1, ConfigLimits.FeedForward),
            VocabSize = vocabulary,
            MaxPositionEmbeddings = fields.Int("max_position_embeddings", 1, ConfigLimits.Context, defaults.MaxPositions),
            NormEps = fields.Positive("rms_norm_eps", defaults.Eps),
            TieWordEmbeddings = fields.Bool("tie_word_embeddings", defaults.Tie),
            // Gemma was published with "gelu" where its code computes the tanh form; hidden_activation is the later, true field.
            Activation = gemma ? ActivationConfig.Read(fields, "hidden_activation", Activation.GeluTanh)
                : ActivationConfig.Read(fields, "hidden_act", Activation.Silu),
            AttentionBias = attentionBias || family == "qwen2",
            AttentionOutputBias = attentionBias,
            MlpBias = family is "llama" or "smollm3" && fields.Bool("mlp_bias", absent: false),
            QkNorm = family is "qwen3" or "qwen3_moe" or "gemma3_text",
            PostNorms = family is "gemma2" or "gemma3_text",
            UnitOffsetNorms = gemma,
            FusedQkv = family == "phi3",
            FusedGateUp = family == "phi3",
            BosTokenId = SpecialTokens.Begin(fields, vocabulary, defaults.Bos),
            EosTokenIds = SpecialTokens.End(fields, vocabulary, defaults.Eos),
            QueryPreAttnScalar = gemma && family != "gemma" ? fields.Positive("query_pre_attn_scalar", 256f) : null,
            AttnLogitSoftcapping = SoftCap(fields, family, "attn_logit_softcapping", 50f),
            FinalLogitSoftcapping = SoftCap(fields, family, "final_logit_softcapping", 30f),
        };
        config = RopeConfig.Read(fields, defaults.Theta, config);
        if (family == "smollm3") config = config with { RotaryLayers = RotaryLayers(fields, layers) };
        config = WindowConfig.Read(fields, defaults.Window, config);
        if (family is "mixtral" or "qwen3_moe") config = ExpertsConfig.Read(fields, config);
        return Check(fields, config);
    }

    private static int HeadDim(ConfigFields fields, DecoderDefaults defaults)
    {
        if (fields.IntOrNull("head_dim", 1, ConfigLimits.HeadDim, defaults.HeadDim) is { } given) return given;
        var (width, heads) = (fields.Int("hidden_size", 1, ConfigLimits.Width), fields.Int("num_attention_heads", 1, ConfigLimits.Heads));
        return width % heads == 0 ? width / heads : throw fields.Refuse("hidden_size", width, $"must be a multiple of num_attention_heads ({heads}) where head_dim is absent");
    }

    // An absent cap is the default of Gemma 2 and none of Gemma 3; null is none.
    private static float? SoftCap(ConfigFields fields, string family, string name, float absent) => family switch
    {
        "gemma2" => fields.IsNull(name) ? null : fields.Positive(name, absent),
        "gemma3_text" => fields.PositiveOrNull(name),
        _ => null,
    };

    // 1 says that the layer rotates. Without a list, every fourth does not.
    private static bool[] RotaryLayers(ConfigFields fields, int layers)
    {
        if (fields.Ints("no_rope_layers", 0, 1, ConfigLimits.Layers) is not { } flags)
        {
            var interval = fields.Int("no_rope_layer_interval", 1, ConfigLimits.Layers, 4);
            return [.. Enumerable.Range(1, layers).Select(i => i % interval != 0)];
        }
        return flags.Count == layers
            ? [.. flags.Select(f => f == 1)]
            : throw fields.Refuse("no_rope_layers", $"a list of {flags.Count}", $"must have num_hidden_layers ({layers}) entries");
    }

    private static ModelConfig Check(ConfigFields fields, ModelConfig config)
    {
        if (config.NumAttentionHeads % config.NumKeyValueHeads != 0)
            throw fields.Refuse("num_key_value_heads", config.NumKeyValueHeads, $"must divide num_attention_heads ({config.NumAttentionHeads})");
        if (config.HeadDim % 2 != 0)
            throw fields.Refuse("head_dim", config.HeadDim, "must be even: its elements rotate in pairs");
        if ((long)config.NumAttentionHeads * config.HeadDim > 4 * ConfigLimits.Width)
            throw fields.Refuse("head_dim", config.HeadDim, $"times num_attention_heads ({config.NumAttentionHeads}) must be at most {4 * ConfigLimits.Width}");
        if ((long)config.NumKeyValueHeads * config.HeadDim * config.NumHiddenLayers > ConfigLimits.CacheWidthOfAllLayers)
            throw fields.Refuse("num_key_value_heads", config.NumKeyValueHeads, $"times head_dim times num_hidden_layers must be at most {ConfigLimits.CacheWidthOfAllLayers}");
        return config;
    }
}
