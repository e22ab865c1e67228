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

    public static TheoryData<string> Families => new(FamilyShapes.Wide.Keys);

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_pass_takes_what_was_predicted_and_never_more(string type, int chunk, int threads)
    {
        var config = TinyLlama.Wide;
        Check(config, new Llama(config, TinyLlama.Weights(config, DType.All.Single(t => t.Name == type))), chunk, threads, least: 0.9, DType.All.Single(t => t.Name == type));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Every_family_takes_what_was_predicted_and_never_more(string family)
    {
        var config = FamilyShapes.Wide[family];
        var model = Architectures.Of(config).Create!(config, FamilyShapes.Weights(config, family == "gpt2" ? DType.F32 : DType.Q8_0, 1));
        // For mixtures the prediction has all rows at one expert; here they spread.
        foreach (var chunk in new[] { 1, 30 }) Check(config, model, chunk, threads: 2, least: config.NumExperts > 0 ? 0.4 : 0.85, family == "gpt2" ? DType.F32 : DType.Q8_0);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void So_does_every_family_whose_feed_forward_network_is_wide(string family)
    {
        // Gemma's inner width is eight times the outer: the rounded row for the last linear outweighs what it makes of it.
        // One format for each of the activation partners, which differ in size; GPT-2 as GGUF files have it.
        var config = FamilyShapes.Wide[family] with { InputFirstLinears = false, IntermediateSize = 2048 };
        if (config.NumExperts > 0) config = config with { NumExperts = 1, NumExpertsPerToken = 1, MoeIntermediateSize = 2048 };
        foreach (var type in new[] { DType.Q8_0, DType.Q5_1, DType.Q4_K })
            Check(config, Architectures.Of(config).Create!(config, FamilyShapes.Weights(config, type, 1)), 30, threads: 2, least: 0.85, type);
    }

    private static void Check(ModelConfig config, CausalLm model, int chunk, int threads, double least, DType format)
    {
        using var workers = new Workers(threads);
        using var cache = model.NewCache(1, 128);
        using var pass = new Pass(workers, cache);
        // A history first, so that attention looks back further than the chunk.
        const int History = 20;
        Run(Enumerable.Range(0, History));
        Run(Enumerable.Range(History, chunk));

        var predicted = Footprint.Of(config).ScratchBytes(Math.Max(chunk, History), History + chunk, threads, format)!.Value;
        Assert.InRange(pass.PeakBytes, (long)(least * predicted) - 2048, predicted);

        void Run(IEnumerable<int> positions)
        {
            var rows = positions.Select(p => new Row(p % config.VocabSize, p)).ToArray();
            rows[^1] = rows[^1] with { WantsLogits = true };
            model.Logits(pass, model.Forward(pass, rows));
            pass.Reset();
        }
    }
}
