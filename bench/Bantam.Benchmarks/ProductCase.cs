using System.Diagnostics;
using Bantam.Execution;
using Bantam.Kernels;
using Bantam.Kernels.Quant;
using Bantam.Ops;
using Bantam.Tensors;

namespace Bantam.Benchmarks;

/// <summary>
/// A product y = x·Wᵀ of random numbers as a layer runs it: w [N, K] in some format, x [T, K] in F32, its rounding to the
/// format's partner included. Rows of w repeat, which the arithmetic does not notice and the memory does not know.
/// </summary>
internal sealed unsafe class ProductCase : IDisposable
{
    private const int DistinctRows = 64;

    private readonly NativeStorage _weights;
    private readonly NativeStorage _activations;
    private readonly Workers _workers;
    private readonly Pass _pass;
    private readonly Tensor _w;
    private readonly Tensor _x;

    /// <summary>Fills the matrices.</summary>
    public ProductCase(BlockFormat format, long k, long n, long t, int threads)
    {
        _weights = new NativeStorage(n * format.DType.Bytes(k), clear: false);
        _activations = new NativeStorage(DType.F32.Bytes(t * k), clear: false);
        _w = _weights.View(format.DType, new Shape(n, k));
        _x = _activations.View(DType.F32, new Shape(t, k));
        _workers = new Workers(threads);
        // A product looks at no cache.
        _pass = new Pass(_workers, cache: null!);

        var random = new Random(1);
        var row = new float[k];
        for (long r = 0; r < n; r++)
        {
            if (r >= DistinctRows)
            {
                Buffer.MemoryCopy(_w.Row(r % DistinctRows), _w.Row(r), _w.RowBytes, _w.RowBytes);
                continue;
            }
            foreach (ref var value in row.AsSpan()) value = random.NextSingle() - 0.5f;
            fixed (float* values = row) format.Quantize(values, _w.Row(r), k);
        }
        foreach (ref var value in _x.AsSpan<float>()) value = random.NextSingle() - 0.5f;
    }

    /// <summary>The matrix.</summary>
    public byte* Weights => _weights.Data;

    /// <summary>Bytes of the matrix.</summary>
    public long WeightBytes => _weights.Length;

    /// <summary>Two for each multiply-add.</summary>
    public double Operations => 2.0 * _w.Shape.Count * _x.Shape.Rows;

    /// <summary>Multiplies once; an element of the result.</summary>
    public float Run()
    {
        var y = MatMul.Forward(_pass, _x, _w);
        var first = *(float*)y.Data;
        _pass.Reset();
        return first;
    }

    /// <summary>Median and least time of a product in seconds, after <paramref name="warmUp"/> seconds that do not count and over <paramref name="budget"/> seconds that do, three products at least.</summary>
    public (double Median, double Least) Seconds(double warmUp, double budget)
    {
        var watch = Stopwatch.StartNew();
        do Run();
        while (watch.Elapsed.TotalSeconds < warmUp);

        var times = new List<double>();
        for (var left = budget; left > 0 || times.Count < 3; left -= times[^1])
        {
            watch.Restart();
            Run();
            times.Add(watch.Elapsed.TotalSeconds);
        }
        times.Sort();
        return (times[times.Count / 2], times[0]);
    }

    /// <summary>Ends the team and frees the matrices.</summary>
    public void Dispose()
    {
        _pass.Dispose();
        _workers.Dispose();
        _weights.Dispose();
        _activations.Dispose();
    }
}
