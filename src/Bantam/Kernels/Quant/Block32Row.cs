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
        var sums = Vector512.Create(Eight512<TFormat>(w, codes), Eight512<TFormat>(w + (8 * TFormat.Bytes), codes + (8 * Size)));
        if (Subtracts<TFormat>()) sums -= Vector512.Load(terms);
        var heads = Vector512.Create(Heads<TFormat>(w), Heads<TFormat>(w + (8 * TFormat.Bytes)));
        lanes = Vector512.FusedMultiplyAdd(TFormat.Scales(heads) * Vector512.Load(scales), Vector512.ConvertToSingle(sums), lanes);
        return TFormat.HasMinimum ? Vector512.FusedMultiplyAdd(F16.Widen(heads >> 16), Vector512.Load((float*)terms), lanes) : lanes;
    }

    // The sums of eight blocks, in order. Blocks i and i + 4 share a register; the tree brings the quarters of four registers together.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Eight512<TFormat>(byte* w, sbyte* codes)
        where TFormat : struct, IBlock32
    {
        var (r0, r1, r2, r3) = (Products512<TFormat>(w, codes, 0), Products512<TFormat>(w, codes, 1), Products512<TFormat>(w, codes, 2), Products512<TFormat>(w, codes, 3));
        // Four sums of two hold in a short where codes are not signed: 4·2·31·127.
        var quarters = TFormat.IsSigned
            ? Int8Lanes.FourBlocks(Words(r0), Words(r1), Words(r2), Words(r3))
            : Words(Int8Lanes.FourBlocks(r0, r1, r2, r3));
        if (!TFormat.IsNibbled) quarters = Avx512F.Shuffle4x128(quarters, quarters, 0b11_01_10_00);
        return quarters.GetLower() + quarters.GetUpper();

        static Vector512<int> Words(Vector512<short> pairs) => Avx512BW.MultiplyAddAdjacent(pairs, Vector512<short>.One);
    }

    // Sums of two of blocks i and i + 4.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<short> Products512<TFormat>(byte* w, sbyte* codes, int i)
        where TFormat : struct, IBlock32 =>
        Int8Lanes.Pairs(TFormat.Pair(w + (i * TFormat.Bytes), w + ((i + 4) * TFormat.Bytes)), Vector512.Load(codes + (2 * i * Size)), !TFormat.IsSigned);

    // The first 32 bits of eight blocks: d, and m above it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Heads<TFormat>(byte* w)
        where TFormat : struct, IBlock32
    {
        // Nine words to a block: the first ones of eight blocks lie in two registers.
        if (TFormat.Bytes == 18 && Avx512BW.IsSupported)
        {
            var places = Vector512.Create(0x001b_0012_0009_0000UL, 0x003f_0036_002d_0024UL, 0, 0, 0, 0, 0, 0).AsUInt16();
            var words = Avx512BW.PermuteVar32x16x2(Vector512.Load((ushort*)w), places, Vector512.Load((ushort*)(w + 64)));
            return Avx2.ConvertToVector256Int32(words.GetLower().GetLower()).AsUInt32();
        }
        return Vector256.Create(Head(w, 0), Head(w, 1), Head(w, 2), Head(w, 3), Head(w, 4), Head(w, 5), Head(w, 6), Head(w, 7));

        static uint Head(byte* w, int i) => *(uint*)(w + (i * TFormat.Bytes));
    }

    // The offset, where there is one, is in the tile's terms; a minimum has its own.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Subtracts<TFormat>()
        where TFormat : struct, IBlock32 => TFormat.Offset != 0;

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
        if (Subtracts<TFormat>()) sums -= Vector256.Load(terms);

        var heads = Heads<TFormat>(w);
        lanes = Vector256.FusedMultiplyAdd(TFormat.Scales(heads) * Vector256.Load(scales), Vector256.ConvertToSingle(sums), lanes);
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
            if (Subtracts<TFormat>()) sum -= x.Terms[b];
            ref var lane = ref lanes[b % Lanes.Count];
            lane = MathF.FusedMultiplyAdd(TFormat.Scale(w) * x.Scales[b], sum, lane);
            if (TFormat.HasMinimum) lane = MathF.FusedMultiplyAdd(TFormat.Minimum(w), ((float*)x.Terms)[b], lane);
        }
        return Lanes.Fold(lanes);
    }
}
