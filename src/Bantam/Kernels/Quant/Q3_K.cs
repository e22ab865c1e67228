using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Bantam.Tensors;

namespace Bantam.Kernels.Quant;

/// <summary>
/// Super-blocks of 256 three-bit codes in sixteen sub-blocks of 16, each with a 6-bit scale: x = d·(scale − 32)·(q − 4).
/// Layout after ggml's <c>block_q3_K</c>: the third bits in 32 bytes, of which byte l has bit p for element 32·p + l; 64
/// bytes of <see cref="BitPairs"/>; 12 bytes of scales; d (half). Of the scales, bytes 0–7 hold the low four bits of 0–7 in
/// their low and of 8–15 in their high halves, bytes 8–11 the upper two of scale 4·k + j at bit 2·k of byte j.
/// </summary>
public readonly unsafe struct Q3_K : IBlockFormat, ISuperBlock
{
    private const int Size = Q8_K.Size;
    private const int SubBlocks = Size / 16;

    /// <inheritdoc/>
    public static DType DType => DType.Q3_K;

    /// <inheritdoc/>
    public static DType Activation => DType.Q8_K;

    static int ISuperBlock.Bytes => sizeof(Block);

    static int ISuperBlock.SubSize => 16;

    /// <summary>
    /// A scale per sub-block by <see cref="ScaleSearch.Descent"/>, rounded to 6 bits against the extreme one; then the codes
    /// nearest to what the rounded scales can say.
    /// </summary>
    public static void Quantize(float* x, byte* blocks, long n)
    {
        var scales = stackalloc float[SubBlocks];
        sbyte* codes = stackalloc sbyte[Size], sc = stackalloc sbyte[SubBlocks];
        for (var block = (Block*)blocks; n > 0; n -= Size, x += Size, block++)
        {
            for (var s = 0; s < SubBlocks; s++) scales[s] = ScaleSearch.Descent(x + (16 * s), 16, 4, codes + (16 * s));
            *block = default;
            block->D = ScaleSearch.RoundScales(scales, SubBlocks, 32, sc);
            ScaleSearch.RoundCodes(x, F16.Widen(block->D), sc, 16, 4, codes);
            // Where all are zero so are the packed ones, as in ggml; with d = 0 they say nothing.
            var any = ScaleSearch.Extreme(scales, SubBlocks) != 0;
            for (var s = 0; any && s < SubBlocks; s++) PutScale(block, s, sc[s] + 32);
            for (var i = 0; i < Size; i++)
            {
                BitPairs.Put(block->Q, i, codes[i] & 3);
                block->High[i % 32] |= (byte)(codes[i] >> 2 << (i / 32));
            }
        }
    }

    /// <inheritdoc/>
    public static void RoundActivation(float* x, byte* activation, long n) => Q8_K.Round(x, activation, n);

    /// <inheritdoc/>
    public static void Dequantize(byte* blocks, float* x, long n) => SuperBlockKernels.Dequantize<Q3_K>(blocks, x, n);

    /// <inheritdoc/>
    public static void Unpack(byte* blocks, float* x, long n) => SuperBlockKernels.Unpack<Q3_K>(blocks, x, n);

    /// <inheritdoc/>
    public static float DotReference(byte* row, byte* activation, long n) => SuperBlockKernels.DotReference<Q3_K>(row, activation, n);

    /// <inheritdoc/>
    public static float Dot(byte* row, byte* activation, long n) => SuperBlockKernels.Dot<Q3_K>(row, activation, n);

    static float ISuperBlock.Scale(byte* block) => F16.Widen(((Block*)block)->D);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void ISuperBlock.SubScales(byte* block, out Vector128<sbyte> scales, out Vector128<sbyte> minima)
    {
        var packed = ((Block*)block)->Scales;
        var low = *(ulong*)packed;
        var high = *(uint*)(packed + 8);
        const ulong Nibbles = 0x0f0f0f0f0f0f0f0f;
        const ulong Upper = 0x3030303030303030;
        // Bits 2·k of each byte move to bits 4 and 5: four scales from each shift.
        var first = (low & Nibbles) | (((ulong)(high << 4) | ((ulong)(high << 2) << 32)) & Upper);
        var second = ((low >> 4) & Nibbles) | ((high | ((ulong)(high >> 2) << 32)) & Upper);
        (scales, minima) = (Vector128.Create(first, second).AsSByte() - Vector128.Create((sbyte)32), default);
    }

    static int ISuperBlock.Code(byte* block, int i) =>
        BitPairs.Code(((Block*)block)->Q, i) + (4 * ((((Block*)block)->High[i % 32] >> (i / 32)) & 1)) - 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<sbyte> ISuperBlock.Codes(byte* block, int part)
    {
        var high = (Vector256.Load(((Block*)block)->High).AsUInt16() >> part).AsByte() & Vector256<byte>.One;
        return (BitPairs.Codes(((Block*)block)->Q, part) | (high.AsUInt16() << 2).AsByte()).AsSByte();
    }

    static int ISuperBlock.Offset => 4;

    private static void PutScale(Block* block, int s, int scale)
    {
        block->Scales[s % 8] |= (byte)((scale & 15) << (s / 8 * 4));
        block->Scales[8 + (s % 4)] |= (byte)(scale >> 4 << (s / 4 * 2));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<sbyte> ISuperBlock.Codes64(byte* block, int group) =>
        (BitPairs.Codes64(((Block*)block)->Q, group) | (BitPairs.Bits64(((Block*)block)->High, group).AsUInt16() << 2).AsByte()).AsSByte();

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private struct Block
    {
        public fixed byte High[Size / 8];
        public fixed byte Q[Size / 4];
        public fixed byte Scales[12];
        public ushort D;
    }
}
