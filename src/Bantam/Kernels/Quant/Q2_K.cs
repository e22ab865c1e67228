using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Bantam.Tensors;

namespace Bantam.Kernels.Quant;

/// <summary>
/// Super-blocks of 256 two-bit codes in sixteen sub-blocks of 16, each with a 4-bit scale and minimum:
/// x = d·scale·q − dmin·minimum. Layout after ggml's <c>block_q2_K</c>: 16 bytes with a scale in the low and a minimum in
/// the high half, 64 bytes of <see cref="BitPairs"/>, d, dmin (halves).
/// </summary>
public readonly unsafe struct Q2_K : IBlockFormat, ISuperBlock
{
    private const int Size = Q8_K.Size;
    private static readonly MinimumSearch Search = new(SubSize: 16, Top: 3, MaxScale: 15, First: -0.5f, Steps: 15, ByMagnitude: true);

    /// <inheritdoc/>
    public static DType DType => DType.Q2_K;

    /// <inheritdoc/>
    public static DType Activation => DType.Q8_K;

    static int ISuperBlock.Bytes => sizeof(Block);

    static int ISuperBlock.SubSize => 16;

    /// <summary>Scales and minima by <see cref="MinimumSearch"/> with weights |x| and absolute errors.</summary>
    public static void Quantize(float* x, byte* blocks, long n)
    {
        var codes = stackalloc byte[Size];
        byte* sc = stackalloc byte[Size / 16], mn = stackalloc byte[Size / 16];
        for (var block = (Block*)blocks; n > 0; n -= Size, x += Size, block++)
        {
            *block = default;
            (block->D, block->DMin) = Search.Encode(x, sc, mn, codes);
            for (var s = 0; s < Size / 16; s++) block->Scales[s] = (byte)(sc[s] | (mn[s] << 4));
            for (var i = 0; i < Size; i++) BitPairs.Put(block->Q, i, codes[i]);
        }
    }

    /// <inheritdoc/>
    public static void RoundActivation(float* x, byte* activation, long n) => Q8_K.Round(x, activation, n);

    /// <inheritdoc/>
    public static void Dequantize(byte* blocks, float* x, long n) => SuperBlockKernels.Dequantize<Q2_K>(blocks, x, n);

    /// <inheritdoc/>
    public static void Unpack(byte* blocks, float* x, long n) => SuperBlockKernels.Unpack<Q2_K>(blocks, x, n);

    /// <inheritdoc/>
    public static float DotReference(byte* row, byte* activation, long n) => SuperBlockKernels.DotReference<Q2_K>(row, activation, n);

    /// <inheritdoc/>
    public static float Dot(byte* row, byte* activation, long n) => SuperBlockKernels.Dot<Q2_K>(row, activation, n);

    static bool ISuperBlock.HasMinima => true;

    static float ISuperBlock.Scale(byte* block) => F16.Widen(((Block*)block)->D);

    static float ISuperBlock.MinimumScale(byte* block) => F16.Widen(((Block*)block)->DMin);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void ISuperBlock.SubScales(byte* block, out Vector128<sbyte> scales, out Vector128<sbyte> minima)
    {
        var packed = Vector128.Load(((Block*)block)->Scales);
        scales = (packed & Vector128.Create((byte)15)).AsSByte();
        minima = ((packed.AsUInt16() >> 4).AsByte() & Vector128.Create((byte)15)).AsSByte();
    }

    static int ISuperBlock.Code(byte* block, int i) => BitPairs.Code(((Block*)block)->Q, i);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<sbyte> ISuperBlock.Codes(byte* block, int part) => BitPairs.Codes(((Block*)block)->Q, part).AsSByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<sbyte> ISuperBlock.Codes64(byte* block, int group) => BitPairs.Codes64(((Block*)block)->Q, group).AsSByte();

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private struct Block
    {
        public fixed byte Scales[Size / 16];
        public fixed byte Q[Size / 4];
        public ushort D;
        public ushort DMin;
    }
}
