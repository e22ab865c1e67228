using Bantam.Kernels.Quant;
using Bantam.Tensors;
using BenchmarkDotNet.Attributes;

namespace Bantam.Benchmarks;

/// <summary>
/// One activation row against a matrix that fits the first-level cache: the arithmetic of a format without the memory.
/// <c>dotnet run -c Release --project bench/Bantam.Benchmarks -- --filter '*Dot*'</c>
/// </summary>
public unsafe class DotBenchmarks
{
    private const int K = 2048;
    private readonly NativeStorage _memory = new(1 << 20);
    private BlockFormat _format = null!;
    private byte* _weights;
    private byte* _activation;

    /// <summary>The formats of the table.</summary>
    public static IEnumerable<string> Names => BlockFormats.All.Select(f => f.DType.Name);

    /// <summary>Format under test.</summary>
    [ParamsSource(nameof(Names))]
    public string Format { get; set; } = "";

    /// <summary>Encodes a random row.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _format = BlockFormats.All.Single(f => f.DType.Name == Format);
        var random = new Random(1);
        var floats = (float*)_memory.Data;
        for (var i = 0; i < K; i++) floats[i] = random.NextSingle() - 0.5f;
        _weights = _memory.Data + (K * sizeof(float));
        _activation = _weights + _format.DType.Bytes(K);
        _format.Quantize(floats, _weights, K);
        _format.RoundActivation(floats, _activation, K);
    }

    /// <summary>The kernel that inference uses.</summary>
    [Benchmark]
    public float Dot() => _format.Dot(_weights, _activation, K);

    /// <summary>Its scalar specification.</summary>
    [Benchmark(Baseline = true)]
    public float DotReference() => _format.DotReference(_weights, _activation, K);

    /// <summary>A row unpacked to floats.</summary>
    [Benchmark]
    public void Unpack() => _format.Unpack(_weights, (float*)_memory.Data, K);
}
