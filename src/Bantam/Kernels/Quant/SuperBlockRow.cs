using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Bantam.Kernels.Quant;

/// <summary>
/// One row of an <see cref="ISuperBlock"/> format against one token's <see cref="SuperBlockTile"/>. Four super-blocks at a
/// time become four integers in one register, one for each of four <see cref="Lanes"/>.
/// </summary>
internal static unsafe class SuperBlockRow
{
    private const int Size = Q8_K.Size;

    /// <summary>Super-blocks that go together.</summary>
    public const int Group = 4;

    private const int Ahead = 2048;

    /// <summary>Σ row·x.</summary>
    /// <param name="w">The row's super-blocks.</param>
    /// <param name="x">A tile of one token.</param>
    /// <param name="blocks">How many.</param>
    /// <param name="tail">Four super-blocks of zeros; the row's last ones, where they are not four, are laid over them.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Dot<TFormat>(byte* w, SuperBlockTile x, long blocks, byte* tail)
        where TFormat : struct, ISuperBlock =>
        Simd256.IsSupported ? DotGroups<TFormat>(w, x, blocks, tail) : Dot128<TFormat>(w, x, blocks);

    private static float DotGroups<TFormat>(byte* w, SuperBlockTile x, long blocks, byte* tail)
        where TFormat : struct, ISuperBlock
    {
        Vector128<float> lanes0 = default, lanes1 = default, lanes2 = default, lanes3 = default;
        for (long b = 0; b < blocks; b += Group, w += Group * TFormat.Bytes)
        {
            if (blocks - b < Group)
            {
                Unsafe.CopyBlockUnaligned(tail, w, (uint)((blocks - b) * TFormat.Bytes));
                w = tail;
            }
            // Lanes 0–3, 4–7, 8–11 and 12–15 take turns.
            var next = Simd512.IsSupported ? Add512<TFormat>(w, x, b, lanes0) : Add256<TFormat>(w, x, b, lanes0);
            (lanes0, lanes1, lanes2, lanes3) = (lanes1, lanes2, lanes3, next);
        }
        // Turned on until each stands at its place again.
        for (var turn = ((blocks + Group - 1) / Group) & 3; turn != 0 && turn < 4; turn++) (lanes0, lanes1, lanes2, lanes3) = (lanes1, lanes2, lanes3, lanes0);
        return Lanes.Fold(Vector256.Create(lanes0, lanes1), Vector256.Create(lanes2, lanes3));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Add512<TFormat>(byte* w, SuperBlockTile x, long b, Vector128<float> lanes)
        where TFormat : struct, ISuperBlock
    {
        for (var line = 0; line < Group * TFormat.Bytes; line += 64) Sse.Prefetch0(w + Ahead + line);
        var s0 = Sums512<TFormat>(w, x, b, out var m0);
        var s1 = Sums512<TFormat>(w + TFormat.Bytes, x, b + 1, out var m1);
        var s2 = Sums512<TFormat>(w + (2 * TFormat.Bytes), x, b + 2, out var m2);
        var s3 = Sums512<TFormat>(w + (3 * TFormat.Bytes), x, b + 3, out var m3);
        var quarters = Int8Lanes.FourBlocks(s0, s1, s2, s3);
        var halves = quarters.GetLower() + quarters.GetUpper();
        return Join<TFormat>(w, x, b, halves.GetLower() + halves.GetUpper(), m0, m1, m2, m3, lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Add256<TFormat>(byte* w, SuperBlockTile x, long b, Vector128<float> lanes)
        where TFormat : struct, ISuperBlock
    {
        for (var line = 0; line < Group * TFormat.Bytes; line += 64) Sse.Prefetch0(w + Ahead + line);
        var s0 = Sums256<TFormat>(w, x, b, out var m0);
        var s1 = Sums256<TFormat>(w + TFormat.Bytes, x, b + 1, out var m1);
        var s2 = Sums256<TFormat>(w + (2 * TFormat.Bytes), x, b + 2, out var m2);
        var s3 = Sums256<TFormat>(w + (3 * TFormat.Bytes), x, b + 3, out var m3);
        var halves = Int8Lanes.FourBlocks(s0, s1, s2, s3);
        return Join<TFormat>(w, x, b, halves.GetLower() + halves.GetUpper(), m0, m1, m2, m3, lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Join<TFormat>(byte* w, SuperBlockTile x, long b, Vector128<int> sums, Vector256<int> m0, Vector256<int> m1, Vector256<int> m2, Vector256<int> m3, Vector128<float> lanes)
        where TFormat : struct, ISuperBlock
    {
        var minima = Vector128<int>.Zero;
        if (TFormat.HasMinima || TFormat.Offset != 0)
        {
            var halves = Int8Lanes.FourBlocks(m0, m1, m2, m3);
            minima = halves.GetLower() + halves.GetUpper();
        }
        if (TFormat.Offset != 0) sums -= minima * TFormat.Offset;
        var d = Vector128.Load(x.Scales + b);
        var scale = Vector128.Create(TFormat.Scale(w), TFormat.Scale(w + TFormat.Bytes), TFormat.Scale(w + (2 * TFormat.Bytes)), TFormat.Scale(w + (3 * TFormat.Bytes)));
        lanes = Vector128.FusedMultiplyAdd(scale * d, Vector128.ConvertToSingle(sums), lanes);
        if (!TFormat.HasMinima) return lanes;
        var least = Vector128.Create(TFormat.MinimumScale(w), TFormat.MinimumScale(w + TFormat.Bytes), TFormat.MinimumScale(w + (2 * TFormat.Bytes)), TFormat.MinimumScale(w + (3 * TFormat.Bytes)));
        return Vector128.FusedMultiplyAdd(least * d, Vector128.ConvertToSingle(-minima), lanes);
    }

    // Σ scale·code·a in sixteen lanes, and Σ minimum·sum (or scale·sum, for what codes are stored above q) in eight.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Sums512<TFormat>(byte* w, SuperBlockTile x, long b, out Vector256<int> pairs)
        where TFormat : struct, ISuperBlock
    {
        TFormat.SubScales(w, out var scales, out var minima);
        pairs = Minima<TFormat>(scales, minima, x, b);
        var words = Vector512.Create(Avx2.ConvertToVector256Int16(scales), Vector256<short>.Zero);
        var codes = x.Codes + (b * Size);
        // Written out, so that every shift and offset is a constant.
        return Group64(0) + Group64(1) + Group64(2) + Group64(3);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        Vector512<int> Group64(int j)
        {
            var products = Int8Lanes.Pairs(TFormat.Codes64(w, j), Vector512.Load(codes + (64 * j)), !TFormat.IsSigned);
            // A short is two elements: eight or sixteen of them share a scale.
            var places = TFormat.SubSize == 32
                ? Vector512.Create(Vector256.Create((short)(2 * j)), Vector256.Create((short)((2 * j) + 1)))
                : Vector512.Create(Vector256.Create(Vector128.Create((short)(4 * j)), Vector128.Create((short)((4 * j) + 1))), Vector256.Create(Vector128.Create((short)((4 * j) + 2)), Vector128.Create((short)((4 * j) + 3))));
            return Avx512BW.MultiplyAddAdjacent(products, Avx512BW.PermuteVar32x16(words, places));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Sums256<TFormat>(byte* w, SuperBlockTile x, long b, out Vector256<int> pairs)
        where TFormat : struct, ISuperBlock
    {
        TFormat.SubScales(w, out var scales, out var minima);
        pairs = Minima<TFormat>(scales, minima, x, b);
        var codes = x.Codes + (b * Size);
        return Part(0) + Part(1) + Part(2) + Part(3) + Part(4) + Part(5) + Part(6) + Part(7);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        Vector256<int> Part(int part)
        {
            var products = Int8Lanes.Pairs(TFormat.Codes(w, part), Vector256.Load(codes + (32 * part)), !TFormat.IsSigned);
            // Scale s as a short: byte s and its sign. The shuffle takes a byte to the upper half of each short, from where it is shifted down.
            var (low, high) = TFormat.SubSize == 32 ? (part, part) : (2 * part, (2 * part) + 1);
            var places = Vector256.Create(Vector128.Create((short)(low << 8 | 0x80)), Vector128.Create((short)(high << 8 | 0x80))).AsSByte();
            var words = Avx2.Shuffle(Vector256.Create(scales, scales), places).AsInt16() >> 8;
            return Avx2.MultiplyAddAdjacent(products, words);
        }
    }

    // One for every sum of sixteen: those of 32 elements twice.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Minima<TFormat>(Vector128<sbyte> scales, Vector128<sbyte> minima, SuperBlockTile x, long b)
        where TFormat : struct, ISuperBlock
    {
        if (!(TFormat.HasMinima || TFormat.Offset != 0)) return default;
        var each = TFormat.HasMinima ? minima : scales;
        if (TFormat.SubSize == 32) each = Sse2.UnpackLow(each, each);
        return Avx2.MultiplyAddAdjacent(Avx2.ConvertToVector256Int16(each), Vector256.Load((short*)(x.Sums + (b * SuperBlockTile.Pairs))));
    }

    private static float Dot128<TFormat>(byte* w, SuperBlockTile x, long blocks)
        where TFormat : struct, ISuperBlock
    {
        var lanes = stackalloc float[Lanes.Count];
        new Span<float>(lanes, Lanes.Count).Clear();
        for (var b = 0; b < blocks; b++, w += TFormat.Bytes)
            SuperBlockKernels.Join<TFormat>(w, x.Codes + (b * Size), x.Scales[b], (short*)(x.Sums + (b * SuperBlockTile.Pairs)), ref lanes[b % Lanes.Count]);
        return Lanes.Fold(lanes);
    }
}
