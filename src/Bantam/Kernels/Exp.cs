using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Bantam.Kernels;

/// <summary>
/// eˣ in single precision by the same sequence of operations on one float and on eight, so that a value does not depend
/// on where in a row it stands or on the instruction set. Error below 2 units in the last place.
/// </summary>
/// <remarks>
/// Range reduction x = n·ln 2 + r, |r| ≤ ln 2 / 2, with ln 2 in two parts (Cody and Waite); eʳ by its Taylor polynomial of
/// degree 7, whose remainder is below 2⁻²⁷; times 2ⁿ through the exponent bits.
/// </remarks>
internal static class Exp
{
    private const float Lowest = -87.33654f;   // e^Lowest is the smallest normal float
    private const float Highest = 88.72283f;   // beyond it, infinity
    private const float Log2E = 1.44269504f;
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;

    /// <summary>eˣ; 0 below −87.3 and infinity above 88.7.</summary>
    public static float Of(float x)
    {
        if (x < Lowest) return 0;
        if (x > Highest) return float.PositiveInfinity;
        var n = MathF.Round(x * Log2E);
        var r = MathF.FusedMultiplyAdd(n, -Ln2High, x);
        r = MathF.FusedMultiplyAdd(n, -Ln2Low, r);
        var p = 1f / 5040;
        p = MathF.FusedMultiplyAdd(p, r, 1f / 720);
        p = MathF.FusedMultiplyAdd(p, r, 1f / 120);
        p = MathF.FusedMultiplyAdd(p, r, 1f / 24);
        p = MathF.FusedMultiplyAdd(p, r, 1f / 6);
        p = MathF.FusedMultiplyAdd(p, r, 0.5f);
        p = MathF.FusedMultiplyAdd(p, r, 1f);
        p = MathF.FusedMultiplyAdd(p, r, 1f);
        // 2ⁿ in two factors: n = 128 has no exponent of its own.
        var half = (int)n >> 1;
        return p * BitConverter.Int32BitsToSingle((half + 127) << 23) * BitConverter.Int32BitsToSingle(((int)n - half + 127) << 23);
    }

    /// <summary>eˣ of eight floats, the bits of <see cref="Of(float)"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Of(Vector256<float> x)
    {
        var n = Vector256.Round(x * Vector256.Create(Log2E));
        var r = Vector256.FusedMultiplyAdd(n, Vector256.Create(-Ln2High), x);
        r = Vector256.FusedMultiplyAdd(n, Vector256.Create(-Ln2Low), r);
        var p = Vector256.Create(1f / 5040);
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1f / 720));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1f / 120));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1f / 24));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1f / 6));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(0.5f));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256<float>.One);
        p = Vector256.FusedMultiplyAdd(p, r, Vector256<float>.One);
        var whole = Vector256.ConvertToInt32Native(n);
        var half = whole >> 1;
        var y = p * ((half + Vector256.Create(127)) << 23).AsSingle() * ((whole - half + Vector256.Create(127)) << 23).AsSingle();
        y = Vector256.ConditionalSelect(Vector256.LessThan(x, Vector256.Create(Lowest)), Vector256<float>.Zero, y);
        return Vector256.ConditionalSelect(Vector256.GreaterThan(x, Vector256.Create(Highest)), Vector256.Create(float.PositiveInfinity), y);
    }
}
