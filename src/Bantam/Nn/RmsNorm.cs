using Bantam.Execution;
using Bantam.Tensors;

namespace Bantam.Nn;

/// <summary>Root-mean-square normalisation with a gain per channel.</summary>
public sealed class RmsNorm(Weights weights, string path, int width, float eps)
{
    /// <summary>The gain [C].</summary>
    public Tensor Weight { get; } = weights.Vector($"{path}.weight", width);

    /// <summary>Normalises the rows of x [T, C].</summary>
    public Tensor Forward(Pass pass, Tensor x) => Ops.RmsNorm.Forward(pass, x, Weight, eps);
}
