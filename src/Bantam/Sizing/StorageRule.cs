using Bantam.Models;
using Bantam.Tensors;

namespace Bantam.Sizing;

/// <summary>
/// Which type each tensor gets when a model is stored in a format. Everything that predicts or writes bytes asks here.
/// </summary>
/// <remarks>
/// Vectors (norms, biases), learned positions and routers stay F32: they are small, and a router's error picks another
/// expert. Every other tensor gets the format where its rows divide into whole blocks, and F16 where they do not.
/// </remarks>
public static class StorageRule
{
    /// <summary>The type in which <paramref name="tensor"/> is stored when the model's format is <paramref name="format"/>.</summary>
    public static DType TypeOf(TensorSpec tensor, DType format)
    {
        if (tensor.Shape.Rank < 2 || tensor.Role is TensorRole.Norm or TensorRole.Bias or TensorRole.Position or TensorRole.Router) return DType.F32;
        return tensor.RowLength % format.BlockSize == 0 ? format : DType.F16;
    }

    /// <inheritdoc cref="TypeOf(TensorSpec, DType)"/>
    /// <param name="path">Its path in a Hugging Face checkpoint, or its name in a GGUF file; tells what it is for.</param>
    /// <param name="tensor">The tensor.</param>
    /// <param name="format">The model's format.</param>
    public static DType TypeOf(string path, Tensor tensor, DType format) => TypeOf(TensorRoles.Spec(path, tensor.Shape), format);

    /// <summary>Bytes of <paramref name="tensor"/> when the model's format is <paramref name="format"/>; alignment of a file not counted.</summary>
    public static long Bytes(TensorSpec tensor, DType format) => TypeOf(tensor, format).Bytes(tensor.Shape.Count);
}
