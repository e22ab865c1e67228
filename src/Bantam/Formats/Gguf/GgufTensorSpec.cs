using System.Text;
using Bantam.Tensors;

namespace Bantam.Formats.Gguf;

/// <summary>A tensor as GGUF describes it, wherever its bytes are.</summary>
/// <param name="Name">Name in the file: <c>blk.0.attn_q.weight</c>.</param>
/// <param name="DType">How the values are stored.</param>
/// <param name="Shape">Dimensions, outermost first; the file lists them the other way round.</param>
public record GgufTensorSpec(string Name, DType DType, Shape Shape)
{
    /// <summary>Bytes of the data, without padding.</summary>
    public long Bytes => DType.Bytes(Shape.Count);

    // A string, a rank, the dimensions, a type and an offset.
    internal long InfoBytes => 8 + Encoding.UTF8.GetByteCount(Name) + 4 + (8L * Shape.Rank) + 4 + 8;
}

/// <summary>A tensor that lies in a file.</summary>
/// <param name="Name">Name in the file.</param>
/// <param name="DType">How the values are stored.</param>
/// <param name="Shape">Dimensions, outermost first.</param>
/// <param name="Offset">First byte, counted from the start of the data section of its file.</param>
/// <param name="Part">Which file of a split model holds it, from 0.</param>
public sealed record GgufTensorInfo(string Name, DType DType, Shape Shape, long Offset, int Part = 0)
    : GgufTensorSpec(Name, DType, Shape);

/// <summary>A tensor to be written, with what produces its bytes.</summary>
/// <param name="Name">Name in the file.</param>
/// <param name="DType">How the values are stored.</param>
/// <param name="Shape">Dimensions, outermost first.</param>
/// <param name="Write">Called once, when the tensor's turn comes; writes exactly <see cref="GgufTensorSpec.Bytes"/> bytes.</param>
public sealed record GgufTensorSource(string Name, DType DType, Shape Shape, Action<Stream> Write)
    : GgufTensorSpec(Name, DType, Shape)
{
    /// <summary>The bytes of <paramref name="tensor"/> as they lie, under <paramref name="name"/>.</summary>
    /// <exception cref="ArgumentException">The tensor has scales, which its bytes do not hold.</exception>
    public static GgufTensorSource From(string name, Tensor tensor) => tensor.Scales is null
        ? new(name, tensor.DType, tensor.Shape, stream => Copy(tensor, stream))
        : throw new ArgumentException($"tensor '{name}' has scales beside its bytes; encode it in another type", nameof(tensor));

    private static unsafe void Copy(Tensor tensor, Stream stream)
    {
        // A span holds less than 2 GiB and a tensor may hold more.
        const int Most = 1 << 24;
        var bytes = tensor.Bytes;
        for (long at = 0; at < bytes; at += Most)
            stream.Write(new ReadOnlySpan<byte>(tensor.Data + at, (int)Math.Min(Most, bytes - at)));
        // The storage must outlive the copy even where nobody else holds it.
        GC.KeepAlive(tensor.Owner);
    }
}
