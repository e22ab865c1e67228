using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Bantam.Tensors;

namespace Bantam.Kernels.Quant;

/// <summary>IEEE binary16.</summary>
public readonly unsafe struct F16 : IBlockFormat, IFloatFormat
{
    // A half's exponent and mantissa, moved to a float's place, read 2^112 times too small (biases 15 and 127).
    private const uint Rebias = (127 + 112) << 23;

    /// <inheritdoc/>
    public static DType DType => DType.F16;

    /// <inheritdoc/>
    public static DType Activation => DType.F32;

    static int IFloatFormat.Size => 2;

    static bool IFloatFormat.WidensInPlace => false;

    /// <summary>Rounds to nearest, ties to even; beyond ±65504 becomes infinite.</summary>
    public static void Quantize(float* x, byte* blocks, long n) => HalfRounding.ToF16(x, (ushort*)blocks, n);

    /// <inheritdoc/>
    public static void RoundActivation(float* x, byte* activation, long n) => Buffer.MemoryCopy(x, activation, n * 4, n * 4);

    /// <inheritdoc/>
    public static void Dequantize(byte* blocks, float* x, long n)
    {
        for (long k = 0; k < n; k++) x[k] = (float)((Half*)blocks)[k];
    }

    /// <inheritdoc/>
    public static float DotReference(byte* row, byte* activation, long n) => FloatKernels.DotReference<F16>(row, (float*)activation, n);

    /// <inheritdoc/>
    public static float Dot(byte* row, byte* activation, long n) => FloatKernels.Dot<F16>(row, (float*)activation, n);

    /// <inheritdoc/>
    public static void Unpack(byte* blocks, float* x, long n) => FloatKernels.Unpack<F16>(blocks, x, n);

    static float IFloatFormat.Widen(byte* p) => Widen(*(ushort*)p);

    /// <summary>The number of one half's bits; block formats store their scales so.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float Widen(ushort bits)
    {
        var magnitude = (bits & 0x7fffu) << 13;
        var value = BitConverter.UInt32BitsToSingle(magnitude) * BitConverter.UInt32BitsToSingle(Rebias);
        var special = magnitude >= 0x7c00u << 13 ? 0x7f800000u : 0;
        return BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(value) | special | ((bits & 0x8000u) << 16));
    }

    /// <summary>The bits of <paramref name="x"/> rounded to a half.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ushort Narrow(float x) => BitConverter.HalfToUInt16Bits((Half)x);

    /// <summary>The numbers of four halves' bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector128<float> Widen(ulong fourHalves)
    {
        var bits = Vector128.WidenLower(Vector128.CreateScalarUnsafe(fourHalves).AsUInt16());
        var sign = (bits & Vector128.Create(0x8000u)) << 16;
        var magnitude = (bits & Vector128.Create(0x7fffu)) << 13;
        var value = (magnitude.AsSingle() * Vector128.Create(Rebias).AsSingle()).AsUInt32();
        var special = Vector128.GreaterThanOrEqual(magnitude, Vector128.Create(0x7c00u << 13)) & Vector128.Create(0x7f800000u);
        return (value | special | sign).AsSingle();
    }

    static Vector128<float> IFloatFormat.Widen128(byte* p) => Widen(*(ulong*)p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<float> IFloatFormat.Widen256(byte* p) => Widen(Vector256.WidenLower(Vector128.Load((ushort*)p).ToVector256Unsafe()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> IFloatFormat.Widen512(byte* p) => Widen(Vector512.WidenLower(Vector256.Load((ushort*)p).ToVector512Unsafe()));

    /// <summary>The numbers of eight halves' bits, each in the lower half of its lane and zeros above.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<float> Widen(Vector256<uint> bits)
    {
        var sign = (bits & Vector256.Create(0x8000u)) << 16;
        var magnitude = (bits & Vector256.Create(0x7fffu)) << 13;
        // The multiplication restores the exponent and normalises subnormals, exactly.
        var value = (magnitude.AsSingle() * Vector256.Create(Rebias).AsSingle()).AsUInt32();
        // Exponent 31 means infinity or NaN: all exponent bits of the float.
        var special = Vector256.GreaterThanOrEqual(magnitude, Vector256.Create(0x7c00u << 13)) & Vector256.Create(0x7f800000u);
        return (value | special | sign).AsSingle();
    }

    /// <summary>As above, sixteen at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Widen(Vector512<uint> bits)
    {
        var sign = (bits & Vector512.Create(0x8000u)) << 16;
        var magnitude = (bits & Vector512.Create(0x7fffu)) << 13;
        var value = (magnitude.AsSingle() * Vector512.Create(Rebias).AsSingle()).AsUInt32();
        var special = Vector512.GreaterThanOrEqual(magnitude, Vector512.Create(0x7c00u << 13)) & Vector512.Create(0x7f800000u);
        return (value | special | sign).AsSingle();
    }
}
