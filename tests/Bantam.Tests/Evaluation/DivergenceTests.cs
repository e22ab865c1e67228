using Bantam.Evaluation;
using Bantam.Execution;
using Bantam.Kernels;
using Bantam.Models;
using Bantam.Tensors;
using Bantam.Tests.Models;

namespace Bantam.Tests.Evaluation;

public sealed class DivergenceTests
{
    // The donor's own words; it never saw others.
    private static readonly Lazy<TextWindows> Sampled = new(() =>
        TextWindows.FromTokens(Stories.Tokenizer, Stories.Sample(Stories.Model, texts: 8, length: 256, seed: 20), 256));

    [Fact]
    public void A_model_does_not_diverge_from_itself()
    {
        var result = Measure(Stories.Model, Stories.Model, Golden());
        Assert.Equal(new Estimate(0, 0), result.Kl with { StandardError = 0 });
        Assert.Equal(0, result.MaxKl);
        Assert.Equal(1, result.SameTop.Value);
        Assert.Equal(0, result.LogPerplexityRatio.Value);
        Assert.Equal(result.Reference, result.Candidate);
    }

    [Fact]
    public void It_is_what_the_definitions_say()
    {
        var (p, q) = (Stories.Model, new Llama(Stories.Config, WidenedStories.InFormat(Stories.Weights, DType.Q8_0)));
        var windows = TextWindows.FromTokens(Stories.Tokenizer, Stories.Sample(p, 3, 100, seed: 4), 100);
        var result = Measure(p, q, windows);

        var (kl, same, losses) = (new List<double>(), 0, new List<(double P, double Q)>());
        foreach (var window in windows.Windows)
            foreach (var ((a, b), target) in Probabilities(p, window).Zip(Probabilities(q, window)).Zip(window.Skip(1)))
            {
                kl.Add(a.Zip(b, (x, y) => x * Math.Log(x / y)).Sum());
                if (Array.IndexOf(a, a.Max()) == Array.IndexOf(b, b.Max())) same++;
                losses.Add((-Math.Log(a[target]), -Math.Log(b[target])));
            }
        Assert.Equal(297, kl.Count);
        Assert.Equal(kl.Average(), result.Kl.Value, 1e-12);
        Assert.Equal(kl.Max(), result.MaxKl, 1e-12);
        kl.Sort();
        Assert.Equal(kl[148], result.MedianKl, 1e-12);
        Assert.Equal(kl[293] + (0.04 * (kl[294] - kl[293])), result.Kl99, 1e-12);
        Assert.Equal(same / 297.0, result.SameTop.Value, 1e-12);
        Assert.Equal(losses.Average(l => l.P), result.Reference.Nll.Value, 1e-12);
        Assert.Equal(losses.Average(l => l.Q), result.Candidate.Nll.Value, 1e-12);
        Assert.Equal(Math.Log(result.Candidate.Perplexity.Value / result.Reference.Perplexity.Value), result.LogPerplexityRatio.Value, 1e-12);

        // Var(a) + Var(b) − 2·Cov(a, b), the errors of dependent means.
        var (mp, mq) = (result.Reference.Nll.Value, result.Candidate.Nll.Value);
        var variance = losses.Sum(l => Math.Pow(l.P - mp, 2) + Math.Pow(l.Q - mq, 2) - (2 * (l.P - mp) * (l.Q - mq))) / 296;
        Assert.True(result.LogPerplexityRatio.StandardError >= Math.Sqrt(variance / 297) * (1 - 1e-9));
        Assert.True(result.LogPerplexityRatio.StandardError < result.Reference.Nll.StandardError / 5);
    }

    [Fact]
    public void It_agrees_with_perplexity()
    {
        var model = new Llama(Stories.Config, WidenedStories.InFormat(Stories.Weights, DType.Q4_0));
        using var workers = new Workers(2);
        Assert.Equal(
            Perplexity.Measure(model, workers, Golden(), chunk: 5).Nll.Value,
            Measure(Stories.Model, model, Golden()).Candidate.Nll.Value,
            1e-12);
    }

    [Fact]
    public void It_does_not_depend_on_chunks_or_threads()
    {
        var model = new Llama(Stories.Config, WidenedStories.InFormat(Stories.Weights, DType.F16));
        Assert.Equal(Measure(Stories.Model, model, Golden(), chunk: 1, threads: 1), Measure(Stories.Model, model, Golden(), chunk: 64, threads: 3));
    }

    [Fact]
    public void Fewer_bits_diverge_more_on_stories260K()
    {
        var kl = new[] { DType.F32, DType.F16, DType.Q8_0 }
            .Select(type => Measure(Stories.Model, new Llama(Stories.Config, WidenedStories.InFormat(Stories.Weights, type)), Sampled.Value).Kl.Value)
            .ToArray();
        Assert.Equal(0, kl[0]);
        Assert.True(kl[0] < kl[1] && kl[1] < kl[2], string.Join(" ", kl));
    }

    [Fact]
    public void Widening_does_not_change_the_function()
    {
        var window = Golden().Windows[0];
        foreach (var (a, b) in Logits(Stories.Model, window, DType.F32).Zip(Logits(WidenedStories.Model(DType.F32), window, DType.F32)))
            for (var i = 0; i < a.Length; i++) Assert.Equal(a[i], b[i], 1e-4);
    }

    [Fact]
    public void Fewer_bits_diverge_more_where_super_blocks_fit()
    {
        DType[] formats =
        [
            DType.F16, DType.BF16, DType.Q8_0, DType.Q6_K, DType.Q5_K, DType.Q5_1, DType.Q5_0, DType.Q4_K, DType.IQ4_XS, DType.IQ4_NL,
            DType.Q4_1, DType.Q4_0, DType.MXFP4, DType.Q3_K, DType.Q2_K,
        ];
        // Q5_1 lies within an error of Q5_K, and the other three of each other.
        DType[] unordered = [DType.Q5_1, DType.IQ4_XS, DType.IQ4_NL, DType.Q4_1];
        var donor = WidenedStories.Model(DType.F32);
        var results = formats.Select(type => Measure(donor, WidenedStories.Model(type), Sampled.Value)).ToArray();
        var table = string.Join('\n', formats.Zip(results, (type, r) => $"{type}: KL {r.Kl}, same top {r.SameTop}, ln ppl ratio {r.LogPerplexityRatio}"));
        TestContext.Current.TestOutputHelper?.WriteLine(table);
        var ordered = formats.Zip(results).Where(f => !unordered.Contains(f.First)).Select(f => f.Second.Kl.Value).ToArray();
        for (var i = 1; i < ordered.Length; i++) Assert.True(ordered[i - 1] < ordered[i], table);
        // The donor's loss on its own words is its entropy; a changed model can only be surprised more, within the error.
        Assert.All(results, r => Assert.True(r.LogPerplexityRatio.Value > -3 * r.LogPerplexityRatio.StandardError, table));
    }

    [Fact]
    public void Padding_of_the_vocabulary_is_left_out_and_a_smaller_vocabulary_refused()
    {
        var padded = Stories.Weights.All["model.embed_tokens.weight"];
        var values = new float[(512 + 16) * 64];
        padded.AsSpan<float>().CopyTo(values);
        values.AsSpan(512 * 64).Fill(0.5f);
        var wider = new Llama(
            Stories.Config with { VocabSize = 528 },
            Stories.Weights.With(new Dictionary<string, Tensor> { ["model.embed_tokens.weight"] = TinyLlama.Store(values, DType.F32, new Shape(528, 64)) }));
        Assert.Equal(0, Measure(Stories.Model, wider, Golden()).MaxKl);

        var narrower = new Llama(
            Stories.Config with { VocabSize = 500 },
            Stories.Weights.With(new Dictionary<string, Tensor> { ["model.embed_tokens.weight"] = padded.Slice(0, 500) }));
        Assert.Equal("BT4004", Assert.Throws<BantamException>(() => Measure(Stories.Model, narrower, Golden())).Code);
    }

    [Fact]
    public void Cancellation_is_honoured()
    {
        using var workers = new Workers(1);
        Assert.Throws<OperationCanceledException>(() =>
            Divergence.Measure(Stories.Model, Stories.Model, workers, Golden(), cancellation: new CancellationToken(canceled: true)));
    }

    private static TextWindows Golden() => TextWindows.FromText(Stories.Tokenizer, Stories.Golden.GetProperty("greedy_empty_prompt").GetProperty("text").GetString()!, 40);

    private static DivergenceResult Measure(CausalLm reference, CausalLm candidate, TextWindows windows, int chunk = 32, int threads = 1)
    {
        using var workers = new Workers(threads);
        return Divergence.Measure(reference, candidate, workers, windows, chunk);
    }

    private static List<float[]> Logits(CausalLm model, int[] window, DType? cacheType = null)
    {
        using var workers = new Workers(1);
        using var cache = model.NewCache(1, window.Length, cacheType);
        using var pass = new Pass(workers, cache);
        Row[] rows = [.. window.Select((id, i) => new Row(id, i, WantsLogits: true))];
        var logits = model.Logits(pass, model.Forward(pass, rows));
        return [.. rows.Select((_, i) => logits.RowSpan<float>(i).ToArray())];
    }

    private static IEnumerable<double[]> Probabilities(CausalLm model, int[] window) => Logits(model, window).Select(row =>
    {
        var sum = row.Sum(x => Math.Exp(x));
        return row.Select(x => Math.Exp(x) / sum).ToArray();
    });
}
