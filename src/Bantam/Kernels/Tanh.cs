using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Bantam.Kernels;

/// <summary>
/// tanh x = 1 − 2 / (1 + e²ˣ) by <see cref="Exp"/>, the same operations on one float and on eight. Absolute error below
/// 2·10⁻⁷, which is what caps on scores and logits need; it is not precise in relative terms near 0.
/// </summary>
internal static class Tanh
{
    /// <summary>tanh x.</summary>
    public static float Of(float x) => 1 - (2 / (1 + Exp.Of(x + x)));

    /// <summary>tanh of eight floats, the bits of <see cref="Of(float)"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Of(Vector256<float> x) =>
        Vector256<float>.One - (Vector256.Create(2f) / (Vector256<float>.One + Exp.Of(x + x)));

    /// <summary>x = cap·tanh(x / cap), in place: Gemma 2's soft-cap (arXiv 2408.00118, §2).</summary>
    public static unsafe void Cap(float* x, long n, float cap)
    {
        long i = 0;
        if (Vector256.IsHardwareAccelerated)
            for (; i + 8 <= n; i += 8)
                (Vector256.Create(cap) * Of(Vector256.Load(x + i) / Vector256.Create(cap))).Store(x + i);
        for (; i < n; i++) x[i] = cap * Of(x[i] / cap);
    }
}
