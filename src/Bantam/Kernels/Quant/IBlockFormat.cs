using Bantam.Tensors;

namespace Bantam.Kernels.Quant;

/// <summary>
/// One storage format: what its bits mean. Quantise, dequantise and <see cref="DotReference"/> are the specification,
/// written to be read; <see cref="Dot"/> and <see cref="Unpack"/> are the same numbers, faster.
/// Lengths are in elements and multiples of the block; pointers need no alignment.
/// </summary>
public unsafe interface IBlockFormat
{
    /// <summary>Layout of the blocks.</summary>
    static abstract DType DType { get; }

    /// <summary>
    /// What an activation row is rounded to before it meets this format: its 8-bit partner (as ggml does), or F32 where
    /// the weights are floats.
    /// </summary>
    static abstract DType Activation { get; }

    /// <summary>Encodes <paramref name="n"/> floats.</summary>
    static abstract void Quantize(float* x, byte* blocks, long n);

    /// <summary>Rounds <paramref name="n"/> floats of an activation row to <see cref="Activation"/>; not called where that is F32.</summary>
    static abstract void RoundActivation(float* x, byte* activation, long n);

    /// <summary>Decodes <paramref name="n"/> elements, the scalar specification.</summary>
    static abstract void Dequantize(byte* blocks, float* x, long n);

    /// <summary>Σ row·activation over <paramref name="n"/> elements, the scalar specification.</summary>
    static abstract float DotReference(byte* row, byte* activation, long n);

    /// <summary><see cref="DotReference"/> on the best instruction set of this machine, bit for bit.</summary>
    static abstract float Dot(byte* row, byte* activation, long n);

    /// <summary><see cref="Dequantize"/> on the best instruction set of this machine, bit for bit.</summary>
    static abstract void Unpack(byte* blocks, float* x, long n);
}
