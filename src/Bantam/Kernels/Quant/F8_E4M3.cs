using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Bantam.Tensors;

namespace Bantam.Kernels.Quant;

/// <summary>
/// 8-bit float of sign, four exponent bits (bias 7) and three mantissa bits, in the variant of the OCP specification
/// (OCP 8-bit Floating Point, E4M3): no infinities, NaN only where all seven lower bits are set, so that finite values
/// reach 448; subnormals step by 2^-9. Checkpoints keep scales beside it (<see cref="TensorScales"/>).
/// </summary>
public readonly unsafe struct F8_E4M3 : IBlockFormat, IFloatFormat
{
    private const byte Most = 0x7e;
    private const byte NaN = 0x7f;

    // The exponent and mantissa, moved to a float's place, read 2^120 times too small (biases 7 and 127).
    private const uint Rebias = (127 + 120) << 23;
    private const int Places = unchecked((int)0x87f00000);

    /// <inheritdoc/>
    public static DType DType => DType.F8_E4M3;

    /// <inheritdoc/>
    public static DType Activation => DType.F32;

    static int IFloatFormat.Size => 1;

    static bool IFloatFormat.WidensInPlace => false;

    /// <summary>Rounds to nearest, ties to even; what lies beyond ±448, infinity too, becomes ±448, and a NaN stays one.</summary>
    public static void Quantize(float* x, byte* blocks, long n)
    {
        for (long k = 0; k < n; k++) blocks[k] = Narrow(x[k]);
    }

    /// <inheritdoc/>
    public static void RoundActivation(float* x, byte* activation, long n) => Buffer.MemoryCopy(x, activation, n * 4, n * 4);

    /// <inheritdoc/>
    public static void Dequantize(byte* blocks, float* x, long n)
    {
        for (long k = 0; k < n; k++) x[k] = Widen(blocks[k]);
    }

    /// <inheritdoc/>
    public static float DotReference(byte* row, byte* activation, long n) => FloatKernels.DotReference<F8_E4M3>(row, (float*)activation, n);

    /// <inheritdoc/>
    public static float Dot(byte* row, byte* activation, long n) => FloatKernels.Dot<F8_E4M3>(row, (float*)activation, n);

    /// <inheritdoc/>
    public static void Unpack(byte* blocks, float* x, long n) => FloatKernels.Unpack<F8_E4M3>(blocks, x, n);

    static float IFloatFormat.Widen(byte* p) => Widen(*p);

    static Vector128<float> IFloatFormat.Widen128(byte* p) =>
        Widen(Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(uint*)p).AsByte())).AsInt32());

    // A call behind the loop of a dot product would cost it the register of its sum.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<float> IFloatFormat.Widen256(byte* p)
    {
        var bits = Avx2.IsSupported
            ? Avx2.ConvertToVector256Int32(p)
            : Vector256.WidenLower(Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(ulong*)p).AsByte()).ToVector256Unsafe()).AsInt32();
        // Sign and magnitude go to the top; moved back by four with the sign, each lies where a float has its own.
        var value = (((bits << 24) >> 4) & Vector256.Create(Places)).AsSingle() * Vector256.Create(Rebias).AsSingle();
        var nan = Vector256.Equals(bits | Vector256.Create(0x80), Vector256.Create(0xff)).AsSingle();
        return Vector256.ConditionalSelect(nan, Vector256.Create(float.NaN), value);
    }

    // As above, sixteen at a time.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> IFloatFormat.Widen512(byte* p)
    {
        var bits = Avx512F.ConvertToVector512Int32(Vector128.Load(p));
        var value = (((bits << 24) >> 4) & Vector512.Create(Places)).AsSingle() * Vector512.Create(Rebias).AsSingle();
        var nan = Vector512.Equals(bits | Vector512.Create(0x80), Vector512.Create(0xff)).AsSingle();
        return Vector512.ConditionalSelect(nan, Vector512.Create(float.NaN), value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Widen(Vector128<int> bits)
    {
        var value = (((bits << 24) >> 4) & Vector128.Create(Places)).AsSingle() * Vector128.Create(Rebias).AsSingle();
        var nan = Vector128.Equals(bits | Vector128.Create(0x80), Vector128.Create(0xff)).AsSingle();
        return Vector128.ConditionalSelect(nan, Vector128.Create(float.NaN), value);
    }

    private static float Widen(byte bits)
    {
        if ((bits & NaN) == NaN) return float.NaN;
        // The multiplication restores the exponent and normalises subnormals, exactly.
        return BitConverter.Int32BitsToSingle((bits << 24 >> 4) & Places) * BitConverter.UInt32BitsToSingle(Rebias);
    }

    private static byte Narrow(float x)
    {
        // The smallest normal number; below it values step by 2^-9, and rounding up to the eighth step gives its code.
        const float Normal = 1f / 64;
        var sign = (byte)((BitConverter.SingleToUInt32Bits(x) >> 24) & 0x80);
        var magnitude = MathF.Abs(x);
        if (float.IsNaN(x)) return (byte)(sign | NaN);
        if (magnitude < Normal) return (byte)(sign | (int)MathF.Round(magnitude * 512, MidpointRounding.ToEven));
        var bits = BitConverter.SingleToUInt32Bits(magnitude);
        var rounded = ((bits + 0x7ffff + ((bits >> 20) & 1)) >> 20) - (120 << 3);
        return (byte)(sign | Math.Min(rounded, Most));
    }
}
