namespace Bantam.Kernels.Quant;

/// <summary>
/// Finds scales that lose least: the searches that lift the K formats above plain rounding. Methods after ggml's
/// reference quantisers (weighted least squares over a range of trial scales).
/// </summary>
internal static unsafe class ScaleSearch
{
    // Scales below are as good as none, and their reciprocals no numbers.
    private const float Tiny = 1e-15f;

    /// <summary>
    /// A scale for signed codes −<paramref name="top"/>…<paramref name="top"/> − 1 that maximises (Σ w·x·q)² / Σ w·q² with
    /// w = x², over 19 trial scales around the one that maps the extreme element to −top. Codes offset by top go to
    /// <paramref name="codes"/>.
    /// </summary>
    public static float Symmetric(float* x, int n, int top, sbyte* codes)
    {
        var extreme = Extreme(x, n);
        if (MathF.Abs(extreme) < Tiny)
        {
            new Span<sbyte>(codes, n).Clear();
            return 0;
        }

        var (xq, qq) = Moments(-top / extreme, store: true);
        var scale = qq == 0 ? 0 : xq / qq;
        var best = scale * xq;
        for (var step = -9; step <= 9; step++)
        {
            if (step == 0) continue;
            var inverse = -(top + (0.1f * step)) / extreme;
            (xq, qq) = Moments(inverse, store: false);
            if (qq <= 0 || xq * xq <= best * qq) continue;
            Moments(inverse, store: true);
            scale = xq / qq;
            best = scale * xq;
        }
        return scale;

        (float Xq, float Qq) Moments(float inverse, bool store)
        {
            float sumXq = 0, sumQq = 0;
            for (var i = 0; i < n; i++)
            {
                var q = Math.Clamp((int)MathF.Round(inverse * x[i]), -top, top - 1);
                if (store) codes[i] = (sbyte)(q + top);
                var w = x[i] * x[i];
                sumXq += w * x[i] * q;
                sumQq += w * q * q;
            }
            return (sumXq, sumQq);
        }
    }

    /// <summary>
    /// A scale for signed codes −<paramref name="top"/>…<paramref name="top"/> − 1 that maximises (Σ w·x·q)² / Σ w·q² with
    /// w = x², by coordinate descent from plain rounding: code after code moves to where the others' best scale puts it, if
    /// that helps, in at most five rounds. Codes offset by top go to <paramref name="codes"/>.
    /// </summary>
    public static float Descent(float* x, int n, int top, sbyte* codes)
    {
        var extreme = Extreme(x, n);
        if (MathF.Abs(extreme) < Tiny)
        {
            new Span<sbyte>(codes, n).Clear();
            return 0;
        }

        var inverse = -top / extreme;
        float xq = 0, qq = 0;
        for (var i = 0; i < n; i++)
        {
            codes[i] = Nearest(inverse * x[i]);
            var w = x[i] * x[i];
            xq += w * x[i] * codes[i];
            qq += w * codes[i] * codes[i];
        }
        for (var (round, moved) = (0, true); round < 5 && moved; round++)
        {
            moved = false;
            for (var i = 0; i < n; i++)
            {
                // The sums without element i.
                var w = x[i] * x[i];
                var otherXq = xq - (w * x[i] * codes[i]);
                var otherQq = qq - (w * codes[i] * codes[i]);
                if (!(otherXq > 0)) continue;
                var code = Nearest(x[i] * otherQq / otherXq);
                if (code == codes[i]) continue;
                otherXq += w * x[i] * code;
                otherQq += w * code * code;
                if (!(otherQq > 0) || !(otherXq * otherXq * qq > xq * xq * otherQq)) continue;
                (xq, qq, codes[i], moved) = (otherXq, otherQq, code, true);
            }
        }
        for (var i = 0; i < n; i++) codes[i] += (sbyte)top;
        return qq > 0 ? xq / qq : 0;

        sbyte Nearest(float value) => (sbyte)Math.Clamp((int)MathF.Round(value), -top, top - 1);
    }

    /// <summary>Whether one of <paramref name="n"/> scales is more than rounding noise.</summary>
    public static bool HasScale(float* scales, int n) => MathF.Abs(Extreme(scales, n)) >= Tiny;

    /// <summary>
    /// Rounds scales to −<paramref name="top"/>…<paramref name="top"/> − 1, the extreme one to −top. Returns what a unit of
    /// them is worth, as a half.
    /// </summary>
    public static ushort RoundScales(float* scales, int n, int top, sbyte* rounded)
    {
        var extreme = Extreme(scales, n);
        var inverse = extreme == 0 ? 0 : -top / extreme;
        for (var s = 0; s < n; s++) rounded[s] = (sbyte)Math.Clamp((int)MathF.Round(inverse * scales[s]), -top, top - 1);
        return extreme == 0 ? (ushort)0 : F16.Narrow(1 / inverse);
    }

    /// <summary>
    /// The codes of a super-block, offset by <paramref name="top"/>, that are nearest by <paramref name="d"/> times the scale
    /// of their sub-block. Where that is zero it says nothing: the codes stay as they are, as in ggml.
    /// </summary>
    public static void RoundCodes(float* x, float d, sbyte* scales, int subSize, int top, sbyte* codes)
    {
        for (var i = 0; i < Q8_K.Size; i++)
        {
            var scale = d * scales[i / subSize];
            if (scale != 0) codes[i] = (sbyte)(Math.Clamp((int)MathF.Round(x[i] / scale), -top, top - 1) + top);
        }
    }

    /// <summary>The element of largest magnitude, sign kept.</summary>
    public static float Extreme(float* x, int n)
    {
        var extreme = 0f;
        for (var i = 0; i < n; i++)
            if (MathF.Abs(x[i]) > MathF.Abs(extreme)) extreme = x[i];
        return extreme;
    }

    /// <summary>
    /// A scale and a minimum ≤ 0, x ≈ scale·q + minimum with q in 0…<paramref name="top"/>, by weighted least squares for
    /// the codes of each of <paramref name="steps"/> + 1 trial scales; the trial with the least weighted square error wins.
    /// A better minimum is at once the one that later trials count from. Codes of the best trial go to
    /// <paramref name="codes"/>. Returns the scale and −minimum. With <paramref name="absolute"/> the error that counts is
    /// the weighted absolute one.
    /// </summary>
    public static (float Scale, float Minimum) WithMinimum(float* x, float* weights, int n, int top, float first, float step, int steps, bool absolute, byte* codes)
    {
        var low = x[0];
        var high = x[0];
        float sumW = 0, sumX = 0;
        for (var i = 0; i < n; i++)
        {
            low = MathF.Min(low, x[i]);
            high = MathF.Max(high, x[i]);
            sumW += weights[i];
            sumX += weights[i] * x[i];
        }
        low = MathF.Min(low, 0);
        if (high <= low)
        {
            new Span<byte>(codes, n).Clear();
            return (0, -low);
        }

        var trialCodes = stackalloc byte[n];
        var inverse = top / (high - low);
        var scale = 1 / inverse;
        Encode(codes);
        var best = Error(codes, scale, low);
        for (var trial = 0; trial <= steps; trial++)
        {
            inverse = (first + (step * trial) + top) / (high - low);
            Encode(trialCodes);
            float sumQ = 0, sumQq = 0, sumXq = 0;
            for (var i = 0; i < n; i++)
            {
                var wq = weights[i] * trialCodes[i];
                sumQ += wq;
                sumQq += wq * trialCodes[i];
                sumXq += wq * x[i];
            }
            var determinant = (sumW * sumQq) - (sumQ * sumQ);
            if (determinant <= 0) continue;
            var trialScale = ((sumW * sumXq) - (sumX * sumQ)) / determinant;
            var trialMinimum = ((sumQq * sumX) - (sumQ * sumXq)) / determinant;
            if (trialMinimum > 0)
            {
                trialMinimum = 0;
                trialScale = sumXq / sumQq;
            }
            var error = Error(trialCodes, trialScale, trialMinimum);
            if (error >= best) continue;
            new Span<byte>(trialCodes, n).CopyTo(new Span<byte>(codes, n));
            (best, scale, low) = (error, trialScale, trialMinimum);
        }
        return (scale, -low);

        void Encode(byte* to)
        {
            for (var i = 0; i < n; i++)
                to[i] = (byte)Math.Clamp((int)MathF.Round(inverse * (x[i] - low)), 0, top);
        }

        float Error(byte* q, float s, float m)
        {
            var sum = 0f;
            for (var i = 0; i < n; i++)
            {
                var difference = (s * q[i]) + m - x[i];
                sum += weights[i] * (absolute ? MathF.Abs(difference) : difference * difference);
            }
            return sum;
        }
    }
}
