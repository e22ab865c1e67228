using System.Runtime.CompilerServices;

namespace Bantam.Kernels;

/// <summary>
/// tanh x = 1 − 2 / (1 + e²ˣ) by <see cref="Exp"/>, the same operations at every width. Absolute error below 2·10⁻⁷, which
/// is what caps on scores and logits need; it is not precise in relative terms near 0.
/// </summary>
internal static unsafe class Tanh
{
    /// <summary>tanh x.</summary>
    public static float Of(float x) => Of<Width32, float>(x);

    /// <summary>tanh of as many floats as a register holds, the bits of <see cref="Of(float)"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Of<TWidth, TVector>(TVector x)
        where TWidth : struct, IWidth<TVector>
        where TVector : struct
    {
        var one = TWidth.Create(1);
        return TWidth.Subtract(one, TWidth.Divide(TWidth.Create(2), TWidth.Add(one, Exp.Of<TWidth, TVector>(TWidth.Add(x, x)))));
    }

    /// <summary>x = cap·tanh(x / cap), in place: Gemma 2's soft-cap (arXiv 2408.00118, §2).</summary>
    public static void Cap(float* x, long n, float cap) => Elementwise.Run(new Capped(x, cap), 0, n);

    /// <summary>The same by <paramref name="workers"/>.</summary>
    public static void Cap(Workers workers, float* x, long n, float cap) => Elementwise.Run(workers, n, 20, new Capped(x, cap));

    private readonly struct Capped(float* x, float cap) : IElementwise
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<TWidth, TVector>(long i)
            where TWidth : struct, IWidth<TVector>
            where TVector : struct
        {
            var bound = TWidth.Create(cap);
            TWidth.Store(TWidth.Multiply(bound, Of<TWidth, TVector>(TWidth.Divide(TWidth.Load(x + i), bound))), x + i);
        }
    }
}
