using Bantam.Formats.Gguf;
using Bantam.Models;

namespace Bantam.Checkpoints;

/// <summary>
/// The hyperparameters of a GGUF file: keys <c>ARCH.…</c> of the specification ("LLM") to a <see cref="ModelConfig"/>. What
/// a family implies and no key says is what llama.cpp's loader assumes.
/// </summary>
internal static class GgufConfig
{
    private static readonly string[] Needed = ["context_length", "embedding_length", "block_count", "feed_forward_length", "attention.head_count"];

    /// <summary>
    /// The hyperparameters for sizing, or null where a file does not tell them: of an unknown family, or without the keys that
    /// a model needs (a file of single tensors, a later part of a split model). Values that make no sense are refused.
    /// </summary>
    public static ModelConfig? ReadIfKnown(GgufMetadata m, IReadOnlyList<GgufTensorInfo> tensors)
    {
        const string Arch = "general.architecture";
        if (!m.Contains(Arch) || !Architectures.TryFindGguf(m.GetString(Arch), out _)) return null;
        return Array.TrueForAll(Needed, key => m.Contains($"{m.GetString(Arch)}.{key}")) ? Read(m, tensors) : null;
    }

    public static ModelConfig Read(GgufMetadata m, IReadOnlyList<GgufTensorInfo> tensors)
    {
        var arch = m.GetString("general.architecture");
        if (!Architectures.TryFindGguf(arch, out var family))
            throw new UnsupportedModelException(m.File, arch, "is an architecture that Bantam does not know");

        var experts = Experts(m, family);
        var name = Family(m, family, experts);
        var (hidden, heads, layers) = (Count("embedding_length", ConfigLimits.Width), Count("attention.head_count", ConfigLimits.Heads), Count("block_count", ConfigLimits.Layers));
        var kvHeads = Count("attention.head_count_kv", ConfigLimits.Heads, 1, heads);
        if (heads % kvHeads != 0)
            throw Refuse("attention.head_count_kv", kvHeads, $"must divide {arch}.attention.head_count ({heads})");
        if (!m.Contains(Key("attention.key_length")) && hidden % heads != 0)
            throw Refuse("embedding_length", hidden, $"must be a multiple of {arch}.attention.head_count ({heads}) where there is no {arch}.attention.key_length");
        var headDim = Count("attention.key_length", ConfigLimits.HeadDim, 2, hidden / heads);
        if (headDim % 2 != 0) throw Refuse("attention.key_length", headDim, "must be even: its elements rotate in pairs");
        if (Count("attention.value_length", ConfigLimits.HeadDim, 2, headDim) is var values && values != headDim)
            throw Refuse("attention.value_length", values, $"must equal {arch}.attention.key_length ({headDim})");
        // GPT-2 cuts its stacked projection into three equal parts.
        if (name == "gpt2" && kvHeads != heads) throw Refuse("attention.head_count_kv", kvHeads, $"must equal {arch}.attention.head_count ({heads}) in this family");
        if (name == "gpt2" && (long)heads * headDim != hidden)
            throw Refuse("attention.key_length", headDim, $"times {arch}.attention.head_count ({heads}) must be {arch}.embedding_length ({hidden}) in this family");
        if ((long)heads * headDim > 4 * ConfigLimits.Width)
            throw Refuse("attention.key_length", headDim, $"times {arch}.attention.head_count ({heads}) must be at most {4 * ConfigLimits.Width}");
        if ((long)kvHeads * headDim * layers > ConfigLimits.CacheWidthOfAllLayers)
            throw Refuse("attention.head_count_kv", kvHeads, $"times key_length ({headDim}) times block_count ({layers}) must be at most {ConfigLimits.CacheWidthOfAllLayers}");

        var config = new ModelConfig
        {
            Architecture = name,
            HiddenSize = hidden,
            NumHiddenLayers = layers,
            NumAttentionHeads = heads,
            NumKeyValueHeads = kvHeads,
            HeadDim = headDim,
            IntermediateSize = Count("feed_forward_length", ConfigLimits.FeedForward),
            VocabSize = Vocabulary(m, tensors, hidden) ?? Count("vocab_size", ConfigLimits.Vocabulary),
            MaxPositionEmbeddings = Count("context_length", ConfigLimits.Context),
            NormEps = Positive(name == "gpt2" ? "attention.layer_norm_epsilon" : "attention.layer_norm_rms_epsilon", 1e-5f),
            Activation = name is "gemma" or "gemma2" or "gemma3_text" or "gpt2" ? Activation.GeluTanh : Activation.Silu,
            TieWordEmbeddings = tensors.Count > 0 && tensors.All(t => t.Name != "output.weight"),
            AttentionBias = HasBias("attn_q", "attn_qkv", usual: name is "qwen2" or "gpt2"),
            AttentionOutputBias = HasBias("attn_output", "attn_output", usual: name == "gpt2"),
            MlpBias = HasBias("ffn_up", "ffn_down", usual: name == "gpt2"),
            QkNorm = name is "qwen3" or "qwen3_moe" or "gemma3_text",
            PostNorms = name is "gemma2" or "gemma3_text",
            FusedQkv = name is "phi3" or "gpt2",
            FusedGateUp = name == "phi3",
            // Every fourth layer of SmolLM3 is without positions; no key says so.
            RotaryLayers = name == "smollm3" ? [.. Enumerable.Range(1, layers).Select(i => i % 4 != 0)] : null,
        };
        config = config with
        {
            BosTokenId = Id("bos_token_id"),
            EosTokenIds = [.. new[] { Id("eos_token_id"), Id("eot_token_id"), Id("eom_token_id") }.OfType<int>().Distinct()],
        };
        if (experts > 0) config = GgufExpertsConfig.Read(m, arch, config with { NumExperts = experts }, tensors);
        config = GgufWindowConfig.Read(m, arch, config);
        config = GgufRopeConfig.Read(m, arch, config, tensors);
        return name is "gemma2" or "gemma3_text" ? Gemma(m, arch, config) : config;

        string Key(string key) => $"{arch}.{key}";

        int Count(string key, int most, int least = 1, int? fallback = null)
        {
            var value = m.GetInt(Key(key), fallback);
            return value >= least && value <= most
                ? value
                : throw Refuse(key, value, $"must be {least} to {most}");
        }

        float Positive(string key, float fallback) => GgufNumbers.Positive(m, Key(key), fallback);

        bool HasBias(string one, string other, bool usual) => tensors.Count == 0
            ? usual
            : tensors.Any(t => t.Name == $"blk.0.{one}.bias" || t.Name == $"blk.0.{other}.bias");

        int? Id(string key)
        {
            if (!m.Contains($"tokenizer.ggml.{key}")) return null;
            var id = m.GetInt($"tokenizer.ggml.{key}");
            return (uint)id < (uint)config.VocabSize ? id : throw new ModelFileException("BT1036", m.File, $"metadata 'tokenizer.ggml.{key}'", $"{id}", $"must be below the vocabulary's {config.VocabSize}");
        }

        ModelFileException Refuse(string key, object value, string limit) =>
            new("BT1036", m.File, $"metadata '{Key(key)}'", $"{value}", limit);
    }

    /// <summary>The number of experts; a family that has none is refused with them, and one that has some without.</summary>
    private static int Experts(GgufMetadata m, Architecture family)
    {
        var key = $"{m.GetString("general.architecture")}.expert_count";
        var experts = m.GetInt(key, 0);
        if (experts is < 0 or > ConfigLimits.Experts) throw new ModelFileException("BT1036", m.File, $"metadata '{key}'", $"{experts}", $"must be 0 to {ConfigLimits.Experts}");
        return (family.Name, experts) switch
        {
            ("llama" or "qwen3_moe", > 0) => experts,
            ("qwen3_moe", _) => throw new ModelFileException("BT1036", m.File, $"metadata '{key}'", $"{experts}", "must be above 0: the family is a mixture of experts"),
            (_, > 0) => throw new ModelFileException("BT1036", m.File, $"metadata '{key}'", $"{experts}", $"must be absent: a {family.DisplayName} with experts is not known"),
            _ => 0,
        };
    }

    // Mistral and Mixtral call themselves llama. Without a window a Mistral is a Llama in all but name.
    private static string Family(GgufMetadata m, Architecture family, int experts) => family.Name switch
    {
        "llama" when experts > 0 => "mixtral",
        "llama" when GgufWindowConfig.HasWindow(m, "llama") => "mistral",
        var name => name,
    };

    /// <summary>What the Gemmas add; absent keys mean what llama.cpp's loader assumes.</summary>
    private static ModelConfig Gemma(GgufMetadata m, string arch, ModelConfig config)
    {
        return config with
        {
            QueryPreAttnScalar = Positive("attention.scale") is { } scale ? QueryScalar(scale) : ImpliedQueryScalar(config),
            AttnLogitSoftcapping = Cap("attn_logit_softcapping", 50f),
            FinalLogitSoftcapping = Cap("final_logit_softcapping", 30f),
        };

        float? Positive(string key) => GgufNumbers.PositiveOrNull(m, $"{arch}.{key}");

        // Gemma 2 caps; 0 in place of its numbers is neither a cap nor the usual one.
        float? Cap(string key, float usual) => arch == "gemma2" ? GgufNumbers.Positive(m, $"{arch}.{key}", usual) : Positive(key);

        // A config.json has the number whose root divides, which is whole in all models; the key has the quotient, rounded.
        float QueryScalar(double scale)
        {
            var scalar = 1 / (scale * scale);
            var number = (float)(Math.Abs(scalar - Math.Round(scalar)) <= 1e-6 * scalar ? Math.Round(scalar) : scalar);
            return number > 0 && float.IsFinite(number) ? number : throw GgufNumbers.Refuse(m, $"{arch}.attention.scale", scale, "must be one over a root that single precision holds");
        }
    }

    /// <summary>
    /// The scale of queries that no key says: the width of a head, but for the 27B models, known by their 46 and 62 layers,
    /// the width of the model over the number of heads.
    /// </summary>
    internal static float ImpliedQueryScalar(ModelConfig config) =>
        (config.Architecture, config.NumHiddenLayers) is ("gemma2", 46) or ("gemma3_text", 62) ? config.HiddenSize / config.NumAttentionHeads : config.HeadDim;

    // The embedding's rows decide; the tokenizer may have fewer entries, padding is usual.
    private static int? Vocabulary(GgufMetadata m, IReadOnlyList<GgufTensorInfo> tensors, int hidden)
    {
        if (tensors.FirstOrDefault(t => t.Name == "token_embd.weight") is not { } embedding)
            return m.TryGet("tokenizer.ggml.tokens", out var tokens) && tokens.Count > 0 ? tokens.Count : null;
        if (embedding.Shape.Rank != 2 || embedding.Shape.Columns != hidden)
            throw new ModelFileException("BT1036", m.File, "tensor 'token_embd.weight'", $"{embedding.Shape}", $"must have rows of embedding_length ({hidden})");
        return embedding.Shape[0] <= ConfigLimits.Vocabulary ? (int)embedding.Shape[0] : throw new ModelFileException("BT1036", m.File, "tensor 'token_embd.weight' rows", $"{embedding.Shape[0]}", $"must be at most {ConfigLimits.Vocabulary}");
    }
}
