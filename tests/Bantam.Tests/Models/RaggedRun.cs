using Bantam.Execution;
using Bantam.Kernels;
using Bantam.Models;
using Bantam.Tensors;

namespace Bantam.Tests.Models;

/// <summary>Runs several texts side by side: every pass carries the next chunk of each unfinished text.</summary>
internal static class RaggedRun
{
    /// <summary>
    /// All logits of every text, as bits; with <paramref name="windows"/>, layers that have one keep no more than it and a chunk.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="cacheType">Type of keys and values.</param>
    /// <param name="threads">How many compute.</param>
    /// <param name="texts">Token ids.</param>
    /// <param name="chunk">Rows of each text in a pass.</param>
    /// <param name="windows">Whether the cache is told of the chunk.</param>
    /// <param name="context">The same for one text and for many: some scalings of positions look at it.</param>
    public static int[][] Logits(CausalLm model, DType cacheType, int threads, int[][] texts, int chunk, bool windows = false, int context = 64)
    {
        using var workers = new Workers(threads);
        using var cache = model.NewCache(texts.Length, context, cacheType, windows ? chunk : null);
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
