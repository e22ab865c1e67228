using System.Globalization;
using System.Text.Json;
using Bantam.Checkpoints;
using Bantam.Models;
using Bantam.Nn;
using Bantam.Tensors;
using Bantam.Tests.Formats;

namespace Bantam.Tests.Models;

/// <summary>
/// Every family's logits against other implementations: a plain torch reference in double precision (every shape, F32) and
/// llama.cpp (the shapes that a GGUF file can say, in several formats). <see cref="FamilyGolden"/> says where the numbers
/// come from.
/// </summary>
/// <remarks>
/// llama.cpp looks gelu up in a table of half precision, rounds activations to the type of F16 and BF16 weights, and
/// computes the angles of far positions in single precision. <see cref="PeerRounding"/> does the former two as well, and
/// what is left then shows that nothing else differs. The weights of quantised models are the first in a row for which no
/// activation lies so near a rounding boundary that the two engines round it to different sides; docs/log.md says how many
/// there are and what it costs.
/// </remarks>
public sealed class FamilyGoldenTests(ITestOutputHelper output)
{
    // Of the largest logit.
    private const float Tolerance = 1e-4f;
    private const float SixteenBitTolerance = 1e-2f;
    private const double KlTolerance = 1e-4;

    // Angles in single precision at position 40,000 are off by two thousandths.
    private const float FarTolerance = 2e-4f;

    private static readonly Lazy<List<Comparison>> Comparisons = new(Compare);

    private sealed record Comparison(string Shape, DType Format, string Against, double Difference, double Kl, bool SameFirst, double Alike, double AlikeKl);

    public static TheoryData<string> Shapes => new(FamilyGolden.Shapes.Keys);

    public static TheoryData<string, string> PeerCases
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var shape in FamilyGolden.Shapes.Keys)
                foreach (var format in PeerFormats(FamilyGolden.Read(shape))) data.Add(shape, format.Name);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Logits_are_those_of_the_torch_reference(string shape)
    {
        var found = Comparisons.Value.Single(c => c.Shape == shape && c.Against == "torch");
        output.WriteLine($"{shape}: {found.Difference:g2}");
        Assert.InRange(found.Difference, 0, Tolerance);
        Assert.True(found.SameFirst);
    }

    [Theory]
    [MemberData(nameof(PeerCases))]
    public void Logits_are_those_of_llama_cpp(string shape, string format)
    {
        var found = Comparisons.Value.Single(c => c.Shape == shape && c.Format.Name == format && c.Against == "llama.cpp");
        output.WriteLine($"{shape}, {format}: {found.Difference:g2}, KL {found.Kl:g2}; rounding as it does {found.Alike:g2}, KL {found.AlikeKl:g2}");
        Assert.True(found.SameFirst);
        if (found.Format == DType.F16 || found.Format == DType.BF16)
            Assert.InRange(found.Alike, 0, SixteenBitTolerance);
        else
        {
            Assert.InRange(found.Alike, 0, FarShapes.All.ContainsKey(shape) ? FarTolerance : Tolerance);
            // Of two distributions that are all but equal, the sum of its terms may come out below zero by their rounding.
            Assert.InRange(found.AlikeKl, -1e-12, KlTolerance);
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Leaving_a_feature_out_would_show_a_hundredfold(string shape)
    {
        var torch = FamilyGolden.Read(shape).GetProperty("torch");
        Assert.InRange(torch.GetProperty("deviation").GetDouble(), 2, 4);
        var largest = torch.GetProperty("largest").GetDouble();
        foreach (var feature in torch.GetProperty("without").EnumerateObject())
            Assert.True(feature.Value.GetDouble() >= 100 * Tolerance * largest, $"without {feature.Name}: {feature.Value.GetDouble() / largest:g2} of the largest logit");
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_mistake_in_the_configuration_or_a_vector_shows_a_hundredfold(string shape)
    {
        var (config, length) = FamilyGolden.Shapes[shape];
        Assert.SkipWhen(length > 10_000, "the shorter text of the same kind answers");
        var golden = FamilyGolden.Read(shape).GetProperty("torch");
        var weights = FamilyShapes.Weights(config, DType.F32, FamilyGolden.Seed);
        foreach (var (mistake, wrong) in Mistakes(config)) Shows(mistake, wrong, weights);
        // Biases and gains of every kind, each the wrong way round.
        foreach (var kind in weights.All.Where(t => t.Value.Shape.Rank == 1).GroupBy(t => Kind(t.Key)))
            Shows($"{kind.Key} turned round", config, weights.With(kind.ToDictionary(t => t.Key, t => Reversed(t.Value))));

        void Shows(string mistake, ModelConfig wrong, Weights wrongWeights)
        {
            var difference = Against(golden, wrong, wrongWeights, length, FamilyGolden.Positions(length)).Difference;
            Assert.True(difference >= 100 * Tolerance, $"{mistake}: {difference:g2} of the largest logit");
        }
    }

    [Fact]
    public void The_table_of_models_says_what_these_tests_found()
    {
        var path = Path.Combine(Repository.Root, "docs", "models.md");
        var page = ModelsPage.Write(Comparisons.Value.Select(c => new ModelsPage.Row(c.Shape, c.Format, c.Against, c.Difference, c.Kl, c.Alike, c.AlikeKl)));
        if (Environment.GetEnvironmentVariable("BANTAM_WRITE_DOCS") == "1") File.WriteAllText(path, page);
        Assert.Equal(page, File.ReadAllText(path));
    }

    // What is easily got wrong and can be said by configuration alone.
    private static IEnumerable<(string Mistake, ModelConfig Config)> Mistakes(ModelConfig c)
    {
        if (c.Architecture != "gpt2")
        {
            yield return ("another pairing", c with { RopePairing = Bantam.Ops.RopePairing.Interleaved });
            yield return ("another base", c with { RopeTheta = c.RopeTheta / 100 });
        }
        if (c.RopeScaling is not null) yield return ("no scaling of positions", c with { RopeScaling = null });
        if (c.PartialRotaryFactor != 1) yield return ("the whole head turns", c with { PartialRotaryFactor = 1, RopeScaling = null });
        if (c.SlidingWindow is { } window)
        {
            yield return ("no window", c with { SlidingWindow = null });
            yield return ("a window shorter by a third", c with { SlidingWindow = window * 2 / 3 });
        }
        if (c.AttnLogitSoftcapping is not null) yield return ("scores not capped", c with { AttnLogitSoftcapping = null });
        if (c.FinalLogitSoftcapping is not null) yield return ("logits not capped", c with { FinalLogitSoftcapping = null });
        if (c.RopeLocalTheta is not null) yield return ("one base for all layers", c with { RopeLocalTheta = null });
        if (c.RotaryLayers is not null) yield return ("positions everywhere", c with { RotaryLayers = null });
        if (c.UnitOffsetNorms) yield return ("gains as they are stored", c with { UnitOffsetNorms = false });
        if (c.QueryPreAttnScalar is { } scalar && scalar != c.HeadDim) yield return ("queries scaled by the width of a head", c with { QueryPreAttnScalar = null });
        if (c.NumExperts > 0)
        {
            yield return ("weights of experts otherwise", c with { NormTopKProb = !c.NormTopKProb });
            yield return ("one expert fewer", c with { NumExpertsPerToken = c.NumExpertsPerToken - 1 });
        }
    }

    private static List<Comparison> Compare()
    {
        using var folder = new ScratchFolder();
        var found = new List<Comparison>();
        foreach (var (shape, (config, length)) in FamilyGolden.Shapes)
        {
            var golden = FamilyGolden.Read(shape);
            var weights = FamilyShapes.Weights(config, DType.F32, FamilyGolden.Seed);
            var torch = Against(golden.GetProperty("torch"), config, weights, length, FamilyGolden.Positions(length));
            found.Add(torch with { Shape = shape, Against = "torch" });
            var peer = (length == FamilyShapes.TextLength ? FamilyShapes.Wide[config.Architecture] : config) with { InputFirstLinears = false };
            foreach (var format in PeerFormats(golden))
            {
                var theirs = golden.GetProperty("llama.cpp").GetProperty(format.Name);
                // Through the file that llama.cpp read: rows of q and k in another order would add up in another order.
                using var donor = FamilyCheckpoints.Create(peer, format, theirs.GetProperty("seed").GetUInt64(), vocabulary: true);
                GgufExport.Write(folder.File("model.gguf"), donor, (_, t) => t.DType);
                using var checkpoint = Checkpoint.Open(folder.File("model.gguf"));
                var llama = Against(theirs, checkpoint.Config, checkpoint.Weights, length, FamilyGolden.PeerPositions(length, format), format);
                found.Add(llama with { Shape = shape, Format = format, Against = "llama.cpp" });
            }
        }
        return found;
    }

    // Also of the model that rounds as the peer does, where a format is given.
    private static Comparison Against(JsonElement golden, ModelConfig config, Weights weights, int length, int[] positions, DType? rounding = null)
    {
        var (theirs, largest) = (FamilyGolden.Rows(golden), golden.GetProperty("largest").GetSingle());
        var text = FarShapes.Text(config, length)[..(positions[^1] + 1)];
        var ours = FamilyGolden.Logits(config, weights, text, positions, threads: 2);
        var rounds = rounding is not null && (config.Activation == Activation.GeluTanh || rounding == DType.F16 || rounding == DType.BF16);
        var alike = rounds ? FamilyGolden.Logits(PeerRounding.Apply(Architectures.Of(config).Create!(config, weights), rounding!), text, positions) : ours;
        return new("", DType.F32, "", FamilyGolden.Difference(theirs, ours) / largest, FamilyGolden.Kl(theirs, ours, config.VocabSize),
            FamilyGolden.SameFirst(theirs, alike, config.VocabSize, 2 * (rounds && !rounding!.IsBlocked ? SixteenBitTolerance : Tolerance) * largest),
            FamilyGolden.Difference(theirs, alike) / largest, FamilyGolden.Kl(theirs, alike, config.VocabSize));
    }

    private static IEnumerable<DType> PeerFormats(JsonElement golden) => golden.TryGetProperty("llama.cpp", out var peer)
        ? FamilyGolden.Formats.Where(f => peer.TryGetProperty(f.Name, out _))
        : [];

    // model.layers.1.self_attn.q_proj.bias → self_attn.q_proj.bias
    private static string Kind(string path) => string.Join('.', path.Split('.').SkipWhile(s => s is "model" or "transformer" or "layers" or "h" || int.TryParse(s, CultureInfo.InvariantCulture, out _)));

    private static Tensor Reversed(Tensor vector) =>
        ExactLlama.Store(vector.AsSpan<float>().ToArray().Reverse().ToArray(), DType.F32, vector.Shape);
}
