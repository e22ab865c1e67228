using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Bantam.Kernels.Quant;

/// <summary>
/// One row of an <see cref="IBlock32"/> format against one token's <see cref="Block32Tile"/>: what decoding spends its
/// time on. Sixteen blocks at a time become sixteen integers in one register, one for each of the <see cref="Lanes"/>, so
/// that scales, conversion and the sum of floats cost one instruction for sixteen blocks.
/// </summary>
internal static unsafe class Block32Row
{
    private const int Size = Block32Tile.Size;

    /// <summary>How far ahead of the dot product weights are asked for.</summary>
    private const int Ahead = 2048;

    /// <summary>Σ row·x.</summary>
    /// <param name="w">The row's blocks.</param>
    /// <param name="x">A tile of one token.</param>
    /// <param name="blocks">How many.</param>
    /// <param name="tail">Sixteen blocks of zeros; the row's last ones, where they do not fill sixteen, are laid over them.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Dot<TFormat>(byte* w, Block32Tile x, long blocks, byte* tail)
        where TFormat : struct, IBlock32
    {
        if (Simd512.IsSupported) return Dot512<TFormat>(w, x, blocks, tail);
        return Simd256.IsSupported ? Dot256<TFormat>(w, x, blocks, tail) : Dot128<TFormat>(w, x, blocks);
    }

    private static float Dot512<TFormat>(byte* w, Block32Tile x, long blocks, byte* tail)
        where TFormat : struct, IBlock32
    {
        var lanes = Vector512<float>.Zero;
        var codes = x.Codes;
        var scales = x.Scales;
        var terms = x.Terms;
        for (; blocks >= Lanes.Count; blocks -= Lanes.Count, w += Lanes.Count * TFormat.Bytes, codes += Lanes.Count * Size, scales += Lanes.Count, terms += Lanes.Count)
            lanes = Add512<TFormat>(w, codes, scales, terms, lanes);
        if (blocks > 0)
        {
            Unsafe.CopyBlockUnaligned(tail, w, (uint)(blocks * TFormat.Bytes));
            lanes = Add512<TFormat>(tail, codes, scales, terms, lanes);
        }
        return Lanes.Fold(lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Add512<TFormat>(byte* w, sbyte* codes, float* scales, int* terms, Vector512<float> lanes)
        where TFormat : struct, IBlock32
    {
        for (var line = 0; line < Lanes.Count * TFormat.Bytes; line += 64) Sse.Prefetch0(w + Ahead + line);
        // Blocks i and i + 4 share a register; the tree below brings the sixteen sums out in order.
        var first = Int8Lanes.FourBlocks(Fours512<TFormat>(w, codes, 0), Fours512<TFormat>(w, codes, 1), Fours512<TFormat>(w, codes, 2), Fours512<TFormat>(w, codes, 3));
        var second = Int8Lanes.FourBlocks(Fours512<TFormat>(w, codes, 8), Fours512<TFormat>(w, codes, 9), Fours512<TFormat>(w, codes, 10), Fours512<TFormat>(w, codes, 11));
        var sums = Avx512F.Shuffle4x128(first, second, 0b10_00_10_00) + Avx512F.Shuffle4x128(first, second, 0b11_01_11_01);
        if (TFormat.Offset != 0) sums -= Vector512.Load(terms) * TFormat.Offset;

        var heads = Heads512<TFormat>(w);
        var d = TFormat.HasHalfScale ? F16.Widen(heads & Vector512.Create(0xffffu)) : Scales512<TFormat>(w);
        lanes = Vector512.FusedMultiplyAdd(d * Vector512.Load(scales), Vector512.ConvertToSingle(sums), lanes);
        return TFormat.HasMinimum ? Vector512.FusedMultiplyAdd(F16.Widen(heads >> 16), Vector512.Load((float*)terms), lanes) : lanes;
    }

    // Sums of four of block i in lanes 0–7 and of block i + 4 in lanes 8–15.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Fours512<TFormat>(byte* w, sbyte* codes, int i)
        where TFormat : struct, IBlock32 => Avx512BW.MultiplyAddAdjacent(
        Int8Lanes.Pairs(
            Vector512.Create(TFormat.Codes(w + (i * TFormat.Bytes)), TFormat.Codes(w + ((i + 4) * TFormat.Bytes))),
            Vector512.Create(Vector256.Load(codes + (i * Size)), Vector256.Load(codes + ((i + 4) * Size))),
            !TFormat.IsSigned),
        Vector512<short>.One);

    // d, and m above it, of sixteen blocks.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Heads512<TFormat>(byte* w)
        where TFormat : struct, IBlock32 => Vector512.Create(Heads256<TFormat>(w), Heads256<TFormat>(w + (8 * TFormat.Bytes)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Heads256<TFormat>(byte* w)
        where TFormat : struct, IBlock32
    {
        if (!TFormat.HasHalfScale) return default;
        if (TFormat.HasMinimum) return Vector256.Create(Head(w, 0), Head(w, 1), Head(w, 2), Head(w, 3), Head(w, 4), Head(w, 5), Head(w, 6), Head(w, 7));
        var halves = Vector128.Create(Half(w, 0), Half(w, 1), Half(w, 2), Half(w, 3), Half(w, 4), Half(w, 5), Half(w, 6), Half(w, 7));
        return Avx2.ConvertToVector256Int32(halves).AsUInt32();

        static uint Head(byte* w, int i) => *(uint*)(w + (i * TFormat.Bytes));
        static ushort Half(byte* w, int i) => *(ushort*)(w + (i * TFormat.Bytes));
    }

    private static Vector512<float> Scales512<TFormat>(byte* w)
        where TFormat : struct, IBlock32 => Vector512.Create(Scales256<TFormat>(w), Scales256<TFormat>(w + (8 * TFormat.Bytes)));

    private static Vector256<float> Scales256<TFormat>(byte* w)
        where TFormat : struct, IBlock32
    {
        var d = stackalloc float[8];
        for (var i = 0; i < 8; i++) d[i] = TFormat.Scale(w + (i * TFormat.Bytes));
        return Vector256.Load(d);
    }

    private static float Dot256<TFormat>(byte* w, Block32Tile x, long blocks, byte* tail)
        where TFormat : struct, IBlock32
    {
        var low = Vector256<float>.Zero;
        var high = Vector256<float>.Zero;
        var codes = x.Codes;
        var scales = x.Scales;
        var terms = x.Terms;
        for (; blocks > 0; blocks -= Lanes.Count, codes += Lanes.Count * Size, scales += Lanes.Count, terms += Lanes.Count)
        {
            if (blocks < Lanes.Count)
            {
                Unsafe.CopyBlockUnaligned(tail, w, (uint)(blocks * TFormat.Bytes));
                w = tail;
            }
            low = Add256<TFormat>(w, codes, scales, terms, low);
            high = Add256<TFormat>(w + (8 * TFormat.Bytes), codes + (8 * Size), scales + 8, terms + 8, high);
            w += Lanes.Count * TFormat.Bytes;
        }
        return Lanes.Fold(low, high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Add256<TFormat>(byte* w, sbyte* codes, float* scales, int* terms, Vector256<float> lanes)
        where TFormat : struct, IBlock32
    {
        for (var line = 0; line < 8 * TFormat.Bytes; line += 64) Sse.Prefetch0(w + Ahead + line);
        var first = Int8Lanes.FourBlocks(Fours256<TFormat>(w, codes, 0), Fours256<TFormat>(w, codes, 1), Fours256<TFormat>(w, codes, 2), Fours256<TFormat>(w, codes, 3));
        var second = Int8Lanes.FourBlocks(Fours256<TFormat>(w, codes, 4), Fours256<TFormat>(w, codes, 5), Fours256<TFormat>(w, codes, 6), Fours256<TFormat>(w, codes, 7));
        var sums = Avx2.Permute2x128(first, second, 0x20) + Avx2.Permute2x128(first, second, 0x31);
        if (TFormat.Offset != 0) sums -= Vector256.Load(terms) * TFormat.Offset;

        var heads = Heads256<TFormat>(w);
        var d = TFormat.HasHalfScale ? F16.Widen(heads & Vector256.Create(0xffffu)) : Scales256<TFormat>(w);
        lanes = Vector256.FusedMultiplyAdd(d * Vector256.Load(scales), Vector256.ConvertToSingle(sums), lanes);
        return TFormat.HasMinimum ? Vector256.FusedMultiplyAdd(F16.Widen(heads >> 16), Vector256.Load((float*)terms), lanes) : lanes;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Fours256<TFormat>(byte* w, sbyte* codes, int i)
        where TFormat : struct, IBlock32 => Avx2.MultiplyAddAdjacent(
        Int8Lanes.Pairs(TFormat.Codes(w + (i * TFormat.Bytes)), Vector256.Load(codes + (i * Size)), !TFormat.IsSigned),
        Vector256<short>.One);

    private static float Dot128<TFormat>(byte* w, Block32Tile x, long blocks)
        where TFormat : struct, IBlock32
    {
        var lanes = stackalloc float[Lanes.Count];
        new Span<float>(lanes, Lanes.Count).Clear();
        for (var b = 0; b < blocks; b++, w += TFormat.Bytes)
        {
            var sum = Int8Lanes.Sum(TFormat.Codes(w), x.Codes + (b * Size), TFormat.IsSigned);
            if (TFormat.Offset != 0) sum -= TFormat.Offset * x.Terms[b];
            ref var lane = ref lanes[b % Lanes.Count];
            lane = MathF.FusedMultiplyAdd(TFormat.Scale(w) * x.Scales[b], sum, lane);
            if (TFormat.HasMinimum) lane = MathF.FusedMultiplyAdd(TFormat.Minimum(w), ((float*)x.Terms)[b], lane);
        }
        return Lanes.Fold(lanes);
    }
}
