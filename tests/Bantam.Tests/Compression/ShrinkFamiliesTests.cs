using System.Text.RegularExpressions;
using Bantam.Checkpoints;
using Bantam.Compression;
using Bantam.Evaluation;
using Bantam.Kernels;
using Bantam.Tensors;
using Bantam.Tests.Formats;
using Bantam.Tests.Models;

namespace Bantam.Tests.Compression;

/// <summary>Every family under a budget, from judging to the written file.</summary>
public sealed partial class ShrinkFamiliesTests
{
    public static TheoryData<string, bool> Families => new MatrixTheoryData<string, bool>(FamilyShapes.Wide.Keys, [true, false]);

    public static TheoryData<string> Mixtures => [.. FamilyShapes.Wide.Where(f => f.Value.NumExperts > 0).Select(f => f.Key)];

    [Theory]
    [MemberData(nameof(Families))]
    public void A_family_fits_its_budget_and_is_about_the_same_model(string family, bool measured)
    {
        using var folder = new ScratchFolder();
        using var workers = new Workers(2);
        using var donor = FamilyCheckpoints.Create(FamilyShapes.Wide[family], DType.BF16, 7, vocabulary: true);
        var windows = Windows(donor);
        // Between all in the smallest formats and all in the largest.
        var budget = donor.Weights.Bytes * 45 / 100;
        Shrinker.Require(donor, budget);
        var plan = Shrinker.Plan(donor, Shrinker.Judge(donor, workers, windows, measured), budget);
        Assert.Empty(Shrinker.Write(donor, plan, folder.File("small.gguf")));

        using var small = Checkpoint.Open(folder.File("small.gguf"));
        Assert.Equal(Shrinker.PredictBytes(donor, plan), small.FileBytes);
        Assert.InRange(small.FileBytes, budget * 9 / 10, budget);
        Assert.True(plan.Tensors.Where(t => t.Type != DType.F32).Select(t => t.Type).Distinct().Count() > 1, "the plan mixes no formats");
        Assert.Equal(donor.Weights.All.Keys.Order(StringComparer.Ordinal), plan.Tensors.SelectMany(t => t.Tensor.Paths).Order(StringComparer.Ordinal));
        foreach (var planned in plan.Tensors)
            foreach (var path in planned.Tensor.Paths) Assert.Equal(planned.Type, small.Weights.All[path].DType);

        // Judged with one tensor changed, measured with all: of the same order where distortions add.
        var kl = Divergence.Measure(donor.CreateModel(), small.CreateModel(), workers, windows).Kl.Value;
        TestContext.Current.TestOutputHelper?.WriteLine($"{family}: predicted {plan.Distortion:G4}, found {kl:G4}");
        if (measured) Assert.InRange(kl, plan.Distortion / 5, plan.Distortion * 5);
        else Assert.InRange(kl, 0, 0.5);
    }

    [Theory]
    [MemberData(nameof(Mixtures))]
    public void Experts_of_a_projection_are_judged_as_one(string family)
    {
        using var workers = new Workers(2);
        using var donor = FamilyCheckpoints.Create(FamilyShapes.Wide[family], DType.BF16, 7, vocabulary: true);
        var windows = Windows(donor);
        var (config, all) = (donor.Config, donor.Weights.All);
        var judged = Shrinker.Judge(donor, workers, windows, measured: true);
        var experts = judged.Where(t => t.Paths.Count > 1).ToList();
        Assert.Equal(config.NumHiddenLayers * 3, experts.Count);
        Assert.All(experts, t => Assert.Equal(config.NumExperts, t.Paths.Count));
        Assert.Equal(all.Count, judged.Sum(t => t.Paths.Count));

        var group = experts[1];
        Assert.Matches(@"^model\.layers\.0\.[a-z_]+\.experts\.\*\.[a-z0-9_]+\.weight$", group.Name);
        Assert.Equal(Enumerable.Range(0, config.NumExperts).Select(e => group.Name.Replace("*", $"{e}", StringComparison.Ordinal)), group.Paths);
        Assert.Equal(new Shape(config.NumExperts, all[group.Paths[0]].Shape[0], all[group.Paths[0]].Shape[1]), group.Shape);
        var weights = Sensitivity.FromWeights(donor.Weights, workers).Single(t => t.Name == group.Name);
        var option = group.Options.Single(o => o.Type == DType.Q4_0);
        var changed = group.Paths.ToDictionary(p => p, p => Bantam.Kernels.Quant.TensorEncoder.Encode(all[p], DType.Q4_0, workers));
        Assert.Equal(changed.Values.Sum(t => t.Bytes), option.Bytes);
        Assert.Equal(Divergence.Measure(donor.CreateModel(), donor.CreateModel(donor.Weights.With(changed)), workers, windows).Kl.Value, option.Distortion);
        Assert.Equal(
            group.Paths.Sum(p => all[p].Shape.Count * EncodingError.Relative(all[p], DType.Q4_0, workers)),
            weights.Options.Single(o => o.Type == DType.Q4_0).Distortion);
    }

    [Fact]
    public void Experts_that_lie_in_several_formats_get_the_options_of_the_widest()
    {
        using var workers = new Workers(1);
        using var donor = FamilyCheckpoints.Create(FamilyShapes.Wide["mixtral"], DType.BF16, 7);
        const string Path = "model.layers.1.block_sparse_moe.experts.3.w2.weight";
        var mixed = donor.Weights.With(new Dictionary<string, Tensor> { [Path] = Bantam.Kernels.Quant.TensorEncoder.Encode(donor.Weights.All[Path], DType.Q4_K, workers) });
        var options = Sensitivity.FromWeights(mixed, workers).Single(t => t.Paths.Contains(Path));
        Assert.Equal((DType.BF16, "BF16 Q8_0 Q6_K Q4_K Q4_0"), (options.StoredAs, string.Join(' ', options.Options.Select(o => o.Type))));
        // The odd one is not as exact as it was in the format of the others.
        Assert.True(options.Options[0].Distortion > 0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Linears_that_lie_the_other_way_are_judged_as_the_file_will_have_them(bool measured)
    {
        using var workers = new Workers(2);
        var config = FamilyShapes.Wide["gpt2"];
        using var directory = FamilyCheckpoints.Create(config, DType.F16, 7, vocabulary: true);
        using var gguf = FamilyCheckpoints.Create(config with { InputFirstLinears = false }, DType.F16, 7, vocabulary: true);
        var (one, two) = (Shrinker.Judge(directory, workers, Windows(directory), measured), Shrinker.Judge(gguf, workers, Windows(directory), measured));
        Assert.Equal(two.Select(t => (t.Name, t.Shape, t.StoredAs)), one.Select(t => (t.Name, t.Shape, t.StoredAs)));
        foreach (var (a, b) in one.Zip(two)) Assert.Equal(b.Options, a.Options);
        Assert.Contains(one, t => t.Options.Any(o => o.Type == DType.Q4_K && o.Distortion > 0));
    }

    [Theory]
    [InlineData("Q8_0")]
    [InlineData("F8_E4M3")]
    public void Linears_that_lie_the_other_way_in_types_that_cannot_be_read_across_are_refused(string name)
    {
        Assert.True(DType.TryParse(name, out var type));
        const string Path = "transformer.h.1.mlp.c_fc.weight";
        using var donor = FamilyCheckpoints.Create(FamilyShapes.Wide["gpt2"], DType.F32, 7);
        var shape = donor.Weights.All[Path].Shape;
        using var storage = new NativeStorage(type.Bytes(shape.Count));
        var weights = donor.Weights.With(new Dictionary<string, Tensor> { [Path] = storage.View(type, shape) });
        var refusal = Assert.Throws<BantamException>(() => donor.CreateModel(weights));
        Assert.Equal("BT2101", refusal.Code);
        Assert.Contains($"'{Path}' lies [in, out]", refusal.Message, StringComparison.Ordinal);
        Assert.Contains($"not in {name}; convert", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("mixtral")]
    [InlineData("gemma")]
    public void The_least_budget_is_known_before_anything_is_judged(string family)
    {
        using var workers = new Workers(1);
        using var donor = FamilyCheckpoints.Create(FamilyShapes.Wide[family], DType.BF16, 7);
        var refusal = Assert.Throws<BantamException>(() => Shrinker.Require(donor, 100_000));
        Assert.Equal("BT4001", refusal.Code);
        var least = long.Parse(Least().Match(refusal.Message).Groups[1].Value);
        Shrinker.Require(donor, least);
        Assert.Throws<BantamException>(() => Shrinker.Require(donor, least - 1));
        using var turned = new OutputFirst(donor);
        Assert.Equal(least, Shrinker.PredictBytes(donor, Shrinker.Plan(donor, Sensitivity.FromWeights(turned.Weights, workers), least)));
    }

    [Fact]
    public void A_model_that_no_file_can_say_is_refused_before_anything_is_judged()
    {
        using var donor = FamilyCheckpoints.Create(FamilyShapes.OnlyInDirectories["llama, dynamic"], DType.F32, 7);
        Assert.Equal("BT2109", Assert.Throws<BantamException>(() => Shrinker.Require(donor, long.MaxValue)).Code);
    }

    [GeneratedRegex("has ([0-9]+)")]
    private static partial Regex Least();

    private static TextWindows Windows(Checkpoint donor) => TextWindows.FromTokens(donor.CreateTokenizer(), [FamilyShapes.Text(donor.Config)], FamilyShapes.TextLength);
}
