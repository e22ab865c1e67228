namespace Bantam.Kernels.Quant;

/// <summary>
/// The sixteen signed bytes that the codes of <see cref="IQ4_NL"/> and <see cref="IQ4_XS"/> mean, after ggml's
/// <c>kvalues_iq4nl</c>, and how a scale for them is found.
/// </summary>
internal static unsafe class CodeBook
{
    private const int Trials = 7;

    /// <summary>The entries, ascending.</summary>
    public static ReadOnlySpan<sbyte> Values => [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

    /// <summary>
    /// A scale d for x ≈ d·entry that maximises (Σ w·x·q)² / Σ w·q² with w = x², over trial scales that map the extreme
    /// element to −134…−120 and one that maps it to 127. Zero where there is nothing to scale.
    /// </summary>
    public static float Search(float* x, int n)
    {
        if (!ScaleSearch.HasScale(x, n)) return 0;
        var extreme = ScaleSearch.Extreme(x, n);

        // The reciprocal of a rounded scale, as ggml has it here; the trials below divide by the extreme itself.
        var (xq, qq) = Moments(1 / (extreme / -Values[0]));
        var scale = xq / qq;
        var best = scale * xq;
        for (var step = -Trials; step <= Trials; step++)
        {
            (xq, qq) = Moments((step + Values[0]) / extreme);
            if (qq <= 0 || xq * xq <= best * qq) continue;
            scale = xq / qq;
            best = scale * xq;
        }
        return scale;

        (float Xq, float Qq) Moments(float inverse)
        {
            float sumXq = 0, sumQq = 0;
            for (var i = 0; i < n; i++)
            {
                float q = Values[Nearest(inverse * x[i])];
                var w = x[i] * x[i];
                sumXq += w * q * x[i];
                sumQq += w * q * q;
            }
            return (sumXq, sumQq);
        }
    }

    /// <summary>For each element the code of the nearest entry by scale <paramref name="d"/>, which may be zero.</summary>
    public static void Encode(float* x, int n, float d, byte* codes)
    {
        var inverse = d == 0 ? 0 : 1 / d;
        for (var i = 0; i < n; i++) codes[i] = (byte)Nearest(inverse * x[i]);
    }

    // Halfway between two entries, the upper one.
    private static int Nearest(float value)
    {
        var upper = 1;
        while (upper < 15 && Values[upper] <= value) upper++;
        return value - Values[upper - 1] < Values[upper] - value ? upper - 1 : upper;
    }
}
