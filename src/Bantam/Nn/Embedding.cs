using Bantam.Execution;
using Bantam.Tensors;

namespace Bantam.Nn;

/// <summary>A vector per token, or per position: table [V, C].</summary>
public sealed class Embedding(Weights weights, string path, int vocabulary, int width)
{
    /// <summary>The table [V, C].</summary>
    public Tensor Table { get; } = weights.Matrix($"{path}.weight", vocabulary, width);

    /// <summary>The vectors of the tokens of the pass's rows, [T, C].</summary>
    public Tensor Forward(Pass pass) => Ops.Embed.Forward(pass, Table);

    /// <summary>The vectors of the rows' positions, [T, C].</summary>
    public Tensor ByPosition(Pass pass) => Ops.Embed.Positions(pass, Table);
}
