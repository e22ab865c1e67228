using Bantam.Tensors;

namespace Bantam.Formats.Safetensors;

/// <summary>A tensor to be written: its line in the header, and who provides its bytes when their turn comes.</summary>
/// <param name="Name">Its path in the checkpoint.</param>
/// <param name="DType">A type that has a name in the format (<see cref="DType.SafetensorsName"/>).</param>
/// <param name="Shape">Dimensions, outermost first.</param>
/// <param name="Write">Writes exactly the tensor's bytes, row-major and little-endian, to the stream.</param>
public sealed record SafetensorsEntry(string Name, DType DType, Shape Shape, Action<Stream> Write)
{
    /// <summary>An entry whose bytes are those of <paramref name="tensor"/>; its storage must stay alive until they are written.</summary>
    /// <exception cref="ArgumentException">The tensor has scales, which its bytes do not hold.</exception>
    public static SafetensorsEntry Of(string name, Tensor tensor) => tensor.Scales is null
        ? new(name, tensor.DType, tensor.Shape, stream => Copy(tensor, stream))
        : throw new ArgumentException($"tensor '{name}' has scales beside its bytes; encode it in another type", nameof(tensor));

    /// <summary>Length in bytes.</summary>
    public long Bytes => DType.Bytes(Shape.Count);

    private static unsafe void Copy(Tensor tensor, Stream stream)
    {
        // A span holds less than 2 GiB; an embedding may be longer.
        const int Most = 1 << 24;
        for (var done = 0L; done < tensor.Bytes; done += Most)
            stream.Write(new ReadOnlySpan<byte>(tensor.Data + done, (int)Math.Min(Most, tensor.Bytes - done)));
    }
}
