using Bantam.Execution;
using Bantam.Kernels;
using Bantam.Models;
using Bantam.Sizing;
using Bantam.Tensors;
using Bantam.Tests.Models;

namespace Bantam.Tests.Sizing;

/// <summary>The predicted activations against what a pass then takes.</summary>
public sealed class ScratchPlanTests
{
    public static TheoryData<string, int, int> Cases
    {
        get
        {
            var data = new TheoryData<string, int, int>();
            foreach (var type in new[] { "F32", "Q8_0", "Q4_K" })
                foreach (var chunk in new[] { 1, 8, 100 })
                    foreach (var threads in new[] { 1, 3 })
                        data.Add(type, chunk, threads);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_pass_takes_what_was_predicted_and_never_more(string type, int chunk, int threads)
    {
        var config = TinyLlama.Wide;
        var model = new Llama(config, TinyLlama.Weights(config, DType.All.Single(t => t.Name == type)));
        using var workers = new Workers(threads);
        using var cache = model.NewCache(1, 128);
        using var pass = new Pass(workers, cache);
        // A history first, so that attention looks back further than the chunk.
        const int History = 20;
        Run(Enumerable.Range(0, History));
        Run(Enumerable.Range(History, chunk));

        var predicted = Footprint.Of(config).ScratchBytes(Math.Max(chunk, History), History + chunk, threads)!.Value;
        Assert.InRange(pass.PeakBytes, (long)(0.9 * predicted) - 2048, predicted);

        void Run(IEnumerable<int> positions)
        {
            var rows = positions.Select(p => new Row(p % config.VocabSize, p)).ToArray();
            rows[^1] = rows[^1] with { WantsLogits = true };
            model.Logits(pass, model.Forward(pass, rows));
            pass.Reset();
        }
    }
}
