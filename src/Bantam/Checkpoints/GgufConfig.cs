using Bantam.Formats.Gguf;
using Bantam.Models;
using Bantam.Ops;

namespace Bantam.Checkpoints;

/// <summary>
/// The hyperparameters of a GGUF file, both ways: keys <c>ARCH.…</c> of the specification ("LLM") to and from a
/// <see cref="ModelConfig"/>.
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

        var experts = Count("expert_count", ConfigLimits.Experts, 0, 0);
        // Mixtral files call themselves llama.
        var name = family.Name == "llama" && experts > 0 ? "mixtral" : family.Name;
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
            VocabSize = Vocabulary(m, tensors) ?? Count("vocab_size", ConfigLimits.Vocabulary),
            MaxPositionEmbeddings = Count("context_length", ConfigLimits.Context),
            NormEps = Positive("attention.layer_norm_rms_epsilon", 1e-5f),
            RopeTheta = Positive("rope.freq_base", 10000f),
            RopeScaling = Scaling(m, arch, tensors),
            PartialRotaryFactor = Count("rope.dimension_count", ConfigLimits.HeadDim, 1, headDim) / (float)headDim,
            // Converters reorder the rows of q and k for the Llama family only.
            RopePairing = arch == "llama" ? RopePairing.Interleaved : RopePairing.Halves,
            TieWordEmbeddings = tensors.Count > 0 && tensors.All(t => t.Name != "output.weight"),
            AttentionBias = name == "qwen2",
            QkNorm = name is "qwen3" or "qwen3_moe",
            PostNorms = name == "gemma2",
            FusedQkv = name is "phi3" or "gpt2",
            FusedGateUp = name == "phi3",
            SlidingWindow = m.Contains(Key("attention.sliding_window")) && Count("attention.sliding_window", ConfigLimits.Context, 0) is > 0 and var window ? window : null,
            NumExperts = experts,
            NumExpertsPerToken = Count("expert_used_count", ConfigLimits.Experts, 0, 0),
            MoeIntermediateSize = Count("expert_feed_forward_length", ConfigLimits.FeedForward, 1, Count("feed_forward_length", ConfigLimits.FeedForward)),
            BosTokenId = Id("bos_token_id"),
            EosTokenIds = [.. new[] { Id("eos_token_id"), Id("eot_token_id"), Id("eom_token_id") }.OfType<int>()],
        };
        return family.Name == "gemma2" ? config with { SlidingLayers = [.. Enumerable.Range(0, config.NumHiddenLayers).Select(i => i % 2 == 0)] } : config;

        string Key(string key) => $"{arch}.{key}";

        int Count(string key, int most, int least = 1, int? fallback = null)
        {
            var value = m.GetInt(Key(key), fallback);
            return value >= least && value <= most
                ? value
                : throw Refuse(key, value, $"must be {least} to {most}");
        }

        float Positive(string key, float fallback)
        {
            var value = m.GetFloat(Key(key), fallback);
            return value > 0 && float.IsFinite(value) ? value : throw Refuse(key, value, "must be a positive number");
        }

        int? Id(string key) => m.Contains($"tokenizer.ggml.{key}") ? m.GetInt($"tokenizer.ggml.{key}") : null;

        ModelFileException Refuse(string key, object value, string limit) =>
            new("BT1036", m.File, $"metadata '{Key(key)}'", $"{value}", limit);
    }

    /// <summary>Writes the keys of a Llama; the inverse of <see cref="Read"/> for that family.</summary>
    public static void Write(GgufMetadata m, ModelConfig config)
    {
        const string Arch = "llama";
        m["general.architecture"] = Arch;
        m[$"{Arch}.vocab_size"] = (uint)config.VocabSize;
        m[$"{Arch}.context_length"] = (uint)config.MaxPositionEmbeddings;
        m[$"{Arch}.embedding_length"] = (uint)config.HiddenSize;
        m[$"{Arch}.block_count"] = (uint)config.NumHiddenLayers;
        m[$"{Arch}.feed_forward_length"] = (uint)config.IntermediateSize;
        m[$"{Arch}.attention.head_count"] = (uint)config.NumAttentionHeads;
        m[$"{Arch}.attention.head_count_kv"] = (uint)config.NumKeyValueHeads;
        m[$"{Arch}.attention.key_length"] = (uint)config.HeadDim;
        m[$"{Arch}.attention.value_length"] = (uint)config.HeadDim;
        m[$"{Arch}.attention.layer_norm_rms_epsilon"] = config.NormEps;
        m[$"{Arch}.rope.dimension_count"] = (uint)config.HeadDim;
        m[$"{Arch}.rope.freq_base"] = config.RopeTheta;
    }

    // The embedding's rows decide; the tokenizer may have fewer entries, padding is usual.
    private static int? Vocabulary(GgufMetadata m, IReadOnlyList<GgufTensorInfo> tensors)
    {
        if (tensors.FirstOrDefault(t => t.Name == "token_embd.weight") is { } embedding)
            return embedding.Shape[0] <= ConfigLimits.Vocabulary ? (int)embedding.Shape[0] : throw new ModelFileException("BT1036", m.File, "tensor 'token_embd.weight' rows", $"{embedding.Shape[0]}", $"must be at most {ConfigLimits.Vocabulary}");
        return m.TryGet("tokenizer.ggml.tokens", out var tokens) && tokens.Count > 0 ? tokens.Count : null;
    }

    private static string? Scaling(GgufMetadata m, string arch, IReadOnlyList<GgufTensorInfo> tensors)
    {
        if (tensors.Any(t => t.Name.StartsWith("rope_f", StringComparison.Ordinal))) return "rope_freqs";
        // A factor without a type is linear, and older files spell it scale_linear; 0 and 1 change nothing.
        var factor = m.GetFloat($"{arch}.rope.scaling.factor", m.GetFloat($"{arch}.rope.scale_linear", 1f));
        var type = m.GetString($"{arch}.rope.scaling.type", factor is 0 or 1 ? "none" : "linear");
        return type == "none" ? null : type;
    }
}
