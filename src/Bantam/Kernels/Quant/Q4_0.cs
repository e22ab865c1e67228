using System.Runtime.Intrinsics;
using Bantam.Tensors;

namespace Bantam.Kernels.Quant;

/// <summary>
/// 32 nibbles to a half-precision scale: x = d·(q − 8). Layout after ggml's <c>block_q4_0</c>: d (2 bytes), then 16 bytes
/// of which number j holds element j in its low and element j + 16 in its high half.
/// </summary>
public readonly unsafe struct Q4_0 : IBlockFormat, IBlock32
{
    private const int Size = 32;
    private const int Half = Size / 2;

    /// <inheritdoc/>
    public static DType DType => DType.Q4_0;

    /// <inheritdoc/>
    public static DType Activation => DType.Q8_0;

    static int IBlock32.Bytes => 2 + Half;

    /// <summary>d maps the element of largest magnitude, sign kept, to −8; q = min(15, ⌊x/d + 8.5⌋) with the unrounded d.</summary>
    public static void Quantize(float* x, byte* blocks, long n)
    {
        for (; n > 0; n -= Size, x += Size, blocks += 2 + Half)
        {
            var extreme = 0f;
            for (var i = 0; i < Size; i++)
                if (MathF.Abs(x[i]) > MathF.Abs(extreme)) extreme = x[i];
            var d = extreme / -8;
            var inverse = d == 0 ? 0 : 1 / d;
            *(ushort*)blocks = F16.Narrow(d);
            for (var j = 0; j < Half; j++)
                blocks[2 + j] = (byte)(Nearest(x[j] * inverse) | (Nearest(x[j + Half] * inverse) << 4));
        }

        static int Nearest(float scaled) => Math.Min(15, (int)(scaled + 8.5f));
    }

    /// <inheritdoc/>
    public static void RoundActivation(float* x, byte* activation, long n) => Q8_0.RoundActivation(x, activation, n);

    /// <inheritdoc/>
    public static void Dequantize(byte* blocks, float* x, long n) => Block32Kernels.Dequantize<Q4_0>(blocks, x, n);

    /// <inheritdoc/>
    public static void Unpack(byte* blocks, float* x, long n) => Block32Kernels.Unpack<Q4_0>(blocks, x, n);

    /// <inheritdoc/>
    public static float DotReference(byte* row, byte* activation, long n) => Block32Kernels.DotReference<Q4_0>(row, activation, n);

    /// <inheritdoc/>
    public static float Dot(byte* row, byte* activation, long n) => Block32Kernels.Dot<Q4_0>(row, activation, n);

    static float IBlock32.Scale(byte* block) => F16.Widen(*(ushort*)block);

    static int IBlock32.Code(byte* block, int i) => ((block[2 + (i % Half)] >> (i < Half ? 0 : 4)) & 15) - 8;

    static Vector256<sbyte> IBlock32.Codes(byte* block) =>
        Int8Lanes.Nibbles(Vector128.Load(block + 2)).AsSByte() - Vector256.Create((sbyte)8);
}
