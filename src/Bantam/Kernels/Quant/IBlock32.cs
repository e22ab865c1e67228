using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Bantam.Tensors;

namespace Bantam.Kernels.Quant;

/// <summary>
/// A format whose blocks are 32 codes and one scale, x = d·q, or with a minimum, x = d·q + m: they share their kernels and
/// differ only in how a code is packed. The activation partner is Q8_0 without a minimum and <see cref="Q8_1"/> with one.
/// </summary>
internal unsafe interface IBlock32
{
    /// <summary>Bytes of a block.</summary>
    static abstract int Bytes { get; }

    /// <summary>Whether blocks have a minimum; then they begin with d and m, two halves, and codes are not negative.</summary>
    static virtual bool HasMinimum => false;

    /// <summary>d of the block.</summary>
    static abstract float Scale(byte* block);

    /// <summary>m of the block, where <see cref="HasMinimum"/>.</summary>
    static virtual float Minimum(byte* block) => 0;

    /// <summary>Code <paramref name="i"/> of the block, q.</summary>
    static abstract int Code(byte* block, int i);

    /// <summary>The 32 codes in element order as they are stored: q + <see cref="Offset"/>.</summary>
    static abstract Vector256<sbyte> Codes(byte* block);

    /// <summary>Whether codes are <see cref="Nibbles"/>, so that two blocks are taken apart together, by <see cref="Nibbles.Pair(byte*, byte*)"/>.</summary>
    static virtual bool IsNibbled => true;

    /// <summary>The stored codes of two blocks for a register of 512 bits: one block after the other, or, <see cref="IsNibbled"/>, their first halves and then their second ones.</summary>
    static abstract Vector512<sbyte> Pair(byte* first, byte* second);

    /// <summary>The d of the sixteen blocks whose first 32 bits are <paramref name="heads"/>.</summary>
    static virtual Vector512<float> Scales(Vector512<uint> heads) => F16.Widen(heads & Vector512.Create(0xffffu));

    /// <summary>Of eight blocks.</summary>
    static virtual Vector256<float> Scales(Vector256<uint> heads) => F16.Widen(heads & Vector256.Create(0xffffu));

    /// <summary>Whether stored codes are signed bytes; otherwise they are not negative.</summary>
    static virtual bool IsSigned => false;

    /// <summary>What makes q of a stored code, subtracted; zero where codes are signed.</summary>
    static virtual int Offset => 0;

    /// <summary>The largest stored code where codes are not signed, up to 31.</summary>
    static virtual int Highest => 15;
}

/// <summary>
/// Kernels over any <see cref="IBlock32"/>. Inside a block, products are summed as integers, exactly; block b joins lane
/// b mod 16 of <see cref="Lanes"/> by a fused multiply-add with its two scales, and where there are minima, by another with
/// minimum and sum.
/// </summary>
internal static unsafe class Block32Kernels
{
    private const int Size = 32;

    /// <summary>The partner of formats with a minimum, or without.</summary>
    public static DType Activation<TFormat>()
        where TFormat : struct, IBlock32 => TFormat.HasMinimum ? DType.Q8_1 : DType.Q8_0;

    public static void RoundActivation<TFormat>(float* x, byte* activation, long n)
        where TFormat : struct, IBlock32
    {
        if (TFormat.HasMinimum) Q8_1.Round(x, activation, n);
        else Q8_0.RoundActivation(x, activation, n);
    }

    public static void Dequantize<TFormat>(byte* blocks, float* x, long n)
        where TFormat : struct, IBlock32
    {
        for (; n > 0; n -= Size, x += Size, blocks += TFormat.Bytes)
            for (var i = 0; i < Size; i++)
            {
                x[i] = TFormat.Scale(blocks) * TFormat.Code(blocks, i);
                if (TFormat.HasMinimum) x[i] += TFormat.Minimum(blocks);
            }
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
        var offset = Vector256.Create((sbyte)TFormat.Offset);
        for (; n > 0; n -= Size, x += Size, blocks += TFormat.Bytes)
        {
            var d = Vector256.Create(TFormat.Scale(blocks));
            var m = Vector256.Create(TFormat.Minimum(blocks));
            (TFormat.Codes(blocks) - offset).Store(codes);
            for (var i = 0; i < Size; i += 8)
            {
                var product = d * Int8Lanes.Widen(codes + i);
                (TFormat.HasMinimum ? product + m : product).Store(x + i);
            }
        }
    }

    public static float DotReference<TFormat>(byte* w, byte* a, long n)
        where TFormat : struct, IBlock32
    {
        var lanes = stackalloc float[Lanes.Count];
        new Span<float>(lanes, Lanes.Count).Clear();
        for (long b = 0; b < n / Size; b++, w += TFormat.Bytes, a += PartnerBytes<TFormat>())
        {
            var sum = 0;
            for (var i = 0; i < Size; i++) sum += TFormat.Code(w, i) * PartnerCodes<TFormat>(a)[i];
            Join<TFormat>(w, a, sum, ref lanes[b % Lanes.Count]);
        }
        return Lanes.Fold(lanes);
    }

    /// <summary>Block by block: for short rows that meet one activation, as keys meet a query. Many rows go by <see cref="Block32Row"/>.</summary>
    public static float Dot<TFormat>(byte* w, byte* a, long n)
        where TFormat : struct, IBlock32
    {
        var lanes = stackalloc float[Lanes.Count];
        new Span<float>(lanes, Lanes.Count).Clear();
        for (long b = 0; b < n / Size; b++, w += TFormat.Bytes, a += PartnerBytes<TFormat>())
        {
            var sum = Int8Lanes.Sum(TFormat.Codes(w), PartnerCodes<TFormat>(a), TFormat.IsSigned);
            if (TFormat.Offset != 0) sum -= TFormat.Offset * Int8Lanes.Sum(Vector256<sbyte>.One, PartnerCodes<TFormat>(a), isSigned: false);
            Join<TFormat>(w, a, sum, ref lanes[b % Lanes.Count]);
        }
        return Lanes.Fold(lanes);
    }

    // The product of the scales, two halves, is exact, and so is that of minimum and sum: what is fused is rounded once.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Join<TFormat>(byte* w, byte* a, int sum, ref float lane)
        where TFormat : struct, IBlock32
    {
        lane = MathF.FusedMultiplyAdd(TFormat.Scale(w) * Q8_0.Scale(a), sum, lane);
        if (TFormat.HasMinimum) lane = MathF.FusedMultiplyAdd(TFormat.Minimum(w), Q8_1.Sum(a), lane);
    }

    // Both partners begin with d and end with the codes.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static sbyte* PartnerCodes<TFormat>(byte* a)
        where TFormat : struct, IBlock32 => (sbyte*)a + PartnerBytes<TFormat>() - Size;

    private static int PartnerBytes<TFormat>()
        where TFormat : struct, IBlock32 => TFormat.HasMinimum ? Q8_1.Bytes : Q8_0.Bytes;
}
