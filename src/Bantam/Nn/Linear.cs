using Bantam.Execution;
using Bantam.Tensors;

namespace Bantam.Nn;

/// <summary>
/// y = x·Wᵀ. The seam of the engine: the model knows that a linear maps [T, in] to [T, out]; the kernels know in which of
/// the formats W [out, in] is stored.
/// </summary>
public class Linear
{
    /// <summary>Makes the linear of <paramref name="weight"/>; <paramref name="path"/> names it in errors.</summary>
    public Linear(string path, Tensor weight) => (Path, Weight) = (path, weight);

    /// <summary>Loads <c><paramref name="path"/>.weight</c>.</summary>
    public Linear(Weights weights, string path, int outputs, int inputs)
        : this(path, weights.Matrix($"{path}.weight", outputs, inputs))
    {
    }

    /// <summary>Its path in the checkpoint, without <c>.weight</c>.</summary>
    public string Path { get; }

    /// <summary>W [out, in].</summary>
    public Tensor Weight { get; }

    /// <summary>Maps x [T, in] to [T, out].</summary>
    /// <exception cref="ArgumentException">x is not as wide as W.</exception>
    public virtual Tensor Forward(Pass pass, Tensor x)
    {
        if (x.Shape.Columns != Weight.Shape.Columns)
            throw new ArgumentException($"linear '{Path}': x is {x.Shape} but the weight is {Weight.Shape}; does it belong to another model?", nameof(x));
        return Ops.MatMul.Forward(pass, x, Weight);
    }
}
