using System.Text.Json;
using Bantam.Checkpoints;
using Bantam.Models;
using Bantam.Tensors;
using Bantam.Tests.Formats;
using Bantam.Tests.Models;

namespace Bantam.Tests.Checkpoints;

/// <summary>Every family from a directory to GGUF and back, and again: the same model each time.</summary>
public sealed class FamilyRoundTripTests
{
    // What no key of a GGUF file says.
    private static readonly string[] Unsayable = ["llama, dynamic", "qwen3, yarn not rounded, with scales"];

    public static TheoryData<string> Said => [.. Shapes.Select(s => s.Data).Except(Unsayable)];

    public static TheoryData<string> Unsaid => [.. Unsayable];

    public static TheoryData<string> Shapes => [.. FamilyShapes.All.Keys, .. FamilyShapes.Wide.Keys.Select(k => $"{k}, wide"), .. FamilyShapes.OnlyInDirectories.Keys];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_directory_says_all_of_a_configuration(string shape)
    {
        using var folder = new ScratchFolder();
        using var donor = FamilyCheckpoints.Create(Config(shape), DType.F32, 7);
        Assert.Empty(HuggingFaceExport.Write(folder.File("one"), donor, DType.F32));
        using var read = Checkpoint.Open(folder.File("one"));
        Same(donor.Config, read.Config);
        Same(donor, read);
    }

    [Theory]
    [MemberData(nameof(Said))]
    public void A_directory_becomes_GGUF_and_a_directory_again(string shape)
    {
        using var folder = new ScratchFolder();
        using var donor = FamilyCheckpoints.Create(Config(shape), DType.F32, 7);
        var notices = GgufExport.Write(folder.File("one.gguf"), donor, (_, t) => t.DType);
        Assert.Equal(new FileInfo(folder.File("one.gguf")).Length, GgufExport.PredictBytes(donor, (_, t) => t.DType));
        Assert.Equal(FamilyShapes.OnlyInDirectories.ContainsKey(shape), notices.Count > 0);
        Assert.All(notices, n => Assert.Contains("llama.cpp", n, StringComparison.Ordinal));

        using var gguf = Checkpoint.Open(folder.File("one.gguf"));
        HuggingFaceExport.Write(folder.File("two"), gguf, DType.F32);
        using var directory = Checkpoint.Open(folder.File("two"));
        // Without a window a Mistral is a Llama in all but name.
        var expected = shape.StartsWith("mistral", StringComparison.Ordinal) && donor.Config.SlidingWindow is null ? donor.Config with { Architecture = "llama" } : donor.Config;
        Same(expected, directory.Config);
        Same(donor, directory);

        GgufExport.Write(folder.File("two.gguf"), directory, (_, t) => t.DType);
        using var again = Checkpoint.Open(folder.File("two.gguf"));
        Same(gguf.Config, again.Config);
        Same(gguf, again);

        // From GGUF to GGUF: the tables of positions and the stacks of experts are written again as they were.
        GgufExport.Write(folder.File("three.gguf"), gguf, (_, t) => t.DType);
        Assert.Equal(File.ReadAllBytes(folder.File("one.gguf")), File.ReadAllBytes(folder.File("three.gguf")));
    }

    [Theory]
    [InlineData("gemma3_text", "010", "Bool[3]")]
    [InlineData("gemma3_text", "101", "U32")]
    [InlineData("gemma3_text", "011", "Bool[3]")]
    [InlineData("gemma3_text", "111", null)]
    [InlineData("gemma2", "101", null)]
    [InlineData("gemma2", "110", "U32")]
    [InlineData("gemma2", "100", "Bool[3]")]
    public void Layers_with_a_window_are_said_where_they_are_not_the_usual_ones(string family, string layers, string? type)
    {
        var config = FamilyShapes.All[family] with { NumHiddenLayers = 3, SlidingLayers = [.. layers.Select(c => c == '1')] };
        using var folder = new ScratchFolder();
        using var donor = FamilyCheckpoints.Create(config, DType.F32, 7);
        Assert.Empty(GgufExport.Write(folder.File("one.gguf"), donor, (_, t) => t.DType));
        using var gguf = Checkpoint.Open(folder.File("one.gguf"));
        var key = $"{gguf.Metadata!.GetString("general.architecture")}.attention.sliding_window_pattern";
        Assert.Equal(type, gguf.Metadata.TryGet(key, out var value) ? value.TypeName : null);
        Assert.Equal(config.SlidingLayers, gguf.Config.SlidingLayers);
    }

    [Theory]
    [MemberData(nameof(Unsaid))]
    public void What_no_key_says_is_refused_by_name(string shape)
    {
        using var donor = FamilyCheckpoints.Create(Config(shape), DType.F32, 7);
        Assert.Equal("BT2109", Assert.Throws<BantamException>(() => GgufExport.PredictBytes(donor, (_, t) => t.DType)).Code);
    }

    [Theory]
    [InlineData("mixtral", "Q8_0")]
    [InlineData("qwen3_moe", "Q4_K")]
    [InlineData("gpt2", "Q4_0")]
    [InlineData("gemma3_text", "Q6_K")]
    [InlineData("llama", "F16")]
    public void Blocks_are_written_and_read(string family, string format)
    {
        Assert.True(DType.TryParse(format, out var type));
        using var folder = new ScratchFolder();
        using var donor = FamilyCheckpoints.Create(FamilyShapes.Wide[family], DType.F32, 7);
        GgufExport.Write(folder.File("one.gguf"), donor, (_, _) => type);
        using var gguf = Checkpoint.Open(folder.File("one.gguf"));
        Assert.All(gguf.Weights.All, t => Assert.Equal(t.Value.Shape.Rank == 1 ? DType.F32 : type, t.Value.DType));
        Assert.Equal(Architectures.Of(gguf.Config).Layout(gguf.Config).Select(t => (t.Name, t.Shape)).Order(ByName), gguf.Weights.All.Select(t => (t.Key, t.Value.Shape)).Order(ByName));
        HuggingFaceExport.Write(folder.File("two"), gguf, DType.BF16);
        using var directory = Checkpoint.Open(folder.File("two"));
        Same(donor.Config, directory.Config);
    }

    [Fact]
    public void Experts_of_one_stack_need_one_type()
    {
        using var donor = FamilyCheckpoints.Create(FamilyShapes.Wide["mixtral"], DType.F32, 7);
        Assert.Equal("BT2110", Assert.Throws<BantamException>(() => GgufExport.PredictBytes(donor, (path, _) => path.Contains("experts.3.w1", StringComparison.Ordinal) ? DType.Q8_0 : DType.F16)).Code);
    }

    private static readonly Comparer<(string Name, Shape Shape)> ByName = Comparer<(string Name, Shape Shape)>.Create((a, b) => string.CompareOrdinal(a.Name, b.Name));

    private static ModelConfig Config(string shape) => FamilyShapes.OnlyInDirectories.TryGetValue(shape, out var config) ? config
        : shape.EndsWith(", wide", StringComparison.Ordinal) ? FamilyShapes.Wide[shape[..^6]] : FamilyShapes.All[shape];

    private static void Same(ModelConfig expected, ModelConfig actual) => Assert.Equal(JsonSerializer.Serialize(expected), JsonSerializer.Serialize(actual));

    private static void Same(Checkpoint expected, Checkpoint actual)
    {
        Assert.Equal(expected.Weights.All.Keys.Order(StringComparer.Ordinal), actual.Weights.All.Keys.Order(StringComparer.Ordinal));
        foreach (var (path, tensor) in expected.Weights.All)
        {
            Assert.Equal((path, tensor.Shape), (path, actual.Weights.All[path].Shape));
            var (a, b) = (tensor.AsSpan<float>().ToArray(), actual.Weights.All[path].AsSpan<float>().ToArray());
            // Adding one and taking it away again rounds small numbers to the grain of those near one.
            var grain = expected.Config.UnitOffsetNorms && tensor.Shape.Rank == 1 ? 1e-6f : 0f;
            if (grain == 0) Assert.Equal(a, b);
            else Assert.All(a.Zip(b), p => Assert.Equal(p.First, p.Second, grain));
        }
    }
}
