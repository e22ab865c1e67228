using System.Diagnostics;
using Bantam.Checkpoints;
using Bantam.Kernels;
using Bantam.Tensors;

namespace Bantam.Inference;

/// <summary>
/// How fast a model runs here and what it takes: prefill of random tokens, then greedy decoding, several times over. The
/// numbers are medians with their spread; a machine that does other things shows it there.
/// </summary>
public static class SpeedTest
{
    /// <summary>Measures the model at <paramref name="path"/>.</summary>
    /// <param name="path">As in <see cref="Checkpoint.Open"/>; no vocabulary is needed.</param>
    /// <param name="options">Sizes of the test.</param>
    /// <param name="progress">Receives the share done, 0 to 1.</param>
    /// <param name="cancellation">Ends between passes.</param>
    public static SpeedResult Run(string path, SpeedOptions options, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var watch = Stopwatch.StartNew();
        using var checkpoint = Checkpoint.Open(path);
        var model = checkpoint.CreateModel();
        using var workers = new Workers(options.Threads ?? Environment.ProcessorCount);
        using var run = new SpeedRun(model, workers, options, cancellation);
        run.ReadFirst();
        var load = watch.Elapsed;

        // One round to warm caches and compile the kernels, then the measured ones.
        var prefill = new List<double>();
        var decode = new List<double>();
        long allocated = 0;
        for (var round = 0; round <= options.Rounds; round++)
        {
            watch.Restart();
            run.Read();
            if (round > 0 && options.Depth == 0) prefill.Add(options.Sequences * Math.Max(1, options.PromptTokens) / watch.Elapsed.TotalSeconds);

            var before = GC.GetAllocatedBytesForCurrentThread();
            watch.Restart();
            run.Write();
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (round > 0 && options.NewTokens > 0) decode.Add((double)options.Sequences * options.NewTokens / watch.Elapsed.TotalSeconds);
            progress?.Report((round + 1.0) / (options.Rounds + 1));
        }
        return new SpeedResult
        {
            FileBytes = checkpoint.FileBytes,
            LoadSeconds = load.TotalSeconds,
            Prefill = Spread.Of(prefill),
            Decode = Spread.Of(decode),
            CacheBytes = run.Cache.Bytes,
            CacheUsedBytes = run.Cache.UsedBytes,
            CacheType = run.Cache.KeyType,
            ValueCacheType = run.Cache.ValueType,
            ScratchBytes = run.ScratchBytes,
            Memory = ProcessMemory.Now(),
            AllocatedPerToken = options.NewTokens > 0 ? (double)allocated / options.NewTokens / options.Sequences : 0,
            Threads = workers.Threads,
        };
    }
}

/// <summary>Sizes of a <see cref="SpeedTest"/>.</summary>
public sealed record SpeedOptions
{
    /// <summary>Tokens of the prompt; each sequence has one of its own.</summary>
    public int PromptTokens { get; init; } = 512;

    /// <summary>Tokens decoded after it.</summary>
    public int NewTokens { get; init; } = 64;

    /// <summary>Threads; as many as processors by default.</summary>
    public int? Threads { get; init; }

    /// <summary>Measured repetitions, after one that is not counted.</summary>
    public int Rounds { get; init; } = 5;

    /// <summary>Rows of a prefill pass.</summary>
    public int Chunk { get; init; } = 512;

    /// <summary>Texts that decode together, a token of each per pass.</summary>
    public int Sequences { get; init; } = 1;

    /// <summary>Where not 0, decoding begins behind so many tokens instead of the prompt; sequences share them, and they are read once and not measured.</summary>
    public int Depth { get; init; }

    /// <summary>Type of keys; F16 when null.</summary>
    public DType? CacheType { get; init; }

    /// <summary>Type of values; that of keys when null.</summary>
    public DType? ValueCacheType { get; init; }
}

/// <summary>What a <see cref="SpeedTest"/> found; speeds in tokens per second, sizes in bytes.</summary>
public sealed record SpeedResult
{
    /// <summary>The weight files.</summary>
    public required long FileBytes { get; init; }

    /// <summary>From opening the file to the logits of a first token, in seconds.</summary>
    public required double LoadSeconds { get; init; }

    /// <summary>Prompt tokens per second; zeros where decoding began at a depth.</summary>
    public required Spread Prefill { get; init; }

    /// <summary>New tokens per second, of all sequences together.</summary>
    public required Spread Decode { get; init; }

    /// <summary>Keys and values reserved.</summary>
    public required long CacheBytes { get; init; }

    /// <summary>Of them the pages in use after the test.</summary>
    public required long CacheUsedBytes { get; init; }

    /// <summary>Type of keys.</summary>
    public required DType CacheType { get; init; }

    /// <summary>Type of values.</summary>
    public required DType ValueCacheType { get; init; }

    /// <summary>Activations at the widest moment.</summary>
    public required long ScratchBytes { get; init; }

    /// <summary>The process after the test.</summary>
    public required ProcessMemory Memory { get; init; }

    /// <summary>Managed bytes allocated per decoded token.</summary>
    public required double AllocatedPerToken { get; init; }

    /// <summary>Threads used.</summary>
    public required int Threads { get; init; }
}

/// <summary>Median, least and most of some measurements.</summary>
public readonly record struct Spread(double Median, double Least, double Most)
{
    /// <summary>The spread of <paramref name="values"/>; zeros when there are none.</summary>
    public static Spread Of(IReadOnlyCollection<double> values)
    {
        if (values.Count == 0) return default;
        var sorted = values.Order().ToList();
        var middle = sorted.Count / 2;
        return new(sorted.Count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2, sorted[0], sorted[^1]);
    }
}
