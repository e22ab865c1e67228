using Bantam.Checkpoints;
using Bantam.Formats.Gguf;
using Bantam.Models;
using Bantam.Tensors;
using Bantam.Tests.Formats;

namespace Bantam.Tests.Hostile;

/// <summary>GGUF files that parse and whose numbers would mislead a model built over them.</summary>
public sealed class GgufModelHostileTests
{
    public static TheoryData<string, Dictionary<string, uint>, string> Sizes => new()
    {
        // 41,605 · 103,232 = 2³² + 64: as 32-bit numbers, the 64 rows that the tensors have.
        { "heads times their width wrap to what the tensors have", new() { ["attention.head_count"] = 41605, ["attention.key_length"] = 103232, ["attention.value_length"] = 103232 }, "attention.head_count" },
        { "heads", new() { ["attention.head_count"] = 1 << 15 }, "attention.head_count" },
        { "width of a head", new() { ["attention.key_length"] = 1 << 15, ["attention.value_length"] = 1 << 15 }, "attention.key_length" },
        { "heads times their width", new() { ["attention.head_count"] = 1 << 14, ["attention.head_count_kv"] = 1, ["attention.key_length"] = 1 << 14, ["attention.value_length"] = 1 << 14 }, "attention.key_length" },
        { "cache of all layers", new() { ["attention.head_count"] = 1 << 10, ["attention.key_length"] = 1 << 10, ["attention.value_length"] = 1 << 10, ["block_count"] = 4096 }, "attention.head_count_kv" },
        { "layers", new() { ["block_count"] = 1 << 24 }, "block_count" },
        { "hidden size", new() { ["embedding_length"] = 1 << 24 }, "embedding_length" },
        { "feed-forward width", new() { ["feed_forward_length"] = 1 << 24 }, "feed_forward_length" },
        { "experts", new() { ["expert_count"] = 1 << 24 }, "expert_count" },
        { "vocabulary without embedding", new() { ["vocab_size"] = int.MaxValue }, "vocab_size" },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void A_size_beyond_any_model_is_refused(string name, Dictionary<string, uint> values, string field)
    {
        var m = Metadata();
        foreach (var (key, value) in values) m[$"llama.{key}"] = value;
        if (values.TryGetValue("attention.head_count", out var heads) && !values.ContainsKey("attention.head_count_kv")) m["llama.attention.head_count_kv"] = heads;
        var refusal = Refusal.Of("BT1036", "hostile.gguf", () => GgufConfig.Read(m, []));
        Assert.True(refusal.Field.Contains($"llama.{field}'", StringComparison.Ordinal), $"{name}: {refusal.Message}");
    }

    [Fact]
    public void Two_tensors_that_stand_for_the_same_weight_are_refused()
    {
        using var folder = new ScratchFolder();
        var path = folder.File("twice.gguf");
        GgufWriter.Write(path, Metadata(), [Zeros("output_norm.weight", 64), Zeros("model.norm.weight", 64)]);
        Assert.Contains("model.norm.weight", Refusal.Of("BT1021", "twice.gguf", () => Checkpoint.Open(path).Dispose()).Field);
    }

    [Theory]
    [InlineData("rope.scaling.factor", 4f, "linear")]
    [InlineData("rope.scale_linear", 4f, "linear")]
    [InlineData("rope.scaling.factor", 1f, null)]
    [InlineData("rope.scaling.factor", 0f, null)]
    public void A_position_scale_without_a_type_is_linear(string key, float factor, string? scaling)
    {
        var m = Metadata();
        m[$"llama.{key}"] = factor;
        Assert.Equal(scaling, GgufConfig.Read(m, []).RopeScaling);
        m["llama.rope.scaling.type"] = "none";
        Assert.Null(GgufConfig.Read(m, []).RopeScaling);
    }

    private static GgufMetadata Metadata()
    {
        var m = new GgufMetadata("hostile.gguf");
        GgufConfig.Write(m, new ModelConfig
        {
            Architecture = "llama",
            HiddenSize = 64,
            NumHiddenLayers = 1,
            NumAttentionHeads = 4,
            NumKeyValueHeads = 4,
            HeadDim = 16,
            IntermediateSize = 64,
            VocabSize = 32,
            MaxPositionEmbeddings = 64,
        });
        return m;
    }

    private static GgufTensorSource Zeros(string name, long length) =>
        new(name, DType.F32, new Shape(length), stream => stream.Write(new byte[length * 4]));
}
