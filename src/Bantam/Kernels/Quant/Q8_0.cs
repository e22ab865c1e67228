using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Bantam.Tensors;

namespace Bantam.Kernels.Quant;

/// <summary>
/// 32 signed bytes to a half-precision scale: x = d·q, d = max|x| / 127. Also the activation partner of all 32-element
/// formats without a minimum. Layout after ggml's <c>block_q8_0</c>: d (2 bytes), then the 32 codes.
/// </summary>
public readonly unsafe struct Q8_0 : IBlockFormat, IBlock32
{
    private const int Size = 32;

    /// <inheritdoc/>
    public static DType DType => DType.Q8_0;

    /// <inheritdoc/>
    public static DType Activation => DType.Q8_0;

    internal static int Bytes => 2 + Size;

    static int IBlock32.Bytes => Bytes;

    /// <summary>q = round(x / d) with the unrounded d, halves away from zero; d is stored as a half.</summary>
    public static void Quantize(float* x, byte* blocks, long n)
    {
        for (; n > 0; n -= Size, x += Size, blocks += Bytes)
            *(ushort*)blocks = F16.Narrow(RoundReference(x, (sbyte*)blocks + 2));
    }

    /// <inheritdoc/>
    public static void RoundActivation(float* x, byte* activation, long n)
    {
        for (; n > 0; n -= Size, x += Size, activation += Bytes)
            *(ushort*)activation = F16.Narrow(Round(x, (sbyte*)activation + 2));
    }

    /// <summary>The codes of one block by <see cref="Quantize"/>'s rule; returns d, not rounded.</summary>
    internal static float Round(float* x, sbyte* codes)
    {
        if (!Avx2.IsSupported) return RoundReference(x, codes);
        var x0 = Vector256.Load(x);
        var x1 = Vector256.Load(x + 8);
        var x2 = Vector256.Load(x + 16);
        var x3 = Vector256.Load(x + 24);
        var eight = Vector256.Max(
            Vector256.Max(Vector256.Abs(x0), Vector256.Abs(x1)),
            Vector256.Max(Vector256.Abs(x2), Vector256.Abs(x3)));
        var four = Vector128.Max(eight.GetLower(), eight.GetUpper());
        var d = MathF.Max(MathF.Max(four[0], four[1]), MathF.Max(four[2], four[3])) / 127;
        var inverse = Vector256.Create(d == 0 ? 0 : 1 / d);
        Int8Lanes.Narrow(Round(x0 * inverse), Round(x1 * inverse), Round(x2 * inverse), Round(x3 * inverse)).Store(codes);
        return d;
    }

    private static float RoundReference(float* x, sbyte* codes)
    {
        var max = 0f;
        for (var i = 0; i < Size; i++) max = MathF.Max(max, MathF.Abs(x[i]));
        var d = max / 127;
        var inverse = d == 0 ? 0 : 1 / d;
        for (var i = 0; i < Size; i++) codes[i] = (sbyte)MathF.Round(x[i] * inverse, MidpointRounding.AwayFromZero);
        return d;
    }

    /// <inheritdoc/>
    public static void Dequantize(byte* blocks, float* x, long n) => Block32Kernels.Dequantize<Q8_0>(blocks, x, n);

    /// <inheritdoc/>
    public static void Unpack(byte* blocks, float* x, long n) => Block32Kernels.Unpack<Q8_0>(blocks, x, n);

    /// <inheritdoc/>
    public static float DotReference(byte* row, byte* activation, long n) => Block32Kernels.DotReference<Q8_0>(row, activation, n);

    /// <inheritdoc/>
    public static float Dot(byte* row, byte* activation, long n) => Block32Kernels.Dot<Q8_0>(row, activation, n);

    static float IBlock32.Scale(byte* block) => Scale(block);

    static int IBlock32.Code(byte* block, int i) => (sbyte)block[2 + i];

    static Vector256<sbyte> IBlock32.Codes(byte* block) => Vector256.Load((sbyte*)block + 2);

    static bool IBlock32.IsNibbled => false;

    static Vector512<sbyte> IBlock32.Pair(byte* first, byte* second) => Vector512.Create(Vector256.Load((sbyte*)first + 2), Vector256.Load((sbyte*)second + 2));

    static bool IBlock32.IsSigned => true;

    internal static float Scale(byte* block) => F16.Widen(*(ushort*)block);

    // Nearest with halves away from zero. The register rounds halves to even; where that went towards zero, the remainder
    // is exactly ±½ with the sign of v, and one is added.
    private static Vector256<int> Round(Vector256<float> v)
    {
        var even = Vector256.Round(v);
        var half = Vector256.CopySign(Vector256.Create(0.5f), v);
        var towardsZero = Vector256.Equals(v - even, half);
        return Vector256.ConvertToInt32Native(even + (towardsZero & (half + half)));
    }
}
