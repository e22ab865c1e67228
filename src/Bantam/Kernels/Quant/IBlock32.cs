using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
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

    /// <summary>Code <paramref name="i"/> of the block.</summary>
    static abstract int Code(byte* block, int i);

    /// <summary>The 32 codes in element order.</summary>
    static abstract Vector256<sbyte> Codes(byte* block);
}

/// <summary>
/// Kernels over any <see cref="IBlock32"/>. Inside a block, products of four neighbours are summed as integers, exactly;
/// the sums of even blocks go to lanes 0–7 of <see cref="Lanes"/>, those of odd blocks to lanes 8–15. Minima meet the sums
/// of the activation's blocks and are added up apart, block by block.
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
        for (; n > 0; n -= Size, x += Size, blocks += TFormat.Bytes)
        {
            var d = Vector256.Create(TFormat.Scale(blocks));
            var m = Vector256.Create(TFormat.Minimum(blocks));
            TFormat.Codes(blocks).Store(codes);
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
        var minima = 0f;
        for (long b = 0; b < n / Size; b++, w += TFormat.Bytes, a += PartnerBytes<TFormat>())
        {
            var scale = TFormat.Scale(w) * Q8_0.Scale(a);
            for (var lane = 0; lane < 8; lane++)
            {
                var sum = 0;
                for (var i = 4 * lane; i < (4 * lane) + 4; i++) sum += TFormat.Code(w, i) * PartnerCodes<TFormat>(a)[i];
                var at = lane + (8 * (int)(b % 2));
                lanes[at] = MathF.FusedMultiplyAdd(scale, sum, lanes[at]);
            }
            if (TFormat.HasMinimum) minima += TFormat.Minimum(w) * Q8_1.Sum(a);
        }
        return TFormat.HasMinimum ? Lanes.Fold(lanes) + minima : Lanes.Fold(lanes);
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
        var minima = Vector128<float>.Zero;
        for (; blocks >= 2; blocks -= 2, w += 2 * TFormat.Bytes, a += 2 * PartnerBytes<TFormat>())
        {
            // Two blocks side by side: 64 codes of each operand, and each half's own scale.
            byte* w1 = w + TFormat.Bytes, a1 = a + PartnerBytes<TFormat>();
            var (factors, factors1) = (Factors<TFormat>(w, a), Factors<TFormat>(w1, a1));
            var scale = Vector512.Create(Vector256.Create(factors.ToScalar()), Vector256.Create(factors1.ToScalar()));
            var codes = Vector512.Create(TFormat.Codes(w), TFormat.Codes(w1));
            var partner = Vector512.Create(Vector256.Load(PartnerCodes<TFormat>(a)), Vector256.Load(PartnerCodes<TFormat>(a1)));
            acc = Vector512.FusedMultiplyAdd(scale, Int8Lanes.Fours(codes, partner, TFormat.HasMinimum), acc);
            if (TFormat.HasMinimum) minima = minima + factors + factors1;
        }
        var low = acc.GetLower();
        if (blocks > 0)
        {
            var factors = Factors<TFormat>(w, a);
            low = AddBlock<TFormat>(w, a, factors, low);
            if (TFormat.HasMinimum) minima += factors;
        }
        return WithMinima<TFormat>(Lanes.Fold(low, acc.GetUpper()), minima);
    }

    private static float Dot256<TFormat>(byte* w, byte* a, long blocks)
        where TFormat : struct, IBlock32
    {
        var low = Vector256<float>.Zero;
        var high = Vector256<float>.Zero;
        var minima = Vector128<float>.Zero;
        for (; blocks >= 2; blocks -= 2, w += 2 * TFormat.Bytes, a += 2 * PartnerBytes<TFormat>())
        {
            byte* w1 = w + TFormat.Bytes, a1 = a + PartnerBytes<TFormat>();
            var (factors, factors1) = (Factors<TFormat>(w, a), Factors<TFormat>(w1, a1));
            low = AddBlock<TFormat>(w, a, factors, low);
            high = AddBlock<TFormat>(w1, a1, factors1, high);
            if (TFormat.HasMinimum) minima = minima + factors + factors1;
        }
        if (blocks > 0)
        {
            var factors = Factors<TFormat>(w, a);
            low = AddBlock<TFormat>(w, a, factors, low);
            if (TFormat.HasMinimum) minima += factors;
        }
        return WithMinima<TFormat>(Lanes.Fold(low, high), minima);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> AddBlock<TFormat>(byte* w, byte* a, Vector128<float> factors, Vector256<float> acc)
        where TFormat : struct, IBlock32 =>
        Vector256.FusedMultiplyAdd(
            Vector256.Create(factors.ToScalar()),
            Int8Lanes.Fours(TFormat.Codes(w), Vector256.Load(PartnerCodes<TFormat>(a)), TFormat.HasMinimum),
            acc);

    // First the product of the scales, then that of minimum and sum, where there is one: all four halves widened at once.
    // Both products are exact, so that adding them is what a fused multiply-add would do.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Factors<TFormat>(byte* w, byte* a)
        where TFormat : struct, IBlock32
    {
        if (!TFormat.HasMinimum) return Vector128.CreateScalarUnsafe(TFormat.Scale(w) * Q8_0.Scale(a));
        var four = F16.Widen(*(uint*)w | ((ulong)*(uint*)a << 32));
        return four * Vector128.Shuffle(four, Vector128.Create(2, 3, 2, 3));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float WithMinima<TFormat>(float sum, Vector128<float> minima)
        where TFormat : struct, IBlock32 => TFormat.HasMinimum ? sum + minima.GetElement(1) : sum;

    // Both partners begin with d and end with the codes.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static sbyte* PartnerCodes<TFormat>(byte* a)
        where TFormat : struct, IBlock32 => (sbyte*)a + PartnerBytes<TFormat>() - Size;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int PartnerBytes<TFormat>()
        where TFormat : struct, IBlock32 => TFormat.HasMinimum ? Q8_1.Bytes : Q8_0.Bytes;
}
