using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Bantam.Kernels.Quant;

/// <summary>
/// A format whose blocks are 32 signed codes and one scale, x = d·q, and whose activation partner is Q8_0: they share
/// their kernels and differ only in how a code is packed.
/// </summary>
internal unsafe interface IBlock32
{
    /// <summary>Bytes of a block.</summary>
    static abstract int Bytes { get; }

    /// <summary>d of the block.</summary>
    static abstract float Scale(byte* block);

    /// <summary>Code <paramref name="i"/> of the block.</summary>
    static abstract int Code(byte* block, int i);

    /// <summary>The 32 codes in element order.</summary>
    static abstract Vector256<sbyte> Codes(byte* block);
}

/// <summary>
/// Kernels over any <see cref="IBlock32"/>. Inside a block, products of four neighbours are summed as integers, exactly;
/// the sums of even blocks go to lanes 0–7 of <see cref="Lanes"/>, those of odd blocks to lanes 8–15.
/// </summary>
internal static unsafe class Block32Kernels
{
    private const int Size = 32;

    public static void Dequantize<TFormat>(byte* blocks, float* x, long n)
        where TFormat : struct, IBlock32
    {
        for (; n > 0; n -= Size, x += Size, blocks += TFormat.Bytes)
            for (var i = 0; i < Size; i++)
                x[i] = TFormat.Scale(blocks) * TFormat.Code(blocks, i);
    }

    public static void Unpack<TFormat>(byte* blocks, float* x, long n)
        where TFormat : struct, IBlock32
    {
        if (!Vector256.IsHardwareAccelerated)
        {
            Dequantize<TFormat>(blocks, x, n);
            return;
        }
        var codes = stackalloc sbyte[Size];
        for (; n > 0; n -= Size, x += Size, blocks += TFormat.Bytes)
        {
            var d = Vector256.Create(TFormat.Scale(blocks));
            TFormat.Codes(blocks).Store(codes);
            for (var i = 0; i < Size; i += 8) (d * Int8Lanes.Widen(codes + i)).Store(x + i);
        }
    }

    public static float DotReference<TFormat>(byte* w, byte* a, long n)
        where TFormat : struct, IBlock32
    {
        var lanes = stackalloc float[Lanes.Count];
        new Span<float>(lanes, Lanes.Count).Clear();
        for (long b = 0; b < n / Size; b++, w += TFormat.Bytes, a += Q8_0.Bytes)
        {
            var scale = TFormat.Scale(w) * Q8_0.Scale(a);
            for (var lane = 0; lane < 8; lane++)
            {
                var sum = 0;
                for (var i = 4 * lane; i < (4 * lane) + 4; i++) sum += TFormat.Code(w, i) * Q8_0.Code(a, i);
                var at = lane + (8 * (int)(b % 2));
                lanes[at] = MathF.FusedMultiplyAdd(scale, sum, lanes[at]);
            }
        }
        return Lanes.Fold(lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Dot<TFormat>(byte* w, byte* a, long n)
        where TFormat : struct, IBlock32
    {
        if (Avx512BW.IsSupported) return Dot512<TFormat>(w, a, n / Size);
        return Avx2.IsSupported && Fma.IsSupported ? Dot256<TFormat>(w, a, n / Size) : DotReference<TFormat>(w, a, n);
    }

    private static float Dot512<TFormat>(byte* w, byte* a, long blocks)
        where TFormat : struct, IBlock32
    {
        var acc = Vector512<float>.Zero;
        for (; blocks >= 2; blocks -= 2, w += 2 * TFormat.Bytes, a += 2 * Q8_0.Bytes)
        {
            // Two blocks side by side: 64 codes of each operand, and each half's own scale.
            byte* w1 = w + TFormat.Bytes, a1 = a + Q8_0.Bytes;
            var scale = Vector512.Create(
                Vector256.Create(TFormat.Scale(w) * Q8_0.Scale(a)),
                Vector256.Create(TFormat.Scale(w1) * Q8_0.Scale(a1)));
            var sums = Int8Lanes.Fours(
                Vector512.Create(TFormat.Codes(w), TFormat.Codes(w1)),
                Vector512.Create(Q8_0.Codes(a), Q8_0.Codes(a1)));
            acc = Vector512.FusedMultiplyAdd(scale, sums, acc);
        }
        var low = acc.GetLower();
        if (blocks > 0) low = AddBlock<TFormat>(w, a, low);
        return Lanes.Fold(low, acc.GetUpper());
    }

    private static float Dot256<TFormat>(byte* w, byte* a, long blocks)
        where TFormat : struct, IBlock32
    {
        var low = Vector256<float>.Zero;
        var high = Vector256<float>.Zero;
        for (; blocks >= 2; blocks -= 2, w += 2 * TFormat.Bytes, a += 2 * Q8_0.Bytes)
        {
            low = AddBlock<TFormat>(w, a, low);
            high = AddBlock<TFormat>(w + TFormat.Bytes, a + Q8_0.Bytes, high);
        }
        if (blocks > 0) low = AddBlock<TFormat>(w, a, low);
        return Lanes.Fold(low, high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> AddBlock<TFormat>(byte* w, byte* a, Vector256<float> acc)
        where TFormat : struct, IBlock32 =>
        Vector256.FusedMultiplyAdd(
            Vector256.Create(TFormat.Scale(w) * Q8_0.Scale(a)),
            Int8Lanes.Fours(TFormat.Codes(w), Q8_0.Codes(a)),
            acc);
}
