using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Bantam.Kernels.Quant;

/// <summary>
/// Exact products of signed bytes, summed in groups of four neighbours into 32-bit lanes. The instruction that does it,
/// VPMADDUBSW, wants one side unsigned, so the sign of w moves to a: |w|·(a with w's sign). Its 16-bit sums of two hold
/// because |w| ≤ 128 and |a| ≤ 127 (activations are never −128). Codes that are known not to be negative go as they are.
/// </summary>
internal static class Int8Lanes
{
    /// <summary>w·a of 32 bytes as sixteen 16-bit sums of two; <paramref name="positive"/>, a constant, where no w is negative.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<short> Pairs(Vector256<sbyte> w, Vector256<sbyte> a, bool positive) => positive
        ? Avx2.MultiplyAddAdjacent(w.AsByte(), a)
        : Avx2.MultiplyAddAdjacent(Avx2.Abs(w), Avx2.Sign(a, w));

    /// <summary>w·a of 64 bytes as thirty-two 16-bit sums of two; <paramref name="positive"/>, a constant, where no w is negative.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<short> Pairs(Vector512<sbyte> w, Vector512<sbyte> a, bool positive) => positive
        ? Avx512BW.MultiplyAddAdjacent(w.AsByte(), a)
        : Avx512BW.MultiplyAddAdjacent(Avx512BW.Abs(w), Vector512.ConditionalSelect(Vector512.LessThan(w, Vector512<sbyte>.Zero), -a, a));

    /// <summary>w·a of 32 bytes as eight 32-bit sums of four, as floats: lanes 0–7 or 8–15 of the contract.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Fours(Vector256<sbyte> w, Vector256<sbyte> a, bool positive) =>
        Vector256.ConvertToSingle(Avx2.MultiplyAddAdjacent(Pairs(w, a, positive), Vector256<short>.One));

    /// <summary>w·a of 64 bytes as sixteen 32-bit sums of four, as floats: all lanes of the contract.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Fours(Vector512<sbyte> w, Vector512<sbyte> a, bool positive) =>
        Vector512.ConvertToSingle(Avx512BW.MultiplyAddAdjacent(Pairs(w, a, positive), Vector512<short>.One));

    /// <summary>
    /// Σ of the lanes of four registers, quarter by quarter: each quarter of the result holds the sums of that quarter of
    /// <paramref name="r0"/> to <paramref name="r3"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> FourBlocks(Vector512<int> r0, Vector512<int> r1, Vector512<int> r2, Vector512<int> r3)
    {
        // Lanes 0 + 2 and 1 + 3, of two registers interleaved.
        var s01 = (Avx512F.UnpackLow(r0, r1) + Avx512F.UnpackHigh(r0, r1)).AsInt64();
        var s23 = (Avx512F.UnpackLow(r2, r3) + Avx512F.UnpackHigh(r2, r3)).AsInt64();
        return Avx512F.UnpackLow(s01, s23).AsInt32() + Avx512F.UnpackHigh(s01, s23).AsInt32();
    }

    /// <summary>The same with two shorts in each lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<short> FourBlocks(Vector512<short> r0, Vector512<short> r1, Vector512<short> r2, Vector512<short> r3)
    {
        var (i0, i1, i2, i3) = (r0.AsInt32(), r1.AsInt32(), r2.AsInt32(), r3.AsInt32());
        var s01 = (Avx512F.UnpackLow(i0, i1).AsInt16() + Avx512F.UnpackHigh(i0, i1).AsInt16()).AsInt64();
        var s23 = (Avx512F.UnpackLow(i2, i3).AsInt16() + Avx512F.UnpackHigh(i2, i3).AsInt16()).AsInt64();
        return Avx512F.UnpackLow(s01, s23).AsInt16() + Avx512F.UnpackHigh(s01, s23).AsInt16();
    }

    /// <summary>The same in halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> FourBlocks(Vector256<int> r0, Vector256<int> r1, Vector256<int> r2, Vector256<int> r3)
    {
        var s01 = (Avx2.UnpackLow(r0, r1) + Avx2.UnpackHigh(r0, r1)).AsInt64();
        var s23 = (Avx2.UnpackLow(r2, r3) + Avx2.UnpackHigh(r2, r3)).AsInt64();
        return Avx2.UnpackLow(s01, s23).AsInt32() + Avx2.UnpackHigh(s01, s23).AsInt32();
    }

    /// <summary>Σ w·a over 32 bytes, w signed where <paramref name="isSigned"/> says so and not above 127 where not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe int Sum(Vector256<sbyte> w, sbyte* a, bool isSigned)
    {
        if (Avx2.IsSupported) return Vector256.Sum(Avx2.MultiplyAddAdjacent(Pairs(w, Vector256.Load(a), !isSigned), Vector256<short>.One));
        var (a0, a1) = (Vector128.Load(a), Vector128.Load(a + 16));
        return Vector128.Sum(Words(Vector128.WidenLower(w.GetLower()), Vector128.WidenLower(a0)) + Words(Vector128.WidenUpper(w.GetLower()), Vector128.WidenUpper(a0))
            + Words(Vector128.WidenLower(w.GetUpper()), Vector128.WidenLower(a1)) + Words(Vector128.WidenUpper(w.GetUpper()), Vector128.WidenUpper(a1)));

        static Vector128<int> Words(Vector128<short> x, Vector128<short> y) => Simd128.MultiplyShorts(x.AsByte(), y.AsByte()).AsInt32();
    }

    /// <summary>Eight signed bytes from <paramref name="p"/> as floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Vector256<float> Widen(sbyte* p)
    {
        var words = Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(long*)p).AsSByte());
        return Vector256.ConvertToSingle(Vector256.WidenLower(words.ToVector256Unsafe()));
    }

    /// <summary>
    /// 32 integers, each within ±127, as bytes in order. The packing instructions interleave the 128-bit halves of their
    /// operands; the permutation puts the eight groups of four back.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<sbyte> Narrow(Vector256<int> v0, Vector256<int> v1, Vector256<int> v2, Vector256<int> v3)
    {
        var bytes = Avx2.PackSignedSaturate(Avx2.PackSignedSaturate(v0, v1), Avx2.PackSignedSaturate(v2, v3));
        return Avx2.PermuteVar8x32(bytes.AsInt32(), Vector256.Create(0, 4, 1, 5, 2, 6, 3, 7)).AsSByte();
    }
}
