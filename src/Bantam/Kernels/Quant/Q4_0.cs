using System.Runtime.Intrinsics;
using Bantam.Tensors;

namespace Bantam.Kernels.Quant;

/// <summary>
/// 32 nibbles to a half-precision scale: x = d·(q − 8). Layout after ggml's <c>block_q4_0</c>: d (2 bytes), then 16 bytes
/// of <see cref="Nibbles"/>.
/// </summary>
public readonly unsafe struct Q4_0 : IBlockFormat, IBlock32
{
    private const int Size = 32;
    private const int Bytes = 2 + (Size / 2);

    /// <inheritdoc/>
    public static DType DType => DType.Q4_0;

    /// <inheritdoc/>
    public static DType Activation => Block32Kernels.Activation<Q4_0>();

    static int IBlock32.Bytes => Bytes;

    /// <summary>d maps the element of largest magnitude, sign kept, to −8; q = min(15, ⌊x/d + 8.5⌋) with the unrounded d.</summary>
    public static void Quantize(float* x, byte* blocks, long n)
    {
        var codes = stackalloc byte[Size];
        for (; n > 0; n -= Size, x += Size, blocks += Bytes)
        {
            *(ushort*)blocks = F16.Narrow(Rounding.Symmetric(x, Size, 8, codes));
            _ = Nibbles.Pack(codes, blocks + 2);
        }
    }

    /// <inheritdoc/>
    public static void RoundActivation(float* x, byte* activation, long n) => Block32Kernels.RoundActivation<Q4_0>(x, activation, n);

    /// <inheritdoc/>
    public static void Dequantize(byte* blocks, float* x, long n) => Block32Kernels.Dequantize<Q4_0>(blocks, x, n);

    /// <inheritdoc/>
    public static void Unpack(byte* blocks, float* x, long n) => Block32Kernels.Unpack<Q4_0>(blocks, x, n);

    /// <inheritdoc/>
    public static float DotReference(byte* row, byte* activation, long n) => Block32Kernels.DotReference<Q4_0>(row, activation, n);

    /// <inheritdoc/>
    public static float Dot(byte* row, byte* activation, long n) => Block32Kernels.Dot<Q4_0>(row, activation, n);

    static float IBlock32.Scale(byte* block) => F16.Widen(*(ushort*)block);

    static int IBlock32.Code(byte* block, int i) => Nibbles.Code(block + 2, i) - 8;

    static Vector256<sbyte> IBlock32.Codes(byte* block) => Nibbles.Codes(block + 2).AsSByte();

    static Vector512<sbyte> IBlock32.Pair(byte* first, byte* second) => Nibbles.Pair(first + 2, second + 2).AsSByte();

    static int IBlock32.Offset => 8;
}
