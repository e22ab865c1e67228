namespace Bantam.Kernels.Quant;

/// <summary>
/// How a K format with minima finds them: scale and minimum of every sub-block by <see cref="ScaleSearch.WithMinimum"/>,
/// both rounded against the largest; then the codes nearest to what the rounded scales can say.
/// </summary>
/// <param name="SubSize">Elements of a sub-block.</param>
/// <param name="Top">The largest code.</param>
/// <param name="MaxScale">The largest scale and minimum that can be stored.</param>
/// <param name="First">Where the trial scales begin, in codes beyond the plain one.</param>
/// <param name="Steps">One less than the number of trials, a tenth of a code apart.</param>
/// <param name="ByMagnitude">Weights |x| and absolute errors, instead of weights rms(x) + |x| and square ones.</param>
internal sealed unsafe record MinimumSearch(int SubSize, int Top, int MaxScale, float First, int Steps, bool ByMagnitude = false)
{
    /// <summary>Encodes one super-block: a scale and a minimum per sub-block, 256 codes; returns d and dmin as halves.</summary>
    public (ushort D, ushort DMin) Encode(float* x, byte* sc, byte* mn, byte* codes)
    {
        var subBlocks = Q8_K.Size / SubSize;
        float* weights = stackalloc float[SubSize], scales = stackalloc float[subBlocks], minima = stackalloc float[subBlocks];
        float maxScale = 0, maxMinimum = 0;
        for (var s = 0; s < subBlocks; s++)
        {
            var sub = x + (s * SubSize);
            var rms = ByMagnitude ? 0 : RootMeanSquare(sub, SubSize);
            for (var i = 0; i < SubSize; i++) weights[i] = rms + MathF.Abs(sub[i]);
            (scales[s], minima[s]) = ScaleSearch.WithMinimum(sub, weights, SubSize, Top, First, 0.1f, Steps, ByMagnitude, codes + (s * SubSize));
            maxScale = MathF.Max(maxScale, scales[s]);
            maxMinimum = MathF.Max(maxMinimum, minima[s]);
        }

        var toScale = maxScale > 0 ? MaxScale / maxScale : 0;
        var toMinimum = maxMinimum > 0 ? MaxScale / maxMinimum : 0;
        var (d, dMin) = (F16.Narrow(maxScale / MaxScale), F16.Narrow(maxMinimum / MaxScale));
        for (var s = 0; s < subBlocks; s++)
        {
            sc[s] = (byte)Math.Clamp((int)MathF.Round(toScale * scales[s]), 0, MaxScale);
            mn[s] = (byte)Math.Clamp((int)MathF.Round(toMinimum * minima[s]), 0, MaxScale);
            var scale = F16.Widen(d) * sc[s];
            var minimum = F16.Widen(dMin) * mn[s];
            // A scale that rounds to zero says nothing: the codes of the search stay, as in ggml.
            if (scale == 0) continue;
            for (var i = s * SubSize; i < (s + 1) * SubSize; i++)
                codes[i] = (byte)Math.Clamp((int)MathF.Round((x[i] + minimum) / scale), 0, Top);
        }
        return (d, dMin);
    }

    private static float RootMeanSquare(float* x, int n)
    {
        var squares = 0f;
        for (var i = 0; i < n; i++) squares += x[i] * x[i];
        return MathF.Sqrt(squares / n);
    }
}
