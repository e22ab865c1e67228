using Bantam.Execution;
using Bantam.Tensors;

namespace Bantam.Nn;

/// <summary>A linear whose matrix lies [in, out], GPT-2's name for it in Hugging Face checkpoints: y = x·W + b.</summary>
/// <exception cref="BantamException">The matrix is in blocks or has scales, which cannot be read across (BT2101).</exception>
public sealed class Conv1D(Weights weights, string path, int outputs, int inputs)
    : Linear(path, Matrix(weights, $"{path}.weight", inputs, outputs), weights.Vector($"{path}.bias", outputs))
{
    /// <inheritdoc/>
    public override long Inputs => Weight.Shape[0];

    /// <inheritdoc/>
    public override long Outputs => Weight.Shape[1];

    /// <inheritdoc/>
    protected override Tensor Multiply(Pass pass, Tensor x) => Ops.MatMulInputFirst.Forward(pass, x, Weight);

    private static Tensor Matrix(Weights weights, string path, int inputs, int outputs)
    {
        var tensor = weights.Matrix(path, inputs, outputs);
        return tensor.DType == DType.F32 || tensor.DType == DType.F16 || tensor.DType == DType.BF16 || tensor.DType == DType.F64
            ? tensor
            : throw new BantamException("BT2101", $"{weights.Source}: '{path}' lies [in, out], and runs like that in F32, F16 or BF16, not in {tensor.DType}; convert the model to GGUF first");
    }
}
