using Bantam.Execution;
using Bantam.Kernels;
using Bantam.Models;
using Bantam.Tensors;

namespace Bantam.Tests.Models;

/// <summary>Runs several texts side by side: every pass carries the next chunk of each unfinished text.</summary>
internal static class RaggedRun
{
    // The same for one text and for many: some scalings of positions look at it.
    private const int Context = 64;

    /// <summary>All logits of every text, as bits; with <paramref name="ring"/>, layers with a window keep no more than it and a chunk.</summary>
    public static int[][] Logits(CausalLm model, DType cacheType, int threads, int[][] texts, int chunk, bool ring = false)
    {
        using var workers = new Workers(threads);
        using var cache = model.NewCache(texts.Length, Context, cacheType, ring ? chunk : null);
        using var pass = new Pass(workers, cache);
        var logits = texts.Select(_ => new List<int>()).ToArray();
        var at = new int[texts.Length];
        while (Enumerable.Range(0, texts.Length).Any(s => at[s] < texts[s].Length))
        {
            var rows = new List<Row>();
            for (var s = 0; s < texts.Length; s++)
                for (var i = 0; i < chunk && at[s] < texts[s].Length; i++)
                    rows.Add(new Row(texts[s][at[s]], at[s]++, s, WantsLogits: true));
            var output = model.Logits(pass, model.Forward(pass, rows.ToArray()));
            for (var w = 0; w < rows.Count; w++) logits[rows[w].Sequence].AddRange(output.RowSpan<int>(w));
            pass.Reset();
        }
        return [.. logits.Select(l => l.ToArray())];
    }
}
