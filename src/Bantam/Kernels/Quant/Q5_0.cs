using System.Runtime.Intrinsics;
using Bantam.Tensors;

namespace Bantam.Kernels.Quant;

/// <summary>
/// 32 codes of five bits to a half-precision scale: x = d·(q − 16). Layout after ggml's <c>block_q5_0</c>: d (2 bytes), the
/// fifth bits (4 bytes), then 16 bytes of <see cref="Nibbles"/>.
/// </summary>
public readonly unsafe struct Q5_0 : IBlockFormat, IBlock32
{
    private const int Size = 32;
    private const int Bytes = 6 + (Size / 2);

    /// <inheritdoc/>
    public static DType DType => DType.Q5_0;

    /// <inheritdoc/>
    public static DType Activation => Block32Kernels.Activation<Q5_0>();

    static int IBlock32.Bytes => Bytes;

    /// <summary>d maps the element of largest magnitude, sign kept, to −16; q = min(31, ⌊x/d + 16.5⌋) with the unrounded d.</summary>
    public static void Quantize(float* x, byte* blocks, long n)
    {
        var codes = stackalloc byte[Size];
        for (; n > 0; n -= Size, x += Size, blocks += Bytes)
        {
            *(ushort*)blocks = F16.Narrow(Rounding.Symmetric(x, Size, 16, codes));
            *(uint*)(blocks + 2) = Nibbles.Pack(codes, blocks + 6);
        }
    }

    /// <inheritdoc/>
    public static void RoundActivation(float* x, byte* activation, long n) => Block32Kernels.RoundActivation<Q5_0>(x, activation, n);

    /// <inheritdoc/>
    public static void Dequantize(byte* blocks, float* x, long n) => Block32Kernels.Dequantize<Q5_0>(blocks, x, n);

    /// <inheritdoc/>
    public static void Unpack(byte* blocks, float* x, long n) => Block32Kernels.Unpack<Q5_0>(blocks, x, n);

    /// <inheritdoc/>
    public static float DotReference(byte* row, byte* activation, long n) => Block32Kernels.DotReference<Q5_0>(row, activation, n);

    /// <inheritdoc/>
    public static float Dot(byte* row, byte* activation, long n) => Block32Kernels.Dot<Q5_0>(row, activation, n);

    static float IBlock32.Scale(byte* block) => F16.Widen(*(ushort*)block);

    static int IBlock32.Code(byte* block, int i) => Nibbles.Code(block + 6, *(uint*)(block + 2), i) - 16;

    static Vector256<sbyte> IBlock32.Codes(byte* block) =>
        (Nibbles.Codes(block + 6) | (Nibbles.Mask(*(uint*)(block + 2)) & Vector256.Create((byte)16))).AsSByte();

    static Vector512<sbyte> IBlock32.Pair(byte* first, byte* second) =>
        (Nibbles.Pair(first + 6, second + 6) | (Nibbles.MaskPair(*(uint*)(first + 2), *(uint*)(second + 2)) & Vector512.Create((byte)16))).AsSByte();

    static int IBlock32.Offset => 16;

    static int IBlock32.Highest => 31;
}
