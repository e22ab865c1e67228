using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Bantam.Tensors;

namespace Bantam.Kernels.Quant;

/// <summary>
/// Super-blocks of 256 nibbles in eight sub-blocks of 32, each with a 6-bit scale and minimum:
/// x = d·scale·q − dmin·minimum. Layout after ggml's <c>block_q4_K</c>: d, dmin (halves), 12 bytes of
/// <see cref="SixBitScales"/>, 128 bytes of codes of which each 32 hold 64 elements: the first 32 in the low halves, the
/// next 32 in the high ones.
/// </summary>
public readonly unsafe struct Q4_K : IBlockFormat, ISuperBlock
{
    private const int Size = Q8_K.Size;
    private static readonly MinimumSearch Search = new(SubSize: 32, Top: 15, MaxScale: 63, First: -1f, Steps: 20);

    /// <inheritdoc/>
    public static DType DType => DType.Q4_K;

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
            (block->D, block->DMin) = Search.Encode(x, sc, mn, codes);
            SixBitScales.Pack(sc, mn, block->Scales);
            SuperNibbles.Pack(codes, block->Q);
        }
    }

    /// <inheritdoc/>
    public static void RoundActivation(float* x, byte* activation, long n) => Q8_K.Round(x, activation, n);

    /// <inheritdoc/>
    public static void Dequantize(byte* blocks, float* x, long n) => SuperBlockKernels.Dequantize<Q4_K>(blocks, x, n);

    /// <inheritdoc/>
    public static void Unpack(byte* blocks, float* x, long n) => SuperBlockKernels.Unpack<Q4_K>(blocks, x, n);

    /// <inheritdoc/>
    public static float DotReference(byte* row, byte* activation, long n) => SuperBlockKernels.DotReference<Q4_K>(row, activation, n);

    /// <inheritdoc/>
    public static float Dot(byte* row, byte* activation, long n) => SuperBlockKernels.Dot<Q4_K>(row, activation, n);

    static bool ISuperBlock.HasMinima => true;

    static float ISuperBlock.Scale(byte* block) => F16.Widen(((Block*)block)->D);

    static float ISuperBlock.MinimumScale(byte* block) => F16.Widen(((Block*)block)->DMin);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void ISuperBlock.SubScales(byte* block, out Vector128<sbyte> scales, out Vector128<sbyte> minima) =>
        SixBitScales.Unpack(((Block*)block)->Scales, out scales, out minima);

    static int ISuperBlock.Code(byte* block, int i) => SuperNibbles.Code(((Block*)block)->Q, i);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<sbyte> ISuperBlock.Codes(byte* block, int part) => SuperNibbles.Codes(((Block*)block)->Q, part).AsSByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<sbyte> ISuperBlock.Codes64(byte* block, int group) => SuperNibbles.Codes64(((Block*)block)->Q, group).AsSByte();

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private struct Block
    {
        public ushort D;
        public ushort DMin;
        public fixed byte Scales[12];
        public fixed byte Q[Size / 2];
    }
}
