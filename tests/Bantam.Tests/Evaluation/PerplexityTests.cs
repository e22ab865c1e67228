using Bantam.Evaluation;
using Bantam.Execution;
using Bantam.Kernels;
using Bantam.Models;
using Bantam.Tensors;
using Bantam.Tests.Models;
using Bantam.Tests.Tokenizers;
using Bantam.Tokenizers;

namespace Bantam.Tests.Evaluation;

public sealed class PerplexityTests
{
    private static readonly ModelConfig Config = TinyLlama.Wide with { VocabSize = 300 };

    // All bytes and a few pieces: ids below 300.
    private static readonly SentencePieceBpe Tokenizer = new(TokenizerData.Small(("▁", -1, TokenType.Normal), ("a", -2, TokenType.Normal)));

    private static readonly TextWindows Windows = TextWindows.FromText(Tokenizer, string.Concat(Enumerable.Repeat("a word, öäü. ", 9)), 50);

    [Fact]
    public void It_is_what_double_precision_says()
    {
        var result = Measure(new Llama(Config, TinyLlama.Weights(Config, DType.F32)), cacheType: DType.F32);

        // Another path through the code: F64 weights, scalar references, one pass per window.
        var losses = ReferenceLosses();
        var mean = losses.SelectMany(w => w).Average();
        Assert.Equal(losses.Sum(w => w.Count), result.ScoredTokens);
        Assert.Equal(mean, result.Nll.Value, 1e-5);
        Assert.Equal(Math.Exp(mean), result.Perplexity.Value, 1e-5 * Math.Exp(mean));
        Assert.Equal(losses.Sum(w => w.Sum()) / Math.Log(2) / result.ScoredBytes, result.BitsPerByte!.Value.Value, 1e-5);

        // The errors, written out once more.
        var all = losses.SelectMany(w => w).ToList();
        var independent = Math.Sqrt(all.Sum(x => (x - mean) * (x - mean)) / (all.Count - 1) / all.Count);
        var grouped = Math.Sqrt(losses.Sum(w => Math.Pow(w.Sum() - (mean * w.Count), 2)) * losses.Count / (losses.Count - 1)) / all.Count;
        Assert.Equal(Math.Max(independent, grouped), result.Nll.StandardError, 1e-5);
        Assert.Equal(result.Perplexity.Value * result.Nll.StandardError, result.Perplexity.StandardError, 12);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 2)]
    [InlineData(49, 3)]
    [InlineData(1000, 2)]
    public void It_does_not_depend_on_chunks_or_threads(int chunk, int threads)
    {
        var model = new Llama(Config, TinyLlama.Weights(Config, DType.Q8_0));
        Assert.Equal(Measure(model), Measure(model, chunk, threads));
    }

    [Fact]
    public void Uniform_logits_cost_the_logarithm_of_the_vocabulary()
    {
        var weights = TinyLlama.Weights(Config, DType.F32);
        weights = weights.With(new Dictionary<string, Tensor> { ["lm_head.weight"] = TinyLlama.Store(new float[300 * 256], DType.F32, new Shape(300, 256)) });
        var result = Measure(new Llama(Config, weights));
        Assert.Equal(Math.Log(300), result.Nll.Value, 1e-12);
        Assert.Equal(300, result.Perplexity.Value, 1e-9);
        Assert.Equal(0, result.Nll.StandardError, 1e-12);
    }

    [Fact]
    public void Golden_losses_of_stories260K_are_met()
    {
        var golden = Stories.Golden.GetProperty("teacher_forced");
        var windows = TextWindows.FromText(Stories.Tokenizer, golden.GetProperty("text").GetString()!);
        Assert.Equal(golden.Ids("ids"), Assert.Single(windows.Windows));

        var losses = new List<double>();
        using var workers = new Workers(2);
        Perplexity.Score(Stories.Model, workers, windows, 8, DType.F32, losses.Add, () => { }, null, default);
        var expected = golden.GetProperty("nll_nats").EnumerateArray().Select(x => x.GetDouble()).ToList();
        Assert.Equal(31, expected.Count);
        Assert.Equal(expected.Count, losses.Count);
        foreach (var (want, got) in expected.Zip(losses)) Assert.Equal(want, got, 1e-4);

        var result = Perplexity.Measure(Stories.Model, workers, windows, cacheType: DType.F32);
        Assert.Equal(golden.GetProperty("mean_nll").GetDouble(), result.Nll.Value, 1e-5);
        Assert.Equal(golden.GetProperty("perplexity").GetDouble(), result.Perplexity.Value, 2e-5);
        Assert.Equal(31 * result.Nll.Value / (92 * Math.Log(2)), result.BitsPerByte!.Value.Value, 1e-12);
    }

    [Fact]
    public void Cancellation_is_honoured_between_chunks()
    {
        using var workers = new Workers(1);
        using var cancel = new CancellationTokenSource();
        var told = new List<long>();
        var progress = new Told(done =>
        {
            told.Add(done);
            if (told.Count == 2) cancel.Cancel();
        });
        Assert.Throws<OperationCanceledException>(() =>
            Perplexity.Measure(new Llama(Config, TinyLlama.Weights(Config, DType.F32)), workers, Windows, 10, progress: progress, cancellation: cancel.Token));
        Assert.Equal([10, 20], told);
    }

    [Fact]
    public void Progress_ends_at_the_number_of_scored_tokens()
    {
        using var workers = new Workers(1);
        var last = 0L;
        Perplexity.Measure(new Llama(Config, TinyLlama.Weights(Config, DType.F32)), workers, Windows, 10, progress: new Told(done => last = done));
        Assert.Equal(Windows.ScoredTokens, last);
    }

    [Theory]
    [InlineData(20, 300, false, "BT4003")]
    [InlineData(128, 200, false, "BT4004")]
    [InlineData(128, 300, true, "BT4005")]
    public void What_cannot_be_measured_is_refused_by_name(int context, int vocabulary, bool damaged, string code)
    {
        var config = Config with { MaxPositionEmbeddings = context, VocabSize = vocabulary };
        var weights = TinyLlama.Weights(config, DType.F32);
        if (damaged) weights.All["lm_head.weight"].AsSpan<float>()[1234] = float.NaN;
        var error = Assert.Throws<BantamException>(() => Measure(new Llama(config, weights)));
        Assert.Equal(code, error.Code);
        Assert.DoesNotContain('\n', error.Message);
    }

    private static PerplexityResult Measure(CausalLm model, int chunk = 16, int threads = 1, DType? cacheType = null)
    {
        using var workers = new Workers(threads);
        return Perplexity.Measure(model, workers, Windows, chunk, cacheType);
    }

    private static unsafe List<List<double>> ReferenceLosses()
    {
        var model = new Llama(Config, TinyLlama.Weights(Config, DType.F64));
        using var workers = new Workers(1);
        var all = new List<List<double>>();
        foreach (var window in Windows.Windows)
        {
            using var cache = model.NewCache(1, window.Length, DType.F64);
            using var pass = new Pass(workers, cache, compute: DType.F64);
            Row[] rows = [.. window.Select((id, i) => new Row(id, i, WantsLogits: true))];
            var logits = model.Logits(pass, model.Forward(pass, rows));
            var losses = new List<double>();
            for (var i = 0; i + 1 < window.Length; i++)
            {
                var row = logits.RowSpan<double>(i);
                var sum = 0.0;
                foreach (var x in row) sum += Math.Exp(x);
                losses.Add(Math.Log(sum) - row[window[i + 1]]);
            }
            all.Add(losses);
        }
        return all;
    }

    private sealed class Told(Action<long> report) : IProgress<long>
    {
        public void Report(long value) => report(value);
    }
}
