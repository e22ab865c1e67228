using System.Runtime.Intrinsics;
using Bantam.Tensors;

namespace Bantam.Kernels.Quant;

/// <summary>
/// 32 nibbles to a half-precision scale and minimum: x = d·q + m. Layout after ggml's <c>block_q4_1</c>: d, m (2 bytes
/// each), then 16 bytes of <see cref="Nibbles"/>.
/// </summary>
public readonly unsafe struct Q4_1 : IBlockFormat, IBlock32
{
    private const int Size = 32;
    private const int Bytes = 4 + (Size / 2);

    /// <inheritdoc/>
    public static DType DType => DType.Q4_1;

    /// <inheritdoc/>
    public static DType Activation => Block32Kernels.Activation<Q4_1>();

    static int IBlock32.Bytes => Bytes;

    /// <summary>m is the smallest element and d maps the largest to 15; q = min(15, ⌊(x − m)/d + ½⌋) with both unrounded.</summary>
    public static void Quantize(float* x, byte* blocks, long n)
    {
        var codes = stackalloc byte[Size];
        for (; n > 0; n -= Size, x += Size, blocks += Bytes)
        {
            var (d, m) = Rounding.WithMinimum(x, Size, 15, codes);
            *(ushort*)blocks = F16.Narrow(d);
            *(ushort*)(blocks + 2) = F16.Narrow(m);
            _ = Nibbles.Pack(codes, blocks + 4);
        }
    }

    /// <inheritdoc/>
    public static void RoundActivation(float* x, byte* activation, long n) => Block32Kernels.RoundActivation<Q4_1>(x, activation, n);

    /// <inheritdoc/>
    public static void Dequantize(byte* blocks, float* x, long n) => Block32Kernels.Dequantize<Q4_1>(blocks, x, n);

    /// <inheritdoc/>
    public static void Unpack(byte* blocks, float* x, long n) => Block32Kernels.Unpack<Q4_1>(blocks, x, n);

    /// <inheritdoc/>
    public static float DotReference(byte* row, byte* activation, long n) => Block32Kernels.DotReference<Q4_1>(row, activation, n);

    /// <inheritdoc/>
    public static float Dot(byte* row, byte* activation, long n) => Block32Kernels.Dot<Q4_1>(row, activation, n);

    static bool IBlock32.HasMinimum => true;

    static float IBlock32.Scale(byte* block) => F16.Widen(*(ushort*)block);

    static float IBlock32.Minimum(byte* block) => F16.Widen(*(ushort*)(block + 2));

    static int IBlock32.Code(byte* block, int i) => Nibbles.Code(block + 4, i);

    static Vector512<sbyte> IBlock32.Pair(byte* first, byte* second) => Nibbles.Pair(first + 4, second + 4).AsSByte();

    static Vector256<sbyte> IBlock32.Codes(byte* block) => Nibbles.Codes(block + 4).AsSByte();
}
