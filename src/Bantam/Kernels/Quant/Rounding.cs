namespace Bantam.Kernels.Quant;

/// <summary>
/// Plain rounding of a block, without a search: the scale follows from the extremes, and codes are the nearest by the
/// unrounded scale. Both write codes and return scales that are still to be narrowed.
/// </summary>
internal static unsafe class Rounding
{
    /// <summary>
    /// x ≈ d·(q − top): d maps the element of largest magnitude, sign kept, to −<paramref name="top"/>;
    /// q = min(2·top − 1, ⌊x/d + top + ½⌋).
    /// </summary>
    public static float Symmetric(float* x, int n, int top, byte* codes)
    {
        var d = ScaleSearch.Extreme(x, n) / -top;
        var inverse = d == 0 ? 0 : 1 / d;
        for (var i = 0; i < n; i++) codes[i] = (byte)Math.Min((2 * top) - 1, (int)((x[i] * inverse) + (top + 0.5f)));
        return d;
    }

    /// <summary>
    /// x ≈ d·q + m: m is the smallest element, d maps the largest to <paramref name="top"/>;
    /// q = min(top, ⌊(x − m)/d + ½⌋).
    /// </summary>
    public static (float Scale, float Minimum) WithMinimum(float* x, int n, int top, byte* codes)
    {
        var (low, high) = (x[0], x[0]);
        for (var i = 1; i < n; i++)
        {
            if (x[i] < low) low = x[i];
            if (x[i] > high) high = x[i];
        }
        var d = (high - low) / top;
        var inverse = d == 0 ? 0 : 1 / d;
        for (var i = 0; i < n; i++) codes[i] = (byte)Math.Min(top, (int)(((x[i] - low) * inverse) + 0.5f));
        return (d, low);
    }
}
