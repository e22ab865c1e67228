using System.Runtime.Intrinsics;
using Bantam.Tensors;

namespace Bantam.Kernels.Quant;

/// <summary>IEEE binary32: the bits are the number.</summary>
public readonly unsafe struct F32 : IBlockFormat, IFloatFormat
{
    /// <inheritdoc/>
    public static DType DType => DType.F32;

    /// <inheritdoc/>
    public static DType Activation => DType.F32;

    static int IFloatFormat.Size => 4;

    static bool IFloatFormat.WidensInPlace => false;

    /// <inheritdoc/>
    public static void Quantize(float* x, byte* blocks, long n) => Buffer.MemoryCopy(x, blocks, n * 4, n * 4);

    /// <inheritdoc/>
    public static void RoundActivation(float* x, byte* activation, long n) => Buffer.MemoryCopy(x, activation, n * 4, n * 4);

    /// <inheritdoc/>
    public static void Dequantize(byte* blocks, float* x, long n) => Buffer.MemoryCopy(blocks, x, n * 4, n * 4);

    /// <inheritdoc/>
    public static float DotReference(byte* row, byte* activation, long n) => FloatKernels.DotReference<F32>(row, (float*)activation, n);

    /// <inheritdoc/>
    public static float Dot(byte* row, byte* activation, long n) => FloatKernels.Dot<F32>(row, (float*)activation, n);

    /// <inheritdoc/>
    public static void Unpack(byte* blocks, float* x, long n) => Dequantize(blocks, x, n);

    static float IFloatFormat.Widen(byte* p) => *(float*)p;

    static Vector128<float> IFloatFormat.Widen128(byte* p) => Vector128.Load((float*)p);

    static Vector256<float> IFloatFormat.Widen256(byte* p) => Vector256.Load((float*)p);

    static Vector512<float> IFloatFormat.Widen512(byte* p) => Vector512.Load((float*)p);
}
