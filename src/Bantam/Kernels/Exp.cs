using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Bantam.Kernels;

/// <summary>
/// eˣ in single precision by the same sequence of operations at every <see cref="IWidth{TVector}">width</see>, so that a value does not
/// depend on where in a row it stands or on the instruction set. Error below 2 units in the last place.
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
    public static float Of(float x) => Of<Width32, float>(x);

    /// <summary>eˣ of eight floats, the bits of <see cref="Of(float)"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Of(Vector256<float> x) => Of<Width256, Vector256<float>>(x);

    /// <summary>eˣ of as many floats as a register holds, the bits of <see cref="Of(float)"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Of<TWidth, TVector>(TVector x)
        where TWidth : struct, IWidth<TVector>
        where TVector : struct
    {
        var p = Reduced<TWidth, TVector>(x, out var n);
        var y = TWidth.TimesTwoTo(p, n);
        y = TWidth.WhereLess(x, TWidth.Create(Lowest), TWidth.Create(0), y);
        return TWidth.WhereLess(TWidth.Create(Highest), x, TWidth.Create(float.PositiveInfinity), y);
    }

    /// <summary>The same for x that is not above 0, as a softmax has it: nothing can overflow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector OfNotAboveZero<TWidth, TVector>(TVector x)
        where TWidth : struct, IWidth<TVector>
        where TVector : struct
    {
        var p = Reduced<TWidth, TVector>(x, out var n);
        return TWidth.WhereLess(x, TWidth.Create(Lowest), TWidth.Create(0), TWidth.Multiply(p, TWidth.TwoTo(n)));
    }

    // eʳ and n of x = n·ln 2 + r.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Reduced<TWidth, TVector>(TVector x, out TVector n)
        where TWidth : struct, IWidth<TVector>
        where TVector : struct
    {
        n = TWidth.Round(TWidth.Multiply(x, TWidth.Create(Log2E)));
        var r = TWidth.MultiplyAdd(n, TWidth.Create(-Ln2High), x);
        r = TWidth.MultiplyAdd(n, TWidth.Create(-Ln2Low), r);
        var p = TWidth.Create(1f / 5040);
        p = TWidth.MultiplyAdd(p, r, TWidth.Create(1f / 720));
        p = TWidth.MultiplyAdd(p, r, TWidth.Create(1f / 120));
        p = TWidth.MultiplyAdd(p, r, TWidth.Create(1f / 24));
        p = TWidth.MultiplyAdd(p, r, TWidth.Create(1f / 6));
        p = TWidth.MultiplyAdd(p, r, TWidth.Create(0.5f));
        p = TWidth.MultiplyAdd(p, r, TWidth.Create(1f));
        return TWidth.MultiplyAdd(p, r, TWidth.Create(1f));
    }
}
