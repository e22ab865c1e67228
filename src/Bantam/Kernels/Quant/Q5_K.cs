using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Bantam.Tensors;

namespace Bantam.Kernels.Quant;

/// <summary>
/// Super-blocks of 256 five-bit codes in eight sub-blocks of 32, each with a 6-bit scale and minimum:
/// x = d·scale·q − dmin·minimum. Layout after ggml's <c>block_q5_K</c>: as <see cref="Q4_K"/>, with the fifth bits in 32
/// bytes before the nibbles: byte l has bit s for element l of sub-block s.
/// </summary>
public readonly unsafe struct Q5_K : IBlockFormat, ISuperBlock
{
    private const int Size = Q8_K.Size;
    private static readonly MinimumSearch Search = new(SubSize: 32, Top: 31, MaxScale: 63, First: -0.5f, Steps: 15);

    /// <inheritdoc/>
    public static DType DType => DType.Q5_K;

    /// <inheritdoc/>
    public static DType Activation => DType.Q8_K;

    static int ISuperBlock.Bytes => sizeof(Block);

    static int ISuperBlock.SubSize => 32;

    /// <summary>Scales and minima by <see cref="MinimumSearch"/> with weights rms(x) + |x|.</summary>
    public static void Quantize(float* x, byte* blocks, long n)
    {
        var codes = stackalloc byte[Size];
        byte* sc = stackalloc byte[Size / 32], mn = stackalloc byte[Size / 32];
        for (var block = (Block*)blocks; n > 0; n -= Size, x += Size, block++)
        {
            *block = default;
            (block->D, block->DMin) = Search.Encode(x, sc, mn, codes);
            SixBitScales.Pack(sc, mn, block->Scales);
            SuperNibbles.Pack(codes, block->Q);
            for (var i = 0; i < Size; i++) block->High[i % 32] |= (byte)(codes[i] >> 4 << (i / 32));
        }
    }

    /// <inheritdoc/>
    public static void RoundActivation(float* x, byte* activation, long n) => Q8_K.Round(x, activation, n);

    /// <inheritdoc/>
    public static void Dequantize(byte* blocks, float* x, long n) => SuperBlockKernels.Dequantize<Q5_K>(blocks, x, n);

    /// <inheritdoc/>
    public static void Unpack(byte* blocks, float* x, long n) => SuperBlockKernels.Unpack<Q5_K>(blocks, x, n);

    /// <inheritdoc/>
    public static float DotReference(byte* row, byte* activation, long n) => SuperBlockKernels.DotReference<Q5_K>(row, activation, n);

    /// <inheritdoc/>
    public static float Dot(byte* row, byte* activation, long n) => SuperBlockKernels.Dot<Q5_K>(row, activation, n);

    static bool ISuperBlock.HasMinima => true;

    static int ISuperBlock.Highest => 31;

    static float ISuperBlock.Scale(byte* block) => F16.Widen(((Block*)block)->D);

    static float ISuperBlock.MinimumScale(byte* block) => F16.Widen(((Block*)block)->DMin);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void ISuperBlock.SubScales(byte* block, out Vector128<sbyte> scales, out Vector128<sbyte> minima) =>
        SixBitScales.Unpack(((Block*)block)->Scales, out scales, out minima);

    static int ISuperBlock.Code(byte* block, int i) =>
        SuperNibbles.Code(((Block*)block)->Q, i) | (((((Block*)block)->High[i % 32] >> (i / 32)) & 1) << 4);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<sbyte> ISuperBlock.Codes(byte* block, int part)
    {
        var high = (Vector256.Load(((Block*)block)->High).AsUInt16() >> part).AsByte() & Vector256<byte>.One;
        return (SuperNibbles.Codes(((Block*)block)->Q, part) | (high.AsUInt16() << 4).AsByte()).AsSByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<sbyte> ISuperBlock.Codes64(byte* block, int group) =>
        (SuperNibbles.Codes64(((Block*)block)->Q, group) | (BitPairs.Bits64(((Block*)block)->High, group).AsUInt16() << 4).AsByte()).AsSByte();

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private struct Block
    {
        public ushort D;
        public ushort DMin;
        public fixed byte Scales[12];
        public fixed byte High[Size / 8];
        public fixed byte Q[Size / 2];
    }
}
