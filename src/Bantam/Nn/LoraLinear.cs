using Bantam.Execution;
using Bantam.Tensors;

namespace Bantam.Nn;

/// <summary>
/// A frozen linear with a low-rank adapter beside it (arXiv 2106.09685): y = x·Wᵀ + s·(x·Aᵀ)·Bᵀ for the rows that use the
/// adapter. A [r, in], B [out, r], s = alpha / r.
/// </summary>
public sealed class LoraLinear : Linear
{
    private readonly Linear _base;

    /// <summary>Puts the adapter numbered <paramref name="adapter"/> beside <paramref name="inner"/>.</summary>
    /// <exception cref="ArgumentException">A or B does not fit W.</exception>
    public LoraLinear(Linear inner, Tensor a, Tensor b, float scale, int adapter = 0)
        : base(inner.Path, inner.Weight, inner.Bias)
    {
        var (outputs, inputs) = (inner.Outputs, inner.Inputs);
        if (a.Shape[1] != inputs || b.Shape[0] != outputs || a.Shape[0] != b.Shape[1])
            throw new ArgumentException($"linear '{inner.Path}': A is {a.Shape} and B is {b.Shape} but the weight is {inner.Weight.Shape}; is this LoRA from another base model?", nameof(a));
        (_base, A, B, Scale, Adapter) = (inner, a, b, scale, adapter);
    }

    /// <summary>A [r, in].</summary>
    public Tensor A { get; }

    /// <summary>B [out, r].</summary>
    public Tensor B { get; }

    /// <summary>s.</summary>
    public float Scale { get; }

    /// <summary>Rows with this <see cref="Row.Adapter"/> use it.</summary>
    public int Adapter { get; }

    /// <inheritdoc/>
    public override long Inputs => _base.Inputs;

    /// <inheritdoc/>
    public override long Outputs => _base.Outputs;

    /// <inheritdoc/>
    public override Tensor Forward(Pass pass, Tensor x)
    {
        var y = _base.Forward(pass, x);
        var mark = pass.Mark();
        var delta = Ops.MatMul.Forward(pass, Ops.MatMul.Forward(pass, x, A), B);
        Ops.AddAdapter.Forward(pass, y, delta, Scale, Adapter);
        pass.Release(mark);
        return y;
    }
}
