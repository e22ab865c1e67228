using Bantam.Execution;
using Bantam.Tensors;

namespace Bantam.Nn;

/// <summary>Root-mean-square normalisation with a gain per channel, which Gemma's checkpoints store less one.</summary>
public sealed class RmsNorm(Weights weights, string path, int width, float eps, bool unitOffset = false)
{
    /// <summary>The gain [C], as it is stored.</summary>
    public Tensor Weight { get; } = weights.Vector($"{path}.weight", width);

    /// <summary>Normalises the rows of x [T, C].</summary>
    public Tensor Forward(Pass pass, Tensor x) => Ops.RmsNorm.Forward(pass, x, Weight, eps, unitOffset);

    /// <summary>Normalises every head of x [T, H·C], each C wide, for itself.</summary>
    public Tensor PerHead(Pass pass, Tensor x) =>
        Forward(pass, x.Reshape(x.Shape.Count / width, width)).WithShape(x.Shape);
}
