using Bantam.Kernels;
using Bantam.Models;
using Bantam.Tensors;

namespace Bantam.Evaluation;

/// <summary>Where the logits of windows come from, chunk by chunk and in order.</summary>
internal interface ILogits : IDisposable
{
    /// <summary>The logits [count, V] after tokens [from, from + count) of window number <paramref name="window"/>; they live until the next call.</summary>
    Tensor Logits(int window, int from, int count);
}

/// <summary>
/// The logits of a model over all windows, computed once and kept: what many candidates are compared with. For texts whose
/// logits fit in memory; a comparison of two models streams instead (<see cref="WindowRun"/>).
/// </summary>
internal sealed class RecordedLogits : ILogits
{
    /// <summary>Most bytes that are kept.</summary>
    public const long MostBytes = 256 << 20;

    private readonly List<Tensor> _windows = [];

    private RecordedLogits()
    {
    }

    /// <summary>Records, or streams where the logits would take more than <see cref="MostBytes"/>.</summary>
    public static ILogits Of(CausalLm model, Workers workers, TextWindows windows, int chunk, CancellationToken cancellation)
    {
        var run = new WindowRun(model, workers, windows, chunk, cacheType: null);
        if (windows.ScoredTokens * model.Config.VocabSize * sizeof(float) > MostBytes) return run;
        using (run)
        {
            var recorded = new RecordedLogits();
            for (var w = 0; w < windows.Windows.Count; w++) recorded.Add(run, w, windows.Windows[w].Length - 1, model.Config.VocabSize, chunk, cancellation);
            return recorded;
        }
    }

    /// <inheritdoc/>
    public Tensor Logits(int window, int from, int count) => _windows[window].Slice(from, count);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var window in _windows) window.Owner.Dispose();
    }

    private unsafe void Add(WindowRun run, int window, int length, int vocabulary, int chunk, CancellationToken cancellation)
    {
        var all = new NativeStorage(4L * length * vocabulary, clear: false).View(DType.F32, new Shape(length, vocabulary));
        _windows.Add(all);
        for (var from = 0; from < length; from += chunk)
        {
            cancellation.ThrowIfCancellationRequested();
            var count = Math.Min(chunk, length - from);
            var logits = run.Logits(window, from, count);
            Buffer.MemoryCopy(logits.Data, all.Row(from), logits.Bytes, logits.Bytes);
        }
    }
}
