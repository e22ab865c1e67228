using Bantam.Ops;

namespace Bantam.Models;

/// <summary>
/// The hyperparameters of a language model, under the names of a Hugging Face <c>config.json</c>, whatever file they
/// were read from. Sizes are in elements.
/// </summary>
public sealed record ModelConfig
{
    /// <summary>Name of the family in <see cref="Architectures"/>: <c>llama</c>, <c>gemma2</c>, <c>qwen3_moe</c>.</summary>
    public required string Architecture { get; init; }

    /// <summary>Width of the residual stream, C.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Blocks, L.</summary>
    public required int NumHiddenLayers { get; init; }

    /// <summary>Query heads, H.</summary>
    public required int NumAttentionHeads { get; init; }

    /// <summary>Key and value heads; fewer than H in grouped-query attention, 1 in multi-query attention.</summary>
    public required int NumKeyValueHeads { get; init; }

    /// <summary>Width of one head, D; not always C / H.</summary>
    public required int HeadDim { get; init; }

    /// <summary>Inner width of the feed-forward network, F.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Rows of the embedding, V; may exceed the tokenizer's vocabulary by padding.</summary>
    public required int VocabSize { get; init; }

    /// <summary>Longest context, in tokens, that the model was made for.</summary>
    public required int MaxPositionEmbeddings { get; init; }

    /// <summary>ε of the normalisation.</summary>
    public float NormEps { get; init; } = 1e-5f;

    /// <summary>Base of the rotary frequencies.</summary>
    public float RopeTheta { get; init; } = 10000f;

    /// <summary>The name of a scaling of the rotary frequencies (<c>linear</c>, <c>dynamic</c>, <c>yarn</c>, <c>longrope</c>, <c>llama3</c>, <c>rope_freqs</c>), or null for none.</summary>
    public string? RopeScaling { get; init; }

    /// <summary>Which elements of a head rotate together in the rows of this checkpoint.</summary>
    public RopePairing RopePairing { get; init; } = RopePairing.Halves;

    /// <summary>Whether the output head is the embedding.</summary>
    public bool TieWordEmbeddings { get; init; }

    /// <summary>What stands on top of the last layer.</summary>
    public ModelHead Head { get; init; } = ModelHead.LanguageModel;

    /// <summary>Classes of a classifier; meaningless for other heads.</summary>
    public int NumLabels { get; init; } = 2;

    /// <summary>Non-linearity of the feed-forward network.</summary>
    public Activation Activation { get; init; } = Activation.Silu;

    /// <summary>Whether the query, key and value projections have biases (Qwen2, GPT-2).</summary>
    public bool AttentionBias { get; init; }

    /// <summary>Whether the output projection of attention has a bias.</summary>
    public bool AttentionOutputBias { get; init; }

    /// <summary>Whether the feed-forward projections have biases.</summary>
    public bool MlpBias { get; init; }

    /// <summary>Whether each head of query and key is normalised before it is rotated (Qwen3).</summary>
    public bool QkNorm { get; init; }

    /// <summary>Whether attention and feed-forward network are normalised after as well as before (Gemma 2).</summary>
    public bool PostNorms { get; init; }

    /// <summary>Whether query, key and value lie stacked in one tensor (Phi-3, GPT-2).</summary>
    public bool FusedQkv { get; init; }

    /// <summary>Whether gate and up projection lie stacked in one tensor (Phi-3).</summary>
    public bool FusedGateUp { get; init; }

    /// <summary>Window of the layers that attend to recent tokens only, in tokens, or null where every layer sees all.</summary>
    public int? SlidingWindow { get; init; }

    /// <summary>Which layers have the window, one entry per layer; null means all of them. See <see cref="WindowOfLayer"/>.</summary>
    public IReadOnlyList<bool>? SlidingLayers { get; init; }

    /// <summary>Experts of a sparse layer, E; 0 for a dense model.</summary>
    public int NumExperts { get; init; }

    /// <summary>Experts that each token visits.</summary>
    public int NumExpertsPerToken { get; init; }

    /// <summary>Inner width of one expert.</summary>
    public int MoeIntermediateSize { get; init; }

    /// <summary>Every n-th layer is sparse, counted from the first as 1 (Qwen3-MoE's <c>decoder_sparse_step</c>).</summary>
    public int DecoderSparseStep { get; init; } = 1;

    /// <summary>Layers that stay dense in a mixture.</summary>
    public IReadOnlyList<int> MlpOnlyLayers { get; init; } = [];

    /// <summary>Whether the weights of the chosen experts are scaled to a sum of one.</summary>
    public bool NormTopKProb { get; init; }

    /// <summary>Bound of the tanh that caps attention scores (Gemma 2), or null for none.</summary>
    public float? AttnLogitSoftcapping { get; init; }

    /// <summary>Bound of the tanh that caps the logits (Gemma 2), or null for none.</summary>
    public float? FinalLogitSoftcapping { get; init; }

    /// <summary>Queries are scaled by this to the power −½; null means <see cref="HeadDim"/>.</summary>
    public float? QueryPreAttnScalar { get; init; }

    /// <summary>Share of a head that rotates.</summary>
    public float PartialRotaryFactor { get; init; } = 1f;

    /// <summary>By how much <see cref="RopeScaling"/> stretches the context, or null.</summary>
    public float? RopeScalingFactor { get; init; }

    /// <summary>Llama 3 scaling: wavelengths longer than the original context over this are stretched fully.</summary>
    public float? RopeLowFreqFactor { get; init; }

    /// <summary>Llama 3 scaling: wavelengths shorter than the original context over this are left alone.</summary>
    public float? RopeHighFreqFactor { get; init; }

    /// <summary>Context, in tokens, before the rotary scaling, or null.</summary>
    public int? OriginalMaxPositionEmbeddings { get; init; }

    /// <summary>YaRN: pairs that turn more often than this within the original context keep their frequency; 32 where null.</summary>
    public float? RopeBetaFast { get; init; }

    /// <summary>YaRN: pairs that turn less often than this are stretched fully; 1 where null.</summary>
    public float? RopeBetaSlow { get; init; }

    /// <summary>YaRN: whether the bounds of the ramp between the two are rounded outwards to whole pairs.</summary>
    public bool RopeTruncate { get; init; } = true;

    /// <summary>Factor on rotated queries and keys (YaRN, longrope); null means that the scaling's own formula gives it.</summary>
    public float? RopeAttentionFactor { get; init; }

    /// <summary>YaRN: weight of the logarithm in the attention factor (DeepSeek's <c>mscale</c>), or null.</summary>
    public float? RopeMScale { get; init; }

    /// <summary>YaRN: divides the former (DeepSeek's <c>mscale_all_dim</c>), or null.</summary>
    public float? RopeMScaleAllDim { get; init; }

    /// <summary>
    /// A divisor for the frequency of each rotated pair, [D/2]: longrope within the original context; scaling
    /// <c>rope_freqs</c>, the form in which GGUF files carry Llama 3's, everywhere. Null for none.
    /// </summary>
    public IReadOnlyList<float>? RopeFactors { get; init; }

    /// <summary>Longrope: the divisors for contexts beyond the original, [D/2].</summary>
    public IReadOnlyList<float>? RopeLongFactors { get; init; }

    /// <summary>Base of the rotary frequencies in layers with a window (Gemma 3), never scaled; null where all layers share <see cref="RopeTheta"/>.</summary>
    public float? RopeLocalTheta { get; init; }

    /// <summary>Which layers rotate queries and keys, one entry per layer; null means all (SmolLM3 leaves every fourth without positions).</summary>
    public IReadOnlyList<bool>? RotaryLayers { get; init; }

    /// <summary>Whether gains are stored less one, as Gemma's Hugging Face checkpoints do and GGUF files do not.</summary>
    public bool UnitOffsetNorms { get; init; }

    /// <summary>Whether the matrices of linears lie <c>[in, out]</c>, as GPT-2's Hugging Face checkpoints do and GGUF files do not.</summary>
    public bool InputFirstLinears { get; init; }

    /// <summary>Elements of a head that rotate, an even number: the first ones; the rest stays.</summary>
    // The share may be a quotient rounded down, and half a unit in its last place must not cost an element: 26 of 44.
    public int RotaryDim => (int)(HeadDim * (double)PartialRotaryFactor * (1 + Math.ScaleB(1, -23)));

    /// <summary>Whether layer <paramref name="layer"/> (from 0) rotates queries and keys.</summary>
    public bool IsRotaryLayer(int layer) => RotaryLayers is null || RotaryLayers[layer];

    /// <summary>The window of layer <paramref name="layer"/> (from 0) in tokens, or null where it sees the whole context.</summary>
    public int? WindowOfLayer(int layer)
    {
        if ((uint)layer >= (uint)NumHiddenLayers)
            throw new ArgumentOutOfRangeException(nameof(layer), layer, $"the model has {NumHiddenLayers} layers");
        return SlidingLayers is null || SlidingLayers[layer] ? SlidingWindow : null;
    }

    /// <summary>Whether layer <paramref name="layer"/> (from 0) has experts instead of one feed-forward network.</summary>
    public bool IsSparseLayer(int layer) =>
        NumExperts > 0 && (layer + 1) % DecoderSparseStep == 0 && !MlpOnlyLayers.Contains(layer);

    /// <summary>Token that begins a text, or null.</summary>
    public int? BosTokenId { get; init; }

    /// <summary>Tokens that end a text.</summary>
    public IReadOnlyList<int> EosTokenIds { get; init; } = [];
}
