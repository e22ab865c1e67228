using Bantam.Kernels;
using Bantam.Models;
using Bantam.Tensors;

namespace Bantam.Evaluation;

/// <summary>
/// Measures how well a model predicts a text: losses from float logits by an exact log-sum-exp in double precision. Logits
/// are asked for chunk by chunk, so memory is chunk × V × 4 bytes.
/// </summary>
public static class Perplexity
{
    /// <summary>Tokens per pass unless told otherwise: enough to read weights rarely, few enough for a vocabulary of 256,000.</summary>
    public const int UsualChunk = 32;

    /// <summary>Reads the windows and scores every token after the first of each.</summary>
    /// <param name="model">The model.</param>
    /// <param name="workers">Who computes; the result does not depend on their number.</param>
    /// <param name="windows">The text, cut for the model's tokenizer.</param>
    /// <param name="chunk">Tokens per pass; the result does not depend on it.</param>
    /// <param name="cacheType">How keys and values are kept; F16 unless told otherwise, as when the model is run.</param>
    /// <param name="progress">Told after every pass how many tokens are scored, of <see cref="TextWindows.ScoredTokens"/>.</param>
    /// <param name="cancellation">Honoured between passes.</param>
    /// <exception cref="BantamException">Windows exceed the context (BT4003), the vocabularies do not fit (BT4004), or logits are no numbers (BT4005).</exception>
    public static PerplexityResult Measure(
        CausalLm model,
        Workers workers,
        TextWindows windows,
        int chunk = UsualChunk,
        DType? cacheType = null,
        IProgress<long>? progress = null,
        CancellationToken cancellation = default)
    {
        var losses = new GroupedMean();
        Score(model, workers, windows, chunk, cacheType, losses.Add, losses.EndGroup, progress, cancellation);
        return new PerplexityResult(losses.Result(), windows.ScoredTokens, windows.ScoredBytes, windows.Protocol);
    }

    /// <summary>Hands out the loss of every scored token in nats, and the end of every window.</summary>
    internal static void Score(
        CausalLm model,
        Workers workers,
        TextWindows windows,
        int chunk,
        DType? cacheType,
        Action<double> loss,
        Action endOfWindow,
        IProgress<long>? progress,
        CancellationToken cancellation)
    {
        using var run = new WindowRun(model, workers, windows, chunk, cacheType);
        var scores = new RowScore[chunk];
        var done = 0L;
        for (var w = 0; w < windows.Windows.Count; w++)
        {
            var window = windows.Windows[w];
            // The last token predicts nothing that is known: it is a target only.
            for (var from = 0; from < window.Length - 1; from += chunk)
            {
                cancellation.ThrowIfCancellationRequested();
                var count = Math.Min(chunk, window.Length - 1 - from);
                var logits = run.Logits(w, from, count);
                RowScores.Losses(workers, logits, window.AsSpan(from + 1, count), model.Config.VocabSize, scores);
                for (var i = 0; i < count; i++) loss(Finite(scores[i].Nll, done + i));
                done += count;
                progress?.Report(done);
            }
            endOfWindow();
        }
    }

    /// <summary>The loss, unless it is none: an average would hide which token it was.</summary>
    internal static double Finite(double loss, long token) => double.IsFinite(loss)
        ? loss
        : throw new BantamException("BT4005", $"the loss of scored token {token} is {loss}: the logits are not finite; are there damaged weights, or values beyond the range of their format?");
}
