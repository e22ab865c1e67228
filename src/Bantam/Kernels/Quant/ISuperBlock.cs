using System.Runtime.Intrinsics;

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

    /// <summary>Unpacks the scale of every sub-block, and its minimum where <see cref="HasMinima"/>.</summary>
    static abstract void SubScales(byte* block, out Vector128<sbyte> scales, out Vector128<sbyte> minima);

    /// <summary>Code <paramref name="i"/> of the super-block, q.</summary>
    static abstract int Code(byte* block, int i);

    /// <summary>Codes 32·<paramref name="part"/> … 32·<paramref name="part"/> + 31 as they are stored: q + <see cref="Offset"/>.</summary>
    static abstract Vector256<sbyte> Codes(byte* block, int part);

    /// <summary>Stored codes 64·<paramref name="group"/> … 64·<paramref name="group"/> + 63.</summary>
    static abstract Vector512<sbyte> Codes64(byte* block, int group);

    /// <summary>Whether stored codes are signed bytes; otherwise they are not negative.</summary>
    static virtual bool IsSigned => false;

    /// <summary>What makes q of a stored code, subtracted; zero where codes are signed.</summary>
    static virtual int Offset => 0;

    /// <summary>The largest stored code where codes are not signed, up to 63.</summary>
    static virtual int Highest => 15;
}

/// <summary>
/// Kernels over any <see cref="ISuperBlock"/>. Inside a super-block everything is integer, scales of sub-blocks included;
/// super-block b joins lane b mod 16 of <see cref="Lanes"/> by a fused multiply-add with d and the activation's scale, and
/// where there are minima, by another with what they make of the activation's sums of sixteen, subtracted.
/// </summary>
internal static unsafe class SuperBlockKernels
{
    private const int Size = Q8_K.Size;
    private const int Parts = Size / 32;

    public static void Dequantize<TFormat>(byte* blocks, float* x, long n)
        where TFormat : struct, ISuperBlock
    {
        for (; n > 0; n -= Size, x += Size, blocks += TFormat.Bytes)
        {
            TFormat.SubScales(blocks, out var scales, out var minima);
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
        var codes = stackalloc sbyte[32];
        var offset = Vector256.Create((sbyte)TFormat.Offset);
        for (; n > 0; n -= Size, blocks += TFormat.Bytes)
        {
            TFormat.SubScales(blocks, out var scales, out var minima);
            var (d, dMin) = (TFormat.Scale(blocks), TFormat.MinimumScale(blocks));
            for (var part = 0; part < Parts; part++)
            {
                (TFormat.Codes(blocks, part) - offset).Store(codes);
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
        var a = (Q8_K.Block*)activation;
        for (long b = 0; b < n / Size; b++, row += TFormat.Bytes, a++)
        {
            TFormat.SubScales(row, out var scales, out var minima);
            int sum = 0, least = 0;
            for (var i = 0; i < Size; i++) sum += scales[i / TFormat.SubSize] * TFormat.Code(row, i) * a->Q[i];
            ref var lane = ref lanes[b % Lanes.Count];
            lane = MathF.FusedMultiplyAdd(TFormat.Scale(row) * a->D, sum, lane);
            if (!TFormat.HasMinima) continue;
            for (var group = 0; group < Size / 16; group++) least += minima[16 * group / TFormat.SubSize] * a->Sums[group];
            lane = MathF.FusedMultiplyAdd(TFormat.MinimumScale(row) * a->D, -least, lane);
        }
        return Lanes.Fold(lanes);
    }

    /// <summary>Super-block by super-block: for short rows that meet one activation. Many rows go by <see cref="SuperBlockRow"/>.</summary>
    public static float Dot<TFormat>(byte* row, byte* activation, long n)
        where TFormat : struct, ISuperBlock
    {
        var lanes = stackalloc float[Lanes.Count];
        new Span<float>(lanes, Lanes.Count).Clear();
        var a = (Q8_K.Block*)activation;
        for (long b = 0; b < n / Size; b++, row += TFormat.Bytes, a++)
            Join<TFormat>(row, a->Q, a->D, a->Sums, ref lanes[b % Lanes.Count]);
        return Lanes.Fold(lanes);
    }

    /// <summary>Adds one super-block to its lane.</summary>
    public static void Join<TFormat>(byte* row, sbyte* codes, float d, short* sums, ref float lane)
        where TFormat : struct, ISuperBlock
    {
        TFormat.SubScales(row, out var scales, out var minima);
        int sum = 0, least = 0;
        for (var part = 0; part < Parts; part++)
        {
            var stored = TFormat.Codes(row, part) - Vector256.Create((sbyte)TFormat.Offset);
            var isSigned = TFormat.IsSigned || TFormat.Offset != 0;
            if (TFormat.SubSize == 32) sum += scales[part] * Int8Lanes.Sum(stored, codes + (32 * part), isSigned);
            else
            {
                // A half at a time: the other half of the codes is zero.
                sum += scales[2 * part] * Int8Lanes.Sum(Vector256.Create(stored.GetLower(), default), codes + (32 * part), isSigned);
                sum += scales[(2 * part) + 1] * Int8Lanes.Sum(Vector256.Create(default, stored.GetUpper()), codes + (32 * part), isSigned);
            }
        }
        lane = MathF.FusedMultiplyAdd(TFormat.Scale(row) * d, sum, lane);
        if (!TFormat.HasMinima) return;
        for (var group = 0; group < Size / 16; group++) least += minima[16 * group / TFormat.SubSize] * sums[group];
        lane = MathF.FusedMultiplyAdd(TFormat.MinimumScale(row) * d, -least, lane);
    }
}
