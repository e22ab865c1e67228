using System.Numerics;
using System.Runtime.CompilerServices;
using Bantam.Kernels;

namespace Bantam.Ops;

/// <summary>p = e^(x − max) / Σ e^(x − max), the piece that attention, losses and sampling share.</summary>
internal static unsafe class Softmax
{
    /// <summary>The definition, in place.</summary>
    public static void Reference<T>(T* x, int n)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var max = x[0];
        for (var i = 1; i < n; i++) max = T.Max(max, x[i]);
        var sum = T.Zero;
        for (var i = 0; i < n; i++) sum += x[i] = T.Exp(x[i] - max);
        for (var i = 0; i < n; i++) x[i] /= sum;
    }

    /// <summary>x = e^(x − max), in place.</summary>
    public static void Exponentials(float* x, long n, float max) => Elementwise.Run(new Exponential(x, max), 0, n);

    /// <summary>log Σ eˣ in double precision: what losses, perplexity and divergence need to be exact about.</summary>
    public static double LogSumExp(ReadOnlySpan<float> x)
    {
        double max = x[0];
        foreach (var value in x) max = Math.Max(max, value);
        var sum = 0.0;
        foreach (var value in x) sum += Math.Exp(value - max);
        return max + Math.Log(sum);
    }

    private readonly struct Exponential(float* x, float max) : IElementwise
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<TWidth, TVector>(long i)
            where TWidth : struct, IWidth<TVector>
            where TVector : struct =>
            TWidth.Store(Exp.Of<TWidth, TVector>(TWidth.Subtract(TWidth.Load(x + i), TWidth.Create(max))), x + i);
    }
}
