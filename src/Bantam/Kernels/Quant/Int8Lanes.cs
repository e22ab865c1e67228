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
