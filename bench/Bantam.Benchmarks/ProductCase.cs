using System.Diagnostics;
using Bantam.Kernels;
using Bantam.Kernels.Quant;
using Bantam.Tensors;

namespace Bantam.Benchmarks;

/// <summary>
/// A product y = x·Wᵀ of random numbers as Ops/MatMul runs it, without the rounding of x: w [N, K] in some format, x [T, K]
/// in its activation type. Where the matrix is to exceed all caches, its rows repeat those of a small one.
/// </summary>
internal sealed unsafe class ProductCase : IDisposable
{
    private const int DistinctRows = 64;

    private readonly NativeStorage _memory;
    private readonly BlockFormat _format;
    private readonly Workers _workers;
    private Product _product;

    /// <summary>Fills the matrices.</summary>
    public ProductCase(BlockFormat format, long k, long n, long t, int threads)
    {
        (_format, _workers) = (format, new Workers(threads));
        var (rowBytes, activationBytes) = (format.DType.Bytes(k), format.Activation.Bytes(k));
        var scratchBytes = format.ScratchBytes(k, t);
        WeightBytes = n * rowBytes;
        long[] sizes = [WeightBytes, t * activationBytes, t * n * sizeof(float), threads * scratchBytes, k * sizeof(float)];
        _memory = new NativeStorage(sizes.Sum(Aligned), clear: false);
        var parts = stackalloc byte*[sizes.Length];
        parts[0] = _memory.Data;
        for (var i = 1; i < sizes.Length; i++) parts[i] = parts[i - 1] + Aligned(sizes[i - 1]);
        _product = new Product { W = parts[0], X = parts[1], Y = (float*)parts[2], K = k, N = n, T = t, Scratch = parts[3], ScratchBytes = scratchBytes };

        var random = new Random(1);
        var row = (float*)parts[4];
        for (long r = 0; r < n; r++)
        {
            if (r < DistinctRows) format.Quantize(Numbers(), _product.W + (r * rowBytes), k);
            else Buffer.MemoryCopy(_product.W + (r % DistinctRows * rowBytes), _product.W + (r * rowBytes), rowBytes, rowBytes);
        }
        for (long i = 0; i < t; i++) format.RoundActivation(Numbers(), _product.X + (i * activationBytes), k);

        float* Numbers()
        {
            for (long i = 0; i < k; i++) row[i] = random.NextSingle() - 0.5f;
            return row;
        }

        static long Aligned(long bytes) => (bytes + 63) / 64 * 64;
    }

    /// <summary>The matrix.</summary>
    public byte* Weights => _product.W;

    /// <summary>Bytes of the matrix.</summary>
    public long WeightBytes { get; }

    /// <summary>Two for each multiply-add.</summary>
    public double Operations => 2.0 * _product.K * _product.N * _product.T;

    /// <summary>Threads of the team.</summary>
    public int Threads => _workers.Threads;

    /// <summary>Multiplies once.</summary>
    public void Run()
    {
        fixed (Product* product = &_product)
            _workers.Run(product->N, product->K * product->T, (delegate*<void*, int, long, long, void>)_format.Multiply, product);
    }

    /// <summary>The median time of a product in seconds, after <paramref name="warmUp"/> seconds that do not count and over <paramref name="budget"/> seconds that do, three products at least.</summary>
    public double Seconds(double warmUp, double budget)
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
        return times.Order().ElementAt(times.Count / 2);
    }

    /// <summary>Ends the team and frees the matrices.</summary>
    public void Dispose()
    {
        _workers.Dispose();
        _memory.Dispose();
    }
}
