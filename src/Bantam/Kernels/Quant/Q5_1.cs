using System.Runtime.Intrinsics;
using Bantam.Tensors;

namespace Bantam.Kernels.Quant;

/// <summary>
/// 32 codes of five bits to a half-precision scale and minimum: x = d·q + m. Layout after ggml's <c>block_q5_1</c>: d, m (2
/// bytes each), the fifth bits (4 bytes), then 16 bytes of <see cref="Nibbles"/>.
/// </summary>
public readonly unsafe struct Q5_1 : IBlockFormat, IBlock32
{
    private const int Size = 32;
    private const int Bytes = 8 + (Size / 2);

    /// <inheritdoc/>
    public static DType DType => DType.Q5_1;

    /// <inheritdoc/>
    public static DType Activation => Block32Kernels.Activation<Q5_1>();

    static int IBlock32.Bytes => Bytes;

    /// <summary>m is the smallest element and d maps the largest to 31; q = min(31, ⌊(x − m)/d + ½⌋) with both unrounded.</summary>
    public static void Quantize(float* x, byte* blocks, long n)
    {
        var codes = stackalloc byte[Size];
        for (; n > 0; n -= Size, x += Size, blocks += Bytes)
        {
            var (d, m) = Rounding.WithMinimum(x, Size, 31, codes);
            *(ushort*)blocks = F16.Narrow(d);
            *(ushort*)(blocks + 2) = F16.Narrow(m);
            *(uint*)(blocks + 4) = Nibbles.Pack(codes, blocks + 8);
        }
    }

    /// <inheritdoc/>
    public static void RoundActivation(float* x, byte* activation, long n) => Block32Kernels.RoundActivation<Q5_1>(x, activation, n);

    /// <inheritdoc/>
    public static void Dequantize(byte* blocks, float* x, long n) => Block32Kernels.Dequantize<Q5_1>(blocks, x, n);

    /// <inheritdoc/>
    public static void Unpack(byte* blocks, float* x, long n) => Block32Kernels.Unpack<Q5_1>(blocks, x, n);

    /// <inheritdoc/>
    public static float DotReference(byte* row, byte* activation, long n) => Block32Kernels.DotReference<Q5_1>(row, activation, n);

    /// <inheritdoc/>
    public static float Dot(byte* row, byte* activation, long n) => Block32Kernels.Dot<Q5_1>(row, activation, n);

    static bool IBlock32.HasMinimum => true;

    static int IBlock32.Highest => 31;

    static float IBlock32.Scale(byte* block) => F16.Widen(*(ushort*)block);

    static float IBlock32.Minimum(byte* block) => F16.Widen(*(ushort*)(block + 2));

    static int IBlock32.Code(byte* block, int i) => Nibbles.Code(block + 8, *(uint*)(block + 4), i);

    static Vector512<sbyte> IBlock32.Pair(byte* first, byte* second) =>
        (Nibbles.Pair(first + 8, second + 8) | (Nibbles.MaskPair(*(uint*)(first + 4), *(uint*)(second + 4)) & Vector512.Create((byte)16))).AsSByte();

    static Vector256<sbyte> IBlock32.Codes(byte* block) =>
        (Nibbles.Codes(block + 8) | (Nibbles.Mask(*(uint*)(block + 4)) & Vector256.Create((byte)16))).AsSByte();
}
