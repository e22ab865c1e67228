using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Bantam.Tensors;

namespace Bantam.Kernels.Quant;

/// <summary>
/// Super-blocks of 256 nibbles into the <see cref="CodeBook"/> of <see cref="IQ4_NL"/> in eight sub-blocks of 32, each with
/// a 6-bit scale: x = d·(scale − 32)·book(q). Layout after ggml's <c>block_iq4_xs</c>: d (half), the upper two bits of the
/// scales (2 bytes), their low four (4 bytes, the even sub-block in the low half), then 16 bytes of <see cref="Nibbles"/>
/// for each sub-block.
/// </summary>
public readonly unsafe struct IQ4_XS : IBlockFormat, ISuperBlock
{
    private const int Size = Q8_K.Size;
    private const int SubSize = 32;
    private const int SubBlocks = Size / SubSize;

    /// <inheritdoc/>
    public static DType DType => DType.IQ4_XS;

    /// <inheritdoc/>
    public static DType Activation => DType.Q8_K;

    static int ISuperBlock.Bytes => sizeof(Block);

    static int ISuperBlock.SubSize => SubSize;

    /// <summary>
    /// A scale per sub-block by <see cref="CodeBook.Search"/>, rounded to 6 bits against the extreme one; then for each
    /// element the nearest entry by the rounded scale times the unrounded d.
    /// </summary>
    public static void Quantize(float* x, byte* blocks, long n)
    {
        var scales = stackalloc float[SubBlocks];
        var codes = stackalloc byte[SubSize];
        for (var block = (Block*)blocks; n > 0; n -= Size, x += Size, block++)
        {
            for (var s = 0; s < SubBlocks; s++) scales[s] = CodeBook.Search(x + (s * SubSize), SubSize);
            *block = default;
            var d = ScaleSearch.Extreme(scales, SubBlocks) / -32;
            var inverse = d == 0 ? 0 : 1 / d;
            block->D = F16.Narrow(d);
            for (var s = 0; s < SubBlocks; s++)
            {
                var scale = Math.Clamp((int)MathF.Round(inverse * scales[s]), -32, 31);
                CodeBook.Encode(x + (s * SubSize), SubSize, d * scale, codes);
                _ = Nibbles.Pack(codes, block->Q + (s * SubSize / 2));
                block->ScalesLow[s / 2] |= (byte)(((scale + 32) & 15) << (s % 2 * 4));
                block->ScalesHigh |= (ushort)((scale + 32) >> 4 << (2 * s));
            }
        }
    }

    /// <inheritdoc/>
    public static void RoundActivation(float* x, byte* activation, long n) => Q8_K.Round(x, activation, n);

    /// <inheritdoc/>
    public static void Dequantize(byte* blocks, float* x, long n) => SuperBlockKernels.Dequantize<IQ4_XS>(blocks, x, n);

    /// <inheritdoc/>
    public static void Unpack(byte* blocks, float* x, long n) => SuperBlockKernels.Unpack<IQ4_XS>(blocks, x, n);

    /// <inheritdoc/>
    public static float DotReference(byte* row, byte* activation, long n) => SuperBlockKernels.DotReference<IQ4_XS>(row, activation, n);

    /// <inheritdoc/>
    public static float Dot(byte* row, byte* activation, long n) => SuperBlockKernels.Dot<IQ4_XS>(row, activation, n);

    static float ISuperBlock.Scale(byte* block) => F16.Widen(((Block*)block)->D);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void ISuperBlock.SubScales(byte* block, out Vector128<sbyte> scales, out Vector128<sbyte> minima)
    {
        var w = (Block*)block;
        minima = default;
        if (Bmi2.X64.IsSupported)
        {
            var low = Bmi2.X64.ParallelBitDeposit(*(uint*)w->ScalesLow, 0x0f0f0f0f0f0f0f0f);
            var high = Bmi2.X64.ParallelBitDeposit(w->ScalesHigh, 0x3030303030303030);
            scales = Vector128.CreateScalar(low | high).AsSByte() - Vector128.Create((sbyte)32);
            return;
        }
        var each = stackalloc sbyte[Vector128<sbyte>.Count];
        for (var s = 0; s < SubBlocks; s++)
            each[s] = (sbyte)((((w->ScalesLow[s / 2] >> (s % 2 * 4)) & 15) | (((w->ScalesHigh >> (2 * s)) & 3) << 4)) - 32);
        scales = Vector128.Load(each);
    }

    static bool ISuperBlock.IsSigned => true;

    static int ISuperBlock.Code(byte* block, int i) =>
        CodeBook.Values[Nibbles.Code(((Block*)block)->Q + (i / SubSize * SubSize / 2), i % SubSize)];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<sbyte> ISuperBlock.Codes(byte* block, int part) => Nibbles.Codes(((Block*)block)->Q + (16 * part), CodeBook.Values);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<sbyte> ISuperBlock.Codes64(byte* block, int group)
    {
        var codes = Nibbles.Pair(((Block*)block)->Q + (32 * group), ((Block*)block)->Q + (32 * group) + 16, CodeBook.Values);
        // Quarters 1 and 2 change places: first the halves of one sub-block, then those of the other.
        return Avx512F.Shuffle4x128(codes.AsInt32(), codes.AsInt32(), 0b11_01_10_00).AsSByte();
    }

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private struct Block
    {
        public ushort D;
        public ushort ScalesHigh;
        public fixed byte ScalesLow[SubBlocks / 2];
        public fixed byte Q[Size / 2];
    }
}
