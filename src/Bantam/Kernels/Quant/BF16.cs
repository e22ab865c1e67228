using System.Runtime.Intrinsics;
using Bantam.Tensors;

namespace Bantam.Kernels.Quant;

/// <summary>bfloat16: the upper half of a binary32.</summary>
public readonly unsafe struct BF16 : IBlockFormat, IFloatFormat
{
    /// <inheritdoc/>
    public static DType DType => DType.BF16;

    /// <inheritdoc/>
    public static DType Activation => DType.F32;

    static int IFloatFormat.Size => 2;

    static bool IFloatFormat.WidensInPlace => true;

    /// <summary>Rounds to nearest, ties to even; a NaN stays a (quiet) NaN.</summary>
    public static void Quantize(float* x, byte* blocks, long n) => HalfRounding.ToBF16(x, (ushort*)blocks, n);

    /// <inheritdoc/>
    public static void RoundActivation(float* x, byte* activation, long n) => Buffer.MemoryCopy(x, activation, n * 4, n * 4);

    /// <inheritdoc/>
    public static void Dequantize(byte* blocks, float* x, long n)
    {
        for (long k = 0; k < n; k++) x[k] = Widen(blocks + (k * 2));
    }

    /// <inheritdoc/>
    public static float DotReference(byte* row, byte* activation, long n) => FloatKernels.DotReference<BF16>(row, (float*)activation, n);

    /// <inheritdoc/>
    public static float Dot(byte* row, byte* activation, long n) => FloatKernels.Dot<BF16>(row, (float*)activation, n);

    /// <inheritdoc/>
    public static void Unpack(byte* blocks, float* x, long n) => FloatKernels.Unpack<BF16>(blocks, x, n);

    static float IFloatFormat.Widen(byte* p) => Widen(p);

    static Vector128<float> IFloatFormat.Widen128(byte* p) =>
        (Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(ulong*)p).AsUInt16()) << 16).AsSingle();

    static Vector256<float> IFloatFormat.Widen256(byte* p) =>
        (Vector256.WidenLower(Vector128.Load((ushort*)p).ToVector256Unsafe()) << 16).AsSingle();

    static Vector512<float> IFloatFormat.Widen512(byte* p) =>
        (Vector512.WidenLower(Vector256.Load((ushort*)p).ToVector512Unsafe()) << 16).AsSingle();

    private static float Widen(byte* p) => BitConverter.UInt32BitsToSingle((uint)*(ushort*)p << 16);
}
