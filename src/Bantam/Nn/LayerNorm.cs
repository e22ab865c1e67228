using Bantam.Execution;
using Bantam.Tensors;

namespace Bantam.Nn;

/// <summary>Layer normalisation with a gain and a bias per channel.</summary>
public sealed class LayerNorm(Weights weights, string path, int width, float eps)
{
    /// <summary>The gain [C].</summary>
    public Tensor Weight { get; } = weights.Vector($"{path}.weight", width);

    /// <summary>The bias [C].</summary>
    public Tensor Bias { get; } = weights.Vector($"{path}.bias", width);

    /// <summary>Normalises the rows of x [T, C].</summary>
    public Tensor Forward(Pass pass, Tensor x) => Ops.LayerNorm.Forward(pass, x, Weight, Bias, eps);
}
