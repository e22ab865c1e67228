using Bantam.Benchmarks;
using Bantam.Checkpoints;
using Bantam.Formats.Gguf;
using Bantam.Tensors;

namespace Bantam.Peers.Compare;

/// <summary>What a token of a model takes of the machine at least: bytes to read, multiply-adds to do.</summary>
internal sealed unsafe class ModelLimits : IDisposable
{
    private readonly MappedFile _file;
    private readonly double _weightBytes;
    private readonly double _cacheElements;
    private readonly double _operations;
    private readonly bool _isBlocked;

    /// <summary>Reads the header of <paramref name="path"/>.</summary>
    public ModelLimits(string path)
    {
        using var gguf = GgufFile.Open(path);
        using var checkpoint = Checkpoint.Open(path);
        var config = checkpoint.Config;
        _file = new MappedFile(path);
        _cacheElements = 2.0 * config.NumHiddenLayers * config.NumKeyValueHeads * config.HeadDim;
        // One row of an embedding is read for a token, unless it is the head too. The head is asked once per prompt.
        var isTied = !gguf.Tensors.Any(t => t.Name == "output.weight");
        foreach (var tensor in gguf.Tensors)
        {
            var (isEmbedding, isHead) = (tensor.Name == "token_embd.weight", tensor.Name == "output.weight");
            var share = tensor.Shape.Rank == 3 ? (double)config.NumExpertsPerToken / config.NumExperts : 1;
            if (!isEmbedding || isTied) _weightBytes += share * tensor.Bytes;
            if (tensor.Shape.Rank < 2 || isEmbedding || isHead) continue;
            _operations += share * 2 * tensor.Shape.Count;
            _isBlocked |= tensor.DType.IsBlocked;
        }
    }

    /// <summary>The rate at which the mapped file is read now, in bytes per second.</summary>
    public double ReadRate(int threads) => Limits.ReadRate(_file.Data, _file.Length, threads);

    /// <summary>The rate of the multiply-adds that its weights ask for: of bytes where they come in blocks, else in single precision.</summary>
    public double ArithmeticRate(int threads, bool onlyAvx2) => _isBlocked ? Limits.BytePeak(threads, onlyAvx2) : Limits.FloatPeak(threads, onlyAvx2);

    /// <summary>Most tokens per second that a bound allows; null where nothing is known.</summary>
    public double? MostTokens(Bound bound, double readRate, double arithmeticRate, DType cacheType, int depth) => bound switch
    {
        Bound.Memory => readRate / (_weightBytes + (_cacheElements * depth * cacheType.BitsPerWeight / 8)),
        Bound.Arithmetic => arithmeticRate / _operations,
        _ => null,
    };

    public void Dispose() => _file.Dispose();
}
