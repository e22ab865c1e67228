using System.Numerics;
using System.Runtime.CompilerServices;
using Bantam.Kernels;

namespace Bantam.Ops;

/// <summary>A non-linearity: its definition, its derivative, and its value at any width, bit for bit alike.</summary>
internal interface IActivation
{
    /// <summary>f(x), the definition.</summary>
    static abstract T Reference<T>(T x)
        where T : unmanaged, IFloatingPointIeee754<T>;

    /// <summary>f′(x).</summary>
    static abstract T Slope<T>(T x)
        where T : unmanaged, IFloatingPointIeee754<T>;

    /// <summary>f of as many floats as a register holds.</summary>
    static abstract TVector Of<TWidth, TVector>(TVector x)
        where TWidth : struct, IWidth<TVector>
        where TVector : struct;
}

/// <summary>silu(x) = x / (1 + e⁻ˣ) (arXiv 1702.03118).</summary>
internal readonly struct Silu : IActivation
{
    public static T Reference<T>(T x)
        where T : unmanaged, IFloatingPointIeee754<T> => x / (T.One + T.Exp(-x));

    // With σ = 1/(1 + e⁻ˣ): σ·(1 + x·(1 − σ)).
    public static T Slope<T>(T x)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var sigma = T.One / (T.One + T.Exp(-x));
        return sigma * (T.One + (x * (T.One - sigma)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Of<TWidth, TVector>(TVector x)
        where TWidth : struct, IWidth<TVector>
        where TVector : struct =>
        TWidth.Divide(x, TWidth.Add(TWidth.Create(1), Exp.Of<TWidth, TVector>(TWidth.Subtract(TWidth.Create(0), x))));
}

/// <summary>
/// The tanh form of gelu (arXiv 1606.08415, §2): ½·x·(1 + tanh u) with u = √(2/π)·(x + 0.044715·x³), which is
/// x / (1 + e⁻²ᵘ) and is computed so: nothing cancels where x is far below 0.
/// </summary>
internal readonly struct GeluTanh : IActivation
{
    private const double TwoRoot = 1.5957691216057308; // 2·√(2/π)
    private const double Cubic = 0.044715;

    public static T Reference<T>(T x)
        where T : unmanaged, IFloatingPointIeee754<T> => x / (T.One + T.Exp(-TwoU(x)));

    // σ + x·σ·(1 − σ)·(2u)′ with σ = 1/(1 + e⁻²ᵘ).
    public static T Slope<T>(T x)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var sigma = T.One / (T.One + T.Exp(-TwoU(x)));
        var inner = T.CreateTruncating(TwoRoot) * (T.One + (T.CreateTruncating(3 * Cubic) * x * x));
        return sigma + (x * sigma * (T.One - sigma) * inner);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Of<TWidth, TVector>(TVector x)
        where TWidth : struct, IWidth<TVector>
        where TVector : struct
    {
        var cubic = TWidth.Multiply(TWidth.Multiply(TWidth.Multiply(TWidth.Create((float)Cubic), x), x), x);
        var minusTwoU = TWidth.Multiply(TWidth.Create((float)-TwoRoot), TWidth.Add(x, cubic));
        return TWidth.Divide(x, TWidth.Add(TWidth.Create(1), Exp.Of<TWidth, TVector>(minusTwoU)));
    }

    private static T TwoU<T>(T x)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        T.CreateTruncating(TwoRoot) * (x + (T.CreateTruncating(Cubic) * x * x * x));
}
