using Bantam.Execution;
using Bantam.Tensors;

namespace Bantam.Nn;

/// <summary>A linear whose matrix lies [in, out], GPT-2's name for it in Hugging Face checkpoints: y = x·W + b.</summary>
public sealed class Conv1D(Weights weights, string path, int outputs, int inputs)
    : Linear(path, weights.Matrix($"{path}.weight", inputs, outputs), weights.Vector($"{path}.bias", outputs))
{
    /// <inheritdoc/>
    public override long Inputs => Weight.Shape[0];

    /// <inheritdoc/>
    public override long Outputs => Weight.Shape[1];

    /// <inheritdoc/>
    protected override Tensor Multiply(Pass pass, Tensor x) => Ops.MatMulInputFirst.Forward(pass, x, Weight);
}
