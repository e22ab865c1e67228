using Bantam.Tensors;

namespace Bantam.Models;

/// <summary>A tensor that a model of some configuration has: its path in a Hugging Face checkpoint, its shape and what it is for.</summary>
/// <param name="Name">Path, for instance <c>model.layers.0.self_attn.q_proj.weight</c>.</param>
/// <param name="Shape">Dimensions, outermost first: <c>[out, in]</c> for a linear.</param>
/// <param name="Role">What it is for, which decides how it is counted.</param>
public readonly record struct TensorSpec(string Name, Shape Shape, TensorRole Role)
{
    /// <summary>Whether a linear lies <c>[in, out]</c>, as GPT-2's Conv1D does, and not <c>[out, in]</c>.</summary>
    public bool InputFirst { get; init; }

    /// <summary>Length of the rows that a block format cuts into blocks: the input width of a linear, however it lies.</summary>
    public long RowLength => InputFirst && Shape.Rank == 2 ? Shape[0] : Shape.Columns;
}

/// <summary>What a tensor is for.</summary>
public enum TensorRole
{
    /// <summary>Token embedding; also the head where both are tied.</summary>
    Embedding,

    /// <summary>Learned positions or token types.</summary>
    Position,

    /// <summary>Query, key, value or output projection.</summary>
    Attention,

    /// <summary>Dense feed-forward projection.</summary>
    FeedForward,

    /// <summary>Projection of one expert in a mixture; only some experts are active for a token.</summary>
    Expert,

    /// <summary>Chooses the experts.</summary>
    Router,

    /// <summary>Gain or bias of a normalisation.</summary>
    Norm,

    /// <summary>Bias of a linear.</summary>
    Bias,

    /// <summary>Output head: vocabulary or labels.</summary>
    Head,
}
