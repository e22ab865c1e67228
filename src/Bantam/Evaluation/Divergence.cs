using Bantam.Kernels;
using Bantam.Models;
using Bantam.Tensors;

namespace Bantam.Evaluation;

/// <summary>
/// Compares a model with the one it was made from. Both read the same windows side by side, a chunk at a time, so no
/// logits are ever kept: memory is 2 × chunk × V × 4 bytes and eight bytes per token for the percentiles.
/// </summary>
/// <remarks>
/// Embeddings are often padded to a round number of rows. Where both models have as many, all ids take part, as in
/// <see cref="Perplexity"/>. Where they differ, both distributions are taken over the tokenizer's ids alone and normalised
/// there; a model with fewer rows than the tokenizer has ids is refused.
/// </remarks>
public static class Divergence
{
    /// <summary>Reads the windows with both models and compares every prediction.</summary>
    /// <param name="reference">The original, p.</param>
    /// <param name="candidate">What was made of it, q.</param>
    /// <param name="workers">Who computes; the result does not depend on their number.</param>
    /// <param name="windows">The text, cut for the tokenizer of both.</param>
    /// <param name="chunk">Tokens per pass; the result does not depend on it.</param>
    /// <param name="cacheType">How both keep keys and values; F16 unless told otherwise.</param>
    /// <param name="progress">Told after every pass how many tokens are compared, of <see cref="TextWindows.ScoredTokens"/>.</param>
    /// <param name="cancellation">Honoured between passes.</param>
    /// <exception cref="BantamException">Windows exceed a context (BT4003), the vocabularies do not fit (BT4004), or logits are no numbers (BT4005).</exception>
    public static DivergenceResult Measure(
        CausalLm reference,
        CausalLm candidate,
        Workers workers,
        TextWindows windows,
        int chunk = Perplexity.UsualChunk,
        DType? cacheType = null,
        IProgress<long>? progress = null,
        CancellationToken cancellation = default)
    {
        using var first = new WindowRun(reference, workers, windows, chunk, cacheType);
        using var second = new WindowRun(candidate, workers, windows, chunk, cacheType);
        var columns = reference.Config.VocabSize == candidate.Config.VocabSize ? reference.Config.VocabSize : windows.VocabularySize;
        return Measure(first, second, columns, workers, windows, chunk, progress, cancellation);
    }

    /// <summary>As above, over two sources of logits of which the first <paramref name="columns"/> count.</summary>
    internal static DivergenceResult Measure(
        ILogits reference, ILogits candidate, int columns, Workers workers, TextWindows windows, int chunk, IProgress<long>? progress, CancellationToken cancellation)
    {
        var scores = new RowScore[chunk];
        var divergences = new List<double>();
        GroupedMean kl = new(), top = new(), before = new(), after = new(), difference = new();
        for (var w = 0; w < windows.Windows.Count; w++)
        {
            var window = windows.Windows[w];
            for (var from = 0; from < window.Length - 1; from += chunk)
            {
                cancellation.ThrowIfCancellationRequested();
                var count = Math.Min(chunk, window.Length - 1 - from);
                RowScores.Divergences(
                    workers,
                    reference.Logits(w, from, count),
                    candidate.Logits(w, from, count),
                    window.AsSpan(from + 1, count),
                    columns,
                    scores);
                foreach (var score in scores.AsSpan(0, count))
                {
                    // Rounding can leave a divergence of almost nothing on the wrong side of zero.
                    var divergence = Math.Max(0, Perplexity.Finite(score.Kl, divergences.Count));
                    divergences.Add(divergence);
                    kl.Add(divergence);
                    top.Add(score.SameTop ? 1 : 0);
                    before.Add(score.Nll);
                    after.Add(score.CandidateNll);
                    difference.Add(score.CandidateNll - score.Nll);
                }
                progress?.Report(divergences.Count);
            }
            foreach (var mean in (ReadOnlySpan<GroupedMean>)[kl, top, before, after, difference]) mean.EndGroup();
        }

        divergences.Sort();
        return new DivergenceResult(
            kl.Result(),
            Quantile(divergences, 0.5),
            Quantile(divergences, 0.99),
            divergences[^1],
            top.Result(),
            new PerplexityResult(before.Result(), windows.ScoredTokens, windows.ScoredBytes, windows.Protocol),
            new PerplexityResult(after.Result(), windows.ScoredTokens, windows.ScoredBytes, windows.Protocol),
            difference.Result());
    }

    /// <summary>The value below which a share of the sorted values lies, between two of them by interpolation.</summary>
    internal static double Quantile(List<double> sorted, double share)
    {
        var at = share * (sorted.Count - 1);
        var below = (int)at;
        return below + 1 < sorted.Count ? sorted[below] + ((at - below) * (sorted[below + 1] - sorted[below])) : sorted[below];
    }
}
