namespace Bantam.Ops;

/// <summary>What is particular about the attention of a layer.</summary>
/// <param name="HeadDim">Width of a head, D.</param>
/// <param name="Scale">Factor on the scores; 1/√D unless a family says otherwise.</param>
/// <param name="Window">How many positions a row sees, itself included; 0 for all before it (arXiv 2310.06825).</param>
/// <param name="SoftCap">Bound of the tanh on the scores; 0 for none (arXiv 2408.00118).</param>
public readonly record struct AttentionShape(int HeadDim, double Scale, int Window = 0, float SoftCap = 0)
{
    /// <summary>Plain attention with heads of <paramref name="headDim"/>.</summary>
    public AttentionShape(int headDim)
        : this(headDim, 1 / Math.Sqrt(headDim))
    {
    }

    /// <summary>The first position that a row at <paramref name="position"/> sees.</summary>
    internal int First(int position) => Window > 0 ? Math.Max(0, position - Window + 1) : 0;
}
