using System.Runtime.Intrinsics;
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
            *(ushort*)blocks = F16.Narrow(Q8Block.RoundReference(x, (sbyte*)blocks + 2, out _));
    }

    /// <inheritdoc/>
    public static void RoundActivation(float* x, byte* activation, long n)
    {
        // Scales are narrowed together: one by one they take longer than all the codes.
        const int Together = 16;
        var scales = stackalloc float[Together];
        var halves = stackalloc ushort[Together];
        for (var blocks = n / Size; blocks > 0; blocks -= Together)
        {
            var count = (int)Math.Min(Together, blocks);
            for (var b = 0; b < count; b++, x += Size) scales[b] = Q8Block.Round(x, (sbyte*)activation + (b * Bytes) + 2, out _);
            F16.Quantize(scales, (byte*)halves, count);
            for (var b = 0; b < count; b++, activation += Bytes) *(ushort*)activation = halves[b];
        }
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
}
