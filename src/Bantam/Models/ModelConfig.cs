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

    /// <summary>The name of a scaling of the rotary frequencies (<c>llama3</c>, <c>yarn</c>, <c>linear</c>), or null for none.</summary>
    public string? RopeScaling { get; init; }

    /// <summary>Which elements of a head rotate together in the rows of this checkpoint.</summary>
    public RopePairing RopePairing { get; init; } = RopePairing.Halves;

    /// <summary>Whether the output head is the embedding.</summary>
    public bool TieWordEmbeddings { get; init; }

    /// <summary>Token that begins a text, or null.</summary>
    public int? BosTokenId { get; init; }

    /// <summary>Tokens that end a text.</summary>
    public IReadOnlyList<int> EosTokenIds { get; init; } = [];
}
