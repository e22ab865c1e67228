using System.Runtime.Intrinsics;
using Bantam.Tensors;

namespace Bantam.Kernels.Quant;

/// <summary>
/// 32 nibbles into a <see cref="CodeBook"/> to a half-precision scale: x = d·book(q). Layout after ggml's
/// <c>block_iq4_nl</c>: d (2 bytes), then 16 bytes of <see cref="Nibbles"/>.
/// </summary>
public readonly unsafe struct IQ4_NL : IBlockFormat, IBlock32
{
    private const int Size = 32;
    private const int Bytes = 2 + (Size / 2);

    /// <inheritdoc/>
    public static DType DType => DType.IQ4_NL;

    /// <inheritdoc/>
    public static DType Activation => Block32Kernels.Activation<IQ4_NL>();

    static int IBlock32.Bytes => Bytes;

    /// <summary>d by <see cref="CodeBook.Search"/>; for each element the nearest entry by the unrounded d.</summary>
    public static void Quantize(float* x, byte* blocks, long n)
    {
        var codes = stackalloc byte[Size];
        for (; n > 0; n -= Size, x += Size, blocks += Bytes)
        {
            var d = CodeBook.Search(x, Size);
            *(ushort*)blocks = F16.Narrow(d);
            CodeBook.Encode(x, Size, d, codes);
            _ = Nibbles.Pack(codes, blocks + 2);
        }
    }

    /// <inheritdoc/>
    public static void RoundActivation(float* x, byte* activation, long n) => Block32Kernels.RoundActivation<IQ4_NL>(x, activation, n);

    /// <inheritdoc/>
    public static void Dequantize(byte* blocks, float* x, long n) => Block32Kernels.Dequantize<IQ4_NL>(blocks, x, n);

    /// <inheritdoc/>
    public static void Unpack(byte* blocks, float* x, long n) => Block32Kernels.Unpack<IQ4_NL>(blocks, x, n);

    /// <inheritdoc/>
    public static float DotReference(byte* row, byte* activation, long n) => Block32Kernels.DotReference<IQ4_NL>(row, activation, n);

    /// <inheritdoc/>
    public static float Dot(byte* row, byte* activation, long n) => Block32Kernels.Dot<IQ4_NL>(row, activation, n);

    static float IBlock32.Scale(byte* block) => F16.Widen(*(ushort*)block);

    static Vector512<sbyte> IBlock32.Pair(byte* first, byte* second) => Nibbles.Pair(first + 2, second + 2, CodeBook.Values);

    static bool IBlock32.IsSigned => true;

    static int IBlock32.Code(byte* block, int i) => CodeBook.Values[Nibbles.Code(block + 2, i)];

    static Vector256<sbyte> IBlock32.Codes(byte* block) => Nibbles.Codes(block + 2, CodeBook.Values);
}
