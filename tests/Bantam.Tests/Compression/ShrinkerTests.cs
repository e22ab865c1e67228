using Bantam.Checkpoints;
using Bantam.Compression;
using Bantam.Evaluation;
using Bantam.Kernels;
using Bantam.Tests.Formats;

namespace Bantam.Tests.Compression;

/// <summary>A real model under a budget, from judging to the written file.</summary>
public sealed class ShrinkerTests
{
    [Theory]
    [InlineData(300_000)]
    [InlineData(400_000)]
    [InlineData(530_000)]
    public void The_file_keeps_the_budget_and_has_the_predicted_length(long budget)
    {
        using var folder = new ScratchFolder();
        using var donor = Stories.Open();
        using var workers = new Workers(1);
        var plan = Shrinker.Plan(donor, Shrinker.Judge(donor, workers, Windows(), measured: false), budget);
        var path = folder.File("small.gguf");
        Shrinker.Write(donor, plan, path);

        var length = new FileInfo(path).Length;
        Assert.Equal(Shrinker.PredictBytes(donor, plan), length);
        Assert.InRange(length, (long)(0.9 * budget), budget);

        using var small = Checkpoint.Open(path);
        foreach (var planned in plan.Tensors) Assert.Equal(planned.Type, small.Weights.All[planned.Name].DType);
        var quality = Divergence.Measure(donor.CreateModel(), small.CreateModel(), workers, Windows());
        Assert.InRange(quality.Kl.Value, 0, 0.2);
        var check = GenerationCheck.Run(donor.CreateModel(), donor.CreateModel(), workers, [1], 20);
        Assert.Equal((20, 20), (check.Tokens, check.Agreeing));
    }

    [Fact]
    public void A_larger_budget_loses_less()
    {
        using var donor = Stories.Open();
        using var workers = new Workers(1);
        var judged = Shrinker.Judge(donor, workers, Windows(), measured: true);
        var losses = new[] { 280_000, 320_000, 380_000, 520_000 }.Select(b => Shrinker.Plan(donor, judged, b).Distortion).ToArray();
        Assert.Equal(losses.OrderDescending(), losses);
        Assert.True(losses[0] > 3 * losses[^1]);
    }

    [Fact]
    public void A_budget_below_the_smallest_file_is_refused_with_its_size()
    {
        using var donor = Stories.Open();
        using var workers = new Workers(1);
        var judged = Shrinker.Judge(donor, workers, Windows(), measured: false);
        var refusal = Assert.Throws<BantamException>(() => Shrinker.Plan(donor, judged, 100_000));
        Assert.Equal("BT4001", refusal.Code);
        var least = long.Parse(System.Text.RegularExpressions.Regex.Match(refusal.Message, "has ([0-9]+)").Groups[1].Value);
        Assert.Equal(least, Shrinker.PredictBytes(donor, Shrinker.Plan(donor, judged, least)));
        Assert.Throws<BantamException>(() => Shrinker.Plan(donor, judged, least - 1));
    }

    [Fact]
    public void Donor_text_is_the_same_for_a_seed_and_another_for_another()
    {
        var model = Stories.Model;
        Assert.Equal(Stories.Sample(model, 2, 40, seed: 1), Stories.Sample(model, 2, 40, seed: 1));
        Assert.NotEqual(Stories.Sample(model, 2, 40, seed: 1), Stories.Sample(model, 2, 40, seed: 2));
    }

    private static TextWindows Windows() => TextWindows.FromTokens(Stories.Tokenizer, Stories.Sample(Stories.Model, 2, 100, seed: 4));
}
