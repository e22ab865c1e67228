using Bantam.Kernels.Quant;
using Bantam.Tensors;

namespace Bantam.Cli;

/// <summary>What the values of a tensor look like. Minimum, maximum and mean are those of the finite values, and 0 where there are none.</summary>
/// <param name="Min">Smallest value.</param>
/// <param name="Max">Largest value.</param>
/// <param name="MeanAbs">Mean of the magnitudes.</param>
/// <param name="NaN">Values that are no number.</param>
/// <param name="Infinite">Values that are infinite.</param>
internal sealed unsafe record ValueScan(double Min, double Max, double MeanAbs, long NaN, long Infinite)
{
    // A multiple of every block size, and small enough to stay in the second-level cache.
    private const int Chunk = 1 << 14;

    /// <summary>Whether every value is a finite number.</summary>
    public bool IsFinite => NaN == 0 && Infinite == 0;

    /// <summary>Reads all values of <paramref name="tensor"/>; null for a type that bantam does not compute with.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="scanned">Called with the number of bytes that were read since the last call.</param>
    /// <param name="cancel">Stops the scan.</param>
    public static ValueScan? Of(Tensor tensor, Action<long> scanned, CancellationToken cancel)
    {
        if (!BlockFormats.TryOf(tensor.DType, out var format)) return null;
        var values = stackalloc float[Chunk];
        var (min, max, sum) = (double.PositiveInfinity, double.NegativeInfinity, 0.0);
        var (nan, infinite, count) = (0L, 0L, tensor.Shape.Count);
        for (var at = 0L; at < count; at += Chunk)
        {
            cancel.ThrowIfCancellationRequested();
            var n = (int)Math.Min(Chunk, count - at);
            format.Unpack(tensor.Data + tensor.DType.Bytes(at), values, n);
            for (var i = 0; i < n; i++)
            {
                var v = values[i];
                if (float.IsFinite(v))
                {
                    min = Math.Min(min, v);
                    max = Math.Max(max, v);
                    sum += Math.Abs(v);
                }
                else if (float.IsNaN(v))
                {
                    nan++;
                }
                else
                {
                    infinite++;
                }
            }
            scanned(tensor.DType.Bytes(n));
        }
        GC.KeepAlive(tensor.Owner);
        var finite = count - nan - infinite;
        return finite == 0 ? new(0, 0, 0, nan, infinite) : new(min, max, sum / finite, nan, infinite);
    }
}
