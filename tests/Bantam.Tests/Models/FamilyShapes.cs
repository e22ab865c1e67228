using Bantam.Models;
using Bantam.Nn;
using Bantam.Tensors;

namespace Bantam.Tests.Models;

/// <summary>
/// Small checkpoints of every family at awkward shapes, with all that the family can do switched on and weights that every
/// machine repeats bit for bit. Configurations and weights are those of Hugging Face directories.
/// </summary>
/// <remarks>
/// Windows and original contexts are shorter than <see cref="Text"/>, so that leaving them out shows. What no GGUF file can
/// say, or llama.cpp does not compute, is in <see cref="OnlyInDirectories"/>.
/// </remarks>
internal static class FamilyShapes
{
    /// <summary>Tokens of <see cref="Text"/>.</summary>
    public const int TextLength = 40;

    private const int Window = 24;

    // Rows of 72, which fit no block format; heads of 20 where 72 / 8 would be 9.
    private static readonly ModelConfig Narrow = new()
    {
        Architecture = "llama",
        HiddenSize = 72,
        NumHiddenLayers = 3,
        NumAttentionHeads = 8,
        NumKeyValueHeads = 2,
        HeadDim = 20,
        IntermediateSize = 104,
        VocabSize = 131,
        MaxPositionEmbeddings = 64,
        NormEps = 1e-5f,
        BosTokenId = 1,
        EosTokenIds = [2],
    };

    /// <summary>One configuration per family, by its name.</summary>
    public static IReadOnlyDictionary<string, ModelConfig> All { get; } = Families(Narrow);

    /// <summary>The same with rows of 256 and 512, which every block format fits.</summary>
    public static IReadOnlyDictionary<string, ModelConfig> Wide { get; } =
        Families(Narrow with { HiddenSize = 256, HeadDim = 64, IntermediateSize = 512, MoeIntermediateSize = 256 });

    /// <summary>The same so small that central differences take no time: three layers, windows of three, two of three experts.</summary>
    public static IReadOnlyDictionary<string, ModelConfig> Tiny { get; } = All.ToDictionary(f => f.Key, f => f.Value with
    {
        HiddenSize = 24,
        NumHiddenLayers = 3,
        NumAttentionHeads = 4,
        NumKeyValueHeads = f.Value.FusedQkv && f.Key == "gpt2" ? 4 : f.Value.NumKeyValueHeads == 1 ? 1 : 2,
        // Not C / H, but for GPT-2, which cannot say so.
        HeadDim = f.Key == "gpt2" ? 6 : 8,
        IntermediateSize = 10,
        MoeIntermediateSize = f.Value.MoeIntermediateSize > 0 ? 10 : 0,
        NumExperts = f.Value.NumExperts > 0 ? 3 : 0,
        VocabSize = 11,
        MaxPositionEmbeddings = 16,
        // Directories may have a window in these; those of Mistral have.
        SlidingWindow = f.Value.SlidingWindow is not null || f.Key is "mistral" or "mixtral" or "phi3" ? 3 : null,
        SlidingLayers = f.Value.SlidingLayers is null ? null : [true, false, true],
        RotaryLayers = f.Value.RotaryLayers is null ? null : [true, false, true],
        OriginalMaxPositionEmbeddings = f.Value.OriginalMaxPositionEmbeddings is null ? null : 8,
        QueryPreAttnScalar = f.Value.QueryPreAttnScalar is null ? null : 5,
        PartialRotaryFactor = f.Value.PartialRotaryFactor < 1 ? 0.75f : 1,
        RopeFactors = f.Value.RopeFactors?.Take(3).ToArray(),
        RopeLongFactors = f.Value.RopeLongFactors?.Take(3).ToArray(),
    });

    /// <summary>The same of a few kilobytes each: what is made by the hundred.</summary>
    public static IReadOnlyDictionary<string, ModelConfig> Small { get; } =
        Families(Narrow with { HiddenSize = 24, HeadDim = 8, IntermediateSize = 16, MoeIntermediateSize = 12, VocabSize = 19 });

    /// <summary>What Hugging Face directories can say beyond that, by what it is.</summary>
    public static IReadOnlyDictionary<string, ModelConfig> OnlyInDirectories { get; } = new Dictionary<string, ModelConfig>
    {
        ["mistral, window"] = All["mistral"] with { SlidingWindow = Window },
        ["mixtral, window"] = All["mixtral"] with { SlidingWindow = Window },
        ["phi3, window"] = All["phi3"] with { SlidingWindow = Window },
        ["qwen2, window in some layers"] = All["qwen2"] with { SlidingWindow = Window, SlidingLayers = [false, true, true] },
        ["qwen3_moe, window"] = All["qwen3_moe"] with { SlidingWindow = Window },
        ["smollm3, window where there are no positions"] = All["smollm3"] with { SlidingWindow = Window, SlidingLayers = [false, false, false, true, false] },
        ["smollm3, biases"] = All["smollm3"] with { AttentionBias = true, AttentionOutputBias = true, MlpBias = true },
        ["gemma2, scale of queries"] = All["gemma2"] with { QueryPreAttnScalar = 30 },
        ["gemma3_text, scale of queries and cap"] = All["gemma3_text"] with { QueryPreAttnScalar = 30, FinalLogitSoftcapping = 5 },
        ["qwen3_moe, dense layer"] = All["qwen3_moe"] with { MlpOnlyLayers = [1] },
        ["qwen3_moe, weights of experts as they are"] = All["qwen3_moe"] with { NormTopKProb = false },
        ["llama, dynamic"] = All["llama"] with { RopeScaling = "dynamic", RopeScalingFactor = 4, OriginalMaxPositionEmbeddings = 16, MaxPositionEmbeddings = 16, RopeLowFreqFactor = null, RopeHighFreqFactor = null },
        ["qwen3, yarn not rounded, with scales"] = All["qwen2"] with { Architecture = "qwen3", QkNorm = true, AttentionBias = false, RopeTruncate = false, RopeMScale = 0.7f, RopeMScaleAllDim = 1f },
    };

    private static Dictionary<string, ModelConfig> Families(ModelConfig llama)
    {
        var square = llama.HiddenSize % 32 == 0 ? llama with { HeadDim = llama.HiddenSize / llama.NumAttentionHeads } : llama with { HiddenSize = 8 * llama.HeadDim };
        // 12 of the 20 elements of a head rotate, or 24 of 32.
        var partial = square.HeadDim == 20 ? 0.6f : 0.75f;
        var pairs = (int)(square.HeadDim * partial) / 2;
        var expert = llama.MoeIntermediateSize > 0 ? llama.MoeIntermediateSize : 56;
        var gemma = llama with { Architecture = "gemma", NumKeyValueHeads = 1, NormEps = 1e-6f, TieWordEmbeddings = true, Activation = Activation.GeluTanh, UnitOffsetNorms = true };
        var gemma2 = gemma with
        {
            Architecture = "gemma2",
            NumKeyValueHeads = 2,
            PostNorms = true,
            SlidingWindow = Window,
            SlidingLayers = [true, false, true],
            QueryPreAttnScalar = llama.HeadDim,
            AttnLogitSoftcapping = 4,
            FinalLogitSoftcapping = 5,
        };
        ModelConfig[] all =
        [
            // 32 · 4⁻¹ lies between the wavelengths of the first two pairs: one stays, one is stretched in part, the others fully.
            llama with
            {
                AttentionBias = true,
                AttentionOutputBias = true,
                MlpBias = true,
                RopeScaling = "llama3",
                RopeScalingFactor = 4,
                RopeLowFreqFactor = 1,
                RopeHighFreqFactor = 4,
                OriginalMaxPositionEmbeddings = 32,
            },
            llama with { Architecture = "mistral", RopeTheta = 1e6f },
            llama with { Architecture = "mixtral", RopeTheta = 1e6f, NumExperts = 5, NumExpertsPerToken = 2, MoeIntermediateSize = llama.IntermediateSize, NormTopKProb = true },
            gemma,
            gemma2,
            gemma2 with
            {
                Architecture = "gemma3_text",
                NumHiddenLayers = 7,
                NumKeyValueHeads = 1,
                SlidingLayers = [true, true, true, true, true, false, true],
                AttnLogitSoftcapping = null,
                FinalLogitSoftcapping = null,
                QkNorm = true,
                RopeTheta = 1e6f,
                RopeLocalTheta = 10000,
                RopeScaling = "linear",
                RopeScalingFactor = 8,
            },
            square with { Architecture = "qwen2", AttentionBias = true, TieWordEmbeddings = true, RopeScaling = "yarn", RopeScalingFactor = 4, OriginalMaxPositionEmbeddings = 16 },
            llama with { Architecture = "qwen3", QkNorm = true, RopeScaling = "linear", RopeScalingFactor = 2 },
            llama with { Architecture = "qwen3_moe", QkNorm = true, NumExperts = 5, NumExpertsPerToken = 2, MoeIntermediateSize = expert, NormTopKProb = true },
            square with
            {
                Architecture = "phi3",
                FusedQkv = true,
                FusedGateUp = true,
                PartialRotaryFactor = partial,
                RopeScaling = "longrope",
                RopeScalingFactor = 4,
                OriginalMaxPositionEmbeddings = 16,
                RopeFactors = [.. Enumerable.Range(0, pairs).Select(i => 1 + (i / 16f))],
                RopeLongFactors = [.. Enumerable.Range(0, pairs).Select(i => 1.5f + (i * i / 4f))],
            },
            square with
            {
                Architecture = "gpt2",
                NumKeyValueHeads = square.NumAttentionHeads,
                TieWordEmbeddings = true,
                Activation = Activation.GeluTanh,
                AttentionBias = true,
                AttentionOutputBias = true,
                MlpBias = true,
                FusedQkv = true,
                InputFirstLinears = true,
            },
            llama with { Architecture = "smollm3", NumHiddenLayers = 5, TieWordEmbeddings = true, RopeTheta = 2e6f, RotaryLayers = [true, true, true, false, true] },
        ];
        return all.ToDictionary(c => c.Architecture, c => c.NumExperts > 0 ? c : c with { MoeIntermediateSize = 0 });
    }

    /// <summary>A text of 40 tokens that begins with the first and ends with the last of the vocabulary.</summary>
    public static int[] Text(ModelConfig config)
    {
        var random = new ExactRandom(TextLength);
        return [0, .. Enumerable.Range(0, TextLength - 2).Select(_ => random.Below(config.VocabSize)), config.VocabSize - 1];
    }

    /// <summary>
    /// The checkpoint under Hugging Face names: matrices in <paramref name="type"/>, vectors in F32. The same numbers, before
    /// they are rounded, in every format and however the linears lie.
    /// </summary>
    public static Weights Weights(ModelConfig config, DType type, ulong seed)
    {
        var random = new ExactRandom(seed);
        var tensors = new Dictionary<string, Tensor>();
        foreach (var spec in Architectures.Of(config).Layout(config))
        {
            var values = new float[spec.Shape.Count];
            for (var i = 0; i < values.Length; i++) values[i] = Value(config, spec, random.Bell());
            if (spec.InputFirst) values = Transposed(values, (int)spec.RowLength);
            tensors[spec.Name] = ExactLlama.Store(values, spec.Shape.Rank == 1 ? DType.F32 : type, spec.Shape);
        }
        return new Weights("families", tensors);
    }

    // Scales are powers of two, so that the products are exact. Attention is peaked, and each layer adds about its input.
    private static float Value(ModelConfig config, TensorSpec spec, float bell) => spec switch
    {
        { Role: TensorRole.Bias } => bell / 4,
        { Role: TensorRole.Norm } when spec.Name.EndsWith(".bias", StringComparison.Ordinal) => bell / 4,
        { Role: TensorRole.Norm } => (Gain(config, spec.Name) * (1 + (bell / 4))) - (config.UnitOffsetNorms ? 1 : 0),
        // As small as real ones, so that ε counts.
        { Role: TensorRole.Embedding or TensorRole.Position } => bell / 32,
        { Role: TensorRole.Head } => bell * MathF.Pow(2, MathF.Ceiling(MathF.Log2(2 / (1.15f * MathF.Sqrt(spec.RowLength))))),
        _ => bell * MathF.Pow(2, MathF.Round(MathF.Log2(2 / MathF.Sqrt(spec.RowLength)))),
    };

    // A tied head has the embedding's small numbers and needs a large gain for lively logits; so do normalised heads.
    private static float Gain(ModelConfig config, string name) =>
        name.EndsWith("q_norm.weight", StringComparison.Ordinal) ? 2
        : name is "model.norm.weight" or "transformer.ln_f.weight" && config.TieWordEmbeddings ? (config.HiddenSize < 200 ? 8 : 4)
        : 1;

    private static float[] Transposed(float[] values, int inputs)
    {
        var (outputs, turned) = (values.Length / inputs, new float[values.Length]);
        for (var i = 0; i < values.Length; i++) turned[(i % inputs * outputs) + (i / inputs)] = values[i];
        return turned;
    }
}
