using System.Numerics;
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
        var (min, max, sum) = (float.PositiveInfinity, float.NegativeInfinity, 0.0);
        var (nan, infinite, count) = (0L, 0L, tensor.Shape.Count);
        for (var at = 0L; at < count; at += Chunk)
        {
            cancel.ThrowIfCancellationRequested();
            var n = (int)Math.Min(Chunk, count - at);
            format.Unpack(tensor.Data + tensor.DType.Bytes(at), values, n);
            n -= TakeOut(values, n, ref nan, ref infinite);
            Measure(values, n, ref min, ref max, ref sum);
            scanned(tensor.DType.Bytes(Math.Min(Chunk, count - at)));
        }
        GC.KeepAlive(tensor.Owner);
        var finite = count - nan - infinite;
        return finite == 0 ? new(0, 0, 0, nan, infinite) : new(min, max, sum / finite, nan, infinite);
    }

    // Counts the values that are not finite and closes the gaps; returns how many there were. Nearly always none.
    private static int TakeOut(float* values, int n, ref long nan, ref long infinite)
    {
        var wrong = Vector<int>.Zero;
        var i = 0;
        // Not above the largest float is false for infinity, and for NaN too.
        for (; i <= n - Vector<float>.Count; i += Vector<float>.Count)
            wrong |= ~Vector.LessThanOrEqual(Vector.Abs(Vector.Load(values + i)), new Vector<float>(float.MaxValue));
        var found = Vector.EqualsAll(wrong, Vector<int>.Zero) ? 0 : 1;
        for (; i < n && found == 0; i++)
            if (!float.IsFinite(values[i])) found = 1;
        if (found == 0) return 0;

        var kept = 0;
        for (i = 0; i < n; i++)
        {
            if (float.IsFinite(values[i])) values[kept++] = values[i];
            else if (float.IsNaN(values[i])) nan++;
            else infinite++;
        }
        return n - kept;
    }

    private static void Measure(float* values, int n, ref float min, ref float max, ref double sum)
    {
        var (least, most, sums) = (new Vector<float>(min), new Vector<float>(max), Vector<double>.Zero);
        var i = 0;
        for (; i <= n - Vector<float>.Count; i += Vector<float>.Count)
        {
            var v = Vector.Load(values + i);
            least = Vector.Min(least, v);
            most = Vector.Max(most, v);
            Vector.Widen(Vector.Abs(v), out var low, out var high);
            sums += low + high;
        }
        for (var lane = 0; lane < Vector<float>.Count; lane++) (min, max) = (Math.Min(min, least[lane]), Math.Max(max, most[lane]));
        sum += Vector.Sum(sums);
        for (; i < n; i++) (min, max, sum) = (Math.Min(min, values[i]), Math.Max(max, values[i]), sum + Math.Abs(values[i]));
    }
}
