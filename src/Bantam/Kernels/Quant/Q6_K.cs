using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Bantam.Tensors;

namespace Bantam.Kernels.Quant;

/// <summary>
/// Super-blocks of 256 six-bit codes in sixteen sub-blocks of 16, each with an 8-bit scale: x = d·scale·(q − 32). Layout
/// after ggml's <c>block_q6_K</c>: 128 bytes of low nibbles, 64 bytes of upper <see cref="BitPairs"/>, 16 scales, d. Of each
/// 128 elements, quarter 0 and 1 lie in the low halves of 64 nibble bytes, quarter 2 and 3 in the high ones.
/// </summary>
public readonly unsafe struct Q6_K : IBlockFormat, ISuperBlock
{
    private const int Size = Q8_K.Size;
    private const int SubBlocks = Size / 16;

    /// <inheritdoc/>
    public static DType DType => DType.Q6_K;

    /// <inheritdoc/>
    public static DType Activation => DType.Q8_K;

    static int ISuperBlock.Bytes => sizeof(Block);

    static int ISuperBlock.SubSize => 16;

    /// <summary>
    /// A scale per sub-block by <see cref="ScaleSearch.Symmetric"/>, rounded to 8 bits against the extreme one; then the
    /// codes nearest to what the rounded scales can say.
    /// </summary>
    public static void Quantize(float* x, byte* blocks, long n)
    {
        var scales = stackalloc float[SubBlocks];
        var codes = stackalloc sbyte[Size];
        for (var block = (Block*)blocks; n > 0; n -= Size, x += Size, block++)
        {
            for (var s = 0; s < SubBlocks; s++) scales[s] = ScaleSearch.Symmetric(x + (16 * s), 16, 32, codes + (16 * s));
            *block = default;
            if (!ScaleSearch.HasScale(scales, SubBlocks)) continue;
            block->D = ScaleSearch.RoundScales(scales, SubBlocks, 128, block->Scales);
            ScaleSearch.RoundCodes(x, F16.Widen(block->D), block->Scales, 16, 32, codes);
            for (var i = 0; i < Size; i++) Put(block, i, codes[i]);
        }
    }

    /// <inheritdoc/>
    public static void RoundActivation(float* x, byte* activation, long n) => Q8_K.Round(x, activation, n);

    /// <inheritdoc/>
    public static void Dequantize(byte* blocks, float* x, long n) => SuperBlockKernels.Dequantize<Q6_K>(blocks, x, n);

    /// <inheritdoc/>
    public static void Unpack(byte* blocks, float* x, long n) => SuperBlockKernels.Unpack<Q6_K>(blocks, x, n);

    /// <inheritdoc/>
    public static float DotReference(byte* row, byte* activation, long n) => SuperBlockKernels.DotReference<Q6_K>(row, activation, n);

    /// <inheritdoc/>
    public static float Dot(byte* row, byte* activation, long n) => SuperBlockKernels.Dot<Q6_K>(row, activation, n);

    static float ISuperBlock.Scale(byte* block) => F16.Widen(((Block*)block)->D);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void ISuperBlock.SubScales(byte* block, out Vector128<sbyte> scales, out Vector128<sbyte> minima) =>
        (scales, minima) = (Vector128.Load(((Block*)block)->Scales), default);

    static int ISuperBlock.Code(byte* block, int i)
    {
        var low = ((Block*)block)->Low[(i / 128 * 64) + (i % 64)] >> (i % 128 / 64 * 4);
        return ((low & 15) | (BitPairs.Code(((Block*)block)->High, i) << 4)) - 32;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<sbyte> ISuperBlock.Codes(byte* block, int part)
    {
        var nibbles = Vector256.Load(((Block*)block)->Low + (part / 4 * 64) + (part % 2 * 32));
        var low = (nibbles.AsUInt16() >> (part % 4 / 2 * 4)).AsByte() & Vector256.Create((byte)15);
        var high = BitPairs.Codes(((Block*)block)->High, part);
        return (low | (high.AsUInt16() << 4).AsByte()).AsSByte();
    }

    static int ISuperBlock.Offset => 32;

    static int ISuperBlock.Highest => 63;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<sbyte> ISuperBlock.Codes64(byte* block, int group)
    {
        var nibbles = Vector512.Load(((Block*)block)->Low + (group / 2 * 64));
        var low = (nibbles.AsUInt16() >> (group % 2 * 4)).AsByte() & Vector512.Create((byte)15);
        return (low | (BitPairs.Codes64(((Block*)block)->High, group).AsUInt16() << 4).AsByte()).AsSByte();
    }

    private static void Put(Block* block, int i, int code)
    {
        block->Low[(i / 128 * 64) + (i % 64)] |= (byte)((code & 15) << (i % 128 / 64 * 4));
        BitPairs.Put(block->High, i, code >> 4);
    }

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private struct Block
    {
        public fixed byte Low[Size / 2];
        public fixed byte High[Size / 4];
        public fixed sbyte Scales[SubBlocks];
        public ushort D;
    }
}
