using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Bantam.Kernels;

/// <summary>
/// The numeric contract of every sum over K (docs/numerics.md): element k, or integer group k, is added into lane k mod 16
/// by a fused multiply-add, and the sixteen lanes are folded by halves: i + (i + 8), i + (i + 4), i + (i + 2), i + (i + 1).
/// One 512-bit register, two 256-bit registers and sixteen floats in a loop therefore give the same bits.
/// </summary>
internal static unsafe class Lanes
{
    /// <summary>How many lanes.</summary>
    public const int Count = 16;

    /// <summary><paramref name="n"/> rounded up to a multiple of <see cref="Count"/>.</summary>
    public static int Up(int n) => (n + Count - 1) / Count * Count;

    /// <summary>Folds the lanes of one 512-bit register.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Fold(Vector512<float> lanes) => Fold(lanes.GetLower(), lanes.GetUpper());

    /// <summary>Folds lanes 0–7 and 8–15.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Fold(Vector256<float> low, Vector256<float> high)
    {
        var eight = low + high;
        var four = eight.GetLower() + eight.GetUpper();
        // Lanes 2 and 3 come down beside 0 and 1; what lies in the upper half is not used.
        var two = four + Vector128.Shuffle(four, Vector128.Create(2, 3, 2, 3));
        return two.GetElement(0) + two.GetElement(1);
    }

    /// <summary>Folds sixteen floats in memory, overwriting them.</summary>
    public static float Fold(float* lanes)
    {
        for (var half = Count / 2; half > 0; half /= 2)
            for (var i = 0; i < half; i++)
                lanes[i] += lanes[i + half];
        return lanes[0];
    }

    /// <summary>Σ x over <paramref name="n"/> floats, in the lane order.</summary>
    public static float Sum(float* x, long n)
    {
        var lanes = stackalloc float[Count];
        new Span<float>(lanes, Count).Clear();
        long k = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            var low = Vector256<float>.Zero;
            var high = Vector256<float>.Zero;
            for (; k + Count <= n; k += Count)
            {
                low += Vector256.Load(x + k);
                high += Vector256.Load(x + k + 8);
            }
            low.Store(lanes);
            high.Store(lanes + 8);
        }
        for (; k < n; k++) lanes[k % Count] += x[k];
        return Fold(lanes);
    }
}
