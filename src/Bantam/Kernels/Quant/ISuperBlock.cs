using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Bantam.Kernels.Quant;

/// <summary>
/// A format whose blocks are 256 codes in sub-blocks with integer scales, x = d·scale·q, or with minima,
/// x = d·scale·q − dmin·minimum, and whose activation partner is <see cref="Q8_K"/>: they share their kernels and differ
/// only in how codes and scales are packed.
/// </summary>
internal unsafe interface ISuperBlock
{
    /// <summary>Bytes of a super-block.</summary>
    static abstract int Bytes { get; }

    /// <summary>Elements that share a scale: 16 or 32.</summary>
    static abstract int SubSize { get; }

    /// <summary>Whether sub-blocks have minima; then codes are not negative.</summary>
    static virtual bool HasMinima => false;

    /// <summary>d of the super-block.</summary>
    static abstract float Scale(byte* block);

    /// <summary>dmin of the super-block, where <see cref="HasMinima"/>.</summary>
    static virtual float MinimumScale(byte* block) => 0;

    /// <summary>Unpacks the scale of every sub-block, and its minimum where <see cref="HasMinima"/>; room is for sixteen of each.</summary>
    static abstract void SubScales(byte* block, sbyte* scales, sbyte* minima);

    /// <summary>Code <paramref name="i"/> of the super-block.</summary>
    static abstract int Code(byte* block, int i);

    /// <summary>Codes 32·<paramref name="part"/> … 32·<paramref name="part"/> + 31.</summary>
    static abstract Vector256<sbyte> Codes(byte* block, int part);
}

/// <summary>
/// Kernels over any <see cref="ISuperBlock"/>. Inside a super-block everything is integer: of each 64 elements the
/// four-neighbour sums times their scale go to lanes 0–15 of <see cref="Lanes"/>, and one multiply-add per lane brings them
/// into the float sum. Minima meet the activation's sums of sixteen and are added up apart, super-block by super-block.
/// </summary>
internal static unsafe class SuperBlockKernels
{
    private const int Size = Q8_K.Size;
    private const int Parts = Size / 32;

    // Room for the scales of the smallest sub-blocks.
    private const int MaxSubBlocks = Size / 16;

    public static void Dequantize<TFormat>(byte* blocks, float* x, long n)
        where TFormat : struct, ISuperBlock
    {
        sbyte* scales = stackalloc sbyte[MaxSubBlocks], minima = stackalloc sbyte[MaxSubBlocks];
        for (; n > 0; n -= Size, x += Size, blocks += TFormat.Bytes)
        {
            TFormat.SubScales(blocks, scales, minima);
            for (var i = 0; i < Size; i++)
            {
                var sub = i / TFormat.SubSize;
                x[i] = TFormat.Scale(blocks) * scales[sub] * TFormat.Code(blocks, i);
                if (TFormat.HasMinima) x[i] -= TFormat.MinimumScale(blocks) * minima[sub];
            }
        }
    }

    public static void Unpack<TFormat>(byte* blocks, float* x, long n)
        where TFormat : struct, ISuperBlock
    {
        if (!Vector256.IsHardwareAccelerated)
        {
            Dequantize<TFormat>(blocks, x, n);
            return;
        }
        sbyte* scales = stackalloc sbyte[MaxSubBlocks], minima = stackalloc sbyte[MaxSubBlocks], codes = stackalloc sbyte[32];
        for (; n > 0; n -= Size, blocks += TFormat.Bytes)
        {
            TFormat.SubScales(blocks, scales, minima);
            var (d, dMin) = (TFormat.Scale(blocks), TFormat.MinimumScale(blocks));
            for (var part = 0; part < Parts; part++)
            {
                TFormat.Codes(blocks, part).Store(codes);
                for (var at = 0; at < 32; at += TFormat.SubSize)
                {
                    var sub = ((32 * part) + at) / TFormat.SubSize;
                    var scale = Vector256.Create(d * scales[sub]);
                    var minimum = Vector256.Create(dMin * minima[sub]);
                    for (var i = at; i < at + TFormat.SubSize; i += 8, x += 8)
                    {
                        var product = scale * Int8Lanes.Widen(codes + i);
                        (TFormat.HasMinima ? product - minimum : product).Store(x);
                    }
                }
            }
        }
    }

    public static float DotReference<TFormat>(byte* row, byte* activation, long n)
        where TFormat : struct, ISuperBlock
    {
        var lanes = stackalloc float[Lanes.Count];
        new Span<float>(lanes, Lanes.Count).Clear();
        var sums = stackalloc int[Lanes.Count];
        sbyte* scales = stackalloc sbyte[MaxSubBlocks], minima = stackalloc sbyte[MaxSubBlocks];
        var minimaSum = 0f;
        var a = (Q8_K.Block*)activation;
        for (; n > 0; n -= Size, row += TFormat.Bytes, a++)
        {
            TFormat.SubScales(row, scales, minima);
            new Span<int>(sums, Lanes.Count).Clear();
            for (var i = 0; i < Size; i++) sums[i % 64 / 4] += scales[i / TFormat.SubSize] * TFormat.Code(row, i) * a->Q[i];
            var d = TFormat.Scale(row) * a->D;
            for (var lane = 0; lane < Lanes.Count; lane++) lanes[lane] = MathF.FusedMultiplyAdd(d, sums[lane], lanes[lane]);
            if (!TFormat.HasMinima) continue;
            var sum = 0;
            for (var group = 0; group < Size / 16; group++) sum += minima[16 * group / TFormat.SubSize] * a->Sums[group];
            minimaSum = MathF.FusedMultiplyAdd(TFormat.MinimumScale(row) * a->D, sum, minimaSum);
        }
        return WithMinima<TFormat>(Lanes.Fold(lanes), minimaSum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Dot<TFormat>(byte* row, byte* activation, long n)
        where TFormat : struct, ISuperBlock
    {
        if (Avx512BW.IsSupported) return Dot512<TFormat>(row, (Q8_K.Block*)activation, n / Size);
        return Avx2.IsSupported && Fma.IsSupported
            ? Dot256<TFormat>(row, (Q8_K.Block*)activation, n / Size)
            : DotReference<TFormat>(row, activation, n);
    }

    private static float Dot512<TFormat>(byte* w, Q8_K.Block* a, long blocks)
        where TFormat : struct, ISuperBlock
    {
        sbyte* scales = stackalloc sbyte[MaxSubBlocks], minima = stackalloc sbyte[MaxSubBlocks];
        var acc = Vector512<float>.Zero;
        var minimaSum = 0f;
        for (; blocks > 0; blocks--, w += TFormat.Bytes, a++)
        {
            TFormat.SubScales(w, scales, minima);
            // Written out, so that every shift and offset is a constant.
            var sums = Group(0) + Group(1) + Group(2) + Group(3);
            acc = Vector512.FusedMultiplyAdd(Vector512.Create(TFormat.Scale(w) * a->D), Vector512.ConvertToSingle(sums), acc);
            minimaSum = AddMinima<TFormat>(w, minima, a, minimaSum);
        }
        return WithMinima<TFormat>(Lanes.Fold(acc), minimaSum);

        // 64 elements.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        Vector512<int> Group(int j) => Avx512BW.MultiplyAddAdjacent(
            Int8Lanes.Pairs(Vector512.Create(TFormat.Codes(w, 2 * j), TFormat.Codes(w, (2 * j) + 1)), Vector512.Load(a->Q + (64 * j)), TFormat.HasMinima),
            Vector512.Create(PartScales<TFormat>(scales, 2 * j), PartScales<TFormat>(scales, (2 * j) + 1)));
    }

    private static float Dot256<TFormat>(byte* w, Q8_K.Block* a, long blocks)
        where TFormat : struct, ISuperBlock
    {
        sbyte* scales = stackalloc sbyte[MaxSubBlocks], minima = stackalloc sbyte[MaxSubBlocks];
        var low = Vector256<float>.Zero;
        var high = Vector256<float>.Zero;
        var minimaSum = 0f;
        for (; blocks > 0; blocks--, w += TFormat.Bytes, a++)
        {
            TFormat.SubScales(w, scales, minima);
            var first = Part(0) + Part(2) + Part(4) + Part(6);   // lanes 0–7
            var second = Part(1) + Part(3) + Part(5) + Part(7);  // lanes 8–15
            var d = Vector256.Create(TFormat.Scale(w) * a->D);
            low = Vector256.FusedMultiplyAdd(d, Vector256.ConvertToSingle(first), low);
            high = Vector256.FusedMultiplyAdd(d, Vector256.ConvertToSingle(second), high);
            minimaSum = AddMinima<TFormat>(w, minima, a, minimaSum);
        }
        return WithMinima<TFormat>(Lanes.Fold(low, high), minimaSum);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        Vector256<int> Part(int part) => Avx2.MultiplyAddAdjacent(
            Int8Lanes.Pairs(TFormat.Codes(w, part), Vector256.Load(a->Q + (32 * part)), TFormat.HasMinima),
            PartScales<TFormat>(scales, part));
    }

    // The scale or the two scales of 32 elements, over their sixteen 16-bit sums of two.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> PartScales<TFormat>(sbyte* scales, int part)
        where TFormat : struct, ISuperBlock => TFormat.SubSize == 32
        ? Vector256.Create((short)scales[part])
        : Vector256.Create(Vector128.Create((short)scales[2 * part]), Vector128.Create((short)scales[(2 * part) + 1]));

    // What follows costs nothing where there are no minima: the answer is a constant of the format.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float AddMinima<TFormat>(byte* w, sbyte* minima, Q8_K.Block* a, float minimaSum)
        where TFormat : struct, ISuperBlock
    {
        if (!TFormat.HasMinima) return minimaSum;
        // One for every sum of sixteen: those of 32 elements twice.
        var each = Vector128.Load(minima);
        if (TFormat.SubSize == 32) each = Sse2.UnpackLow(each, each);
        var sums = Avx2.MultiplyAddAdjacent(Avx2.ConvertToVector256Int16(each), Vector256.Load(a->Sums));
        return MathF.FusedMultiplyAdd(TFormat.MinimumScale(w) * a->D, Vector256.Sum(sums), minimaSum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float WithMinima<TFormat>(float sum, float minimaSum)
        where TFormat : struct, ISuperBlock => TFormat.HasMinima ? sum - minimaSum : sum;
}
