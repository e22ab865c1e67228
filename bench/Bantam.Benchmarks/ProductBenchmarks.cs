using Bantam.Kernels.Quant;
using BenchmarkDotNet.Attributes;

namespace Bantam.Benchmarks;

/// <summary>A product in each format, beside what the machine can do at most; <see cref="LimitColumn"/> shows both.</summary>
[Config(typeof(LimitConfig))]
public abstract class ProductBenchmarks
{
    /// <summary>The formats of the table.</summary>
    public static IEnumerable<string> Names => BlockFormats.All.Select(f => f.DType.Name);

    /// <summary>One thread, and all.</summary>
    public static IEnumerable<int> ThreadCounts => new[] { 1, Environment.ProcessorCount }.Distinct();

    /// <summary>Format under test.</summary>
    [ParamsSource(nameof(Names))]
    public string Format { get; set; } = "";

    /// <summary>Threads.</summary>
    [ParamsSource(nameof(ThreadCounts))]
    public int Threads { get; set; }

    private protected BlockFormat Type => BlockFormats.All.Single(f => f.DType.Name == Format);

    private protected ProductCase Case { get; set; } = null!;

    /// <summary>The product.</summary>
    [Benchmark]
    public float Product() => Case.Run();

    /// <summary>Frees the matrices.</summary>
    [GlobalCleanup]
    public void Cleanup() => Case.Dispose();
}

/// <summary>
/// One activation row against a matrix that no cache holds: decoding, which is reading.
/// <c>dotnet run -c Release --project bench/Bantam.Benchmarks -- --filter '*Decode*'</c>
/// </summary>
public class DecodeBenchmarks : ProductBenchmarks
{
    /// <summary>Fills the matrix and measures how fast it can be read.</summary>
    [GlobalSetup]
    public unsafe void Setup()
    {
        Case = new ProductCase(Type, KernelTable.K, KernelTable.BeyondCaches / Type.DType.Bytes(KernelTable.K), 1, Threads);
        LimitColumn.Found(nameof(DecodeBenchmarks), Format, Threads, 1, new("GB/s", Case.WeightBytes, Limits.ReadRate(Case.Weights, Case.WeightBytes, Threads)));
    }
}

/// <summary>
/// A matrix of a feed-forward network and the tokens of a prompt, or of sequences that decode together.
/// <c>dotnet run -c Release --project bench/Bantam.Benchmarks -- --filter '*Gemm*'</c>
/// </summary>
public class GemmBenchmarks : ProductBenchmarks
{
    /// <summary>Tokens.</summary>
    [Params(1, 16, 512)]
    public int Tokens { get; set; }

    /// <summary>Fills the matrices and measures multiply-adds in single precision.</summary>
    [GlobalSetup]
    public void Setup()
    {
        Case = new ProductCase(Type, KernelTable.K, KernelTable.N, Tokens, Threads);
        LimitColumn.Found(nameof(GemmBenchmarks), Format, Threads, Tokens, new("GFLOP/s", Case.Operations, Limits.FloatPeak(Threads)));
    }
}
