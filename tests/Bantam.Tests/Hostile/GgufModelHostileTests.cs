using Bantam.Checkpoints;
using Bantam.Formats.Gguf;
using Bantam.Models;
using Bantam.Tensors;
using Bantam.Tests.Formats;
using Bantam.Tests.Models;

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

    [Fact]
    public void A_factor_on_attention_without_a_scaling_that_has_one_is_refused()
    {
        var m = Metadata();
        m["llama.rope.scaling.attn_factor"] = 1.2f;
        Assert.Contains("attn_factor", Refusal.Of("BT1036", "hostile.gguf", () => GgufConfig.Read(m, [])).Field);
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

    // The family, what is set (null: taken away), the field that the refusal names.
    public static TheoryData<string, string, object?, string> Contradictions => new()
    {
        { "llama", "llama.block_count", 0u, "llama.block_count" },
        { "llama", "llama.block_count", null, "llama.block_count" },
        { "llama", "llama.block_count", 1u << 31, "llama.block_count" },
        { "llama", "llama.attention.head_count", 0u, "llama.attention.head_count" },
        { "llama", "llama.attention.head_count", new uint[] { 4, 4 }, "llama.attention.head_count" },
        { "llama", "llama.attention.head_count_kv", 3u, "llama.attention.head_count_kv" },
        { "llama", "llama.attention.head_count_kv", new[] { 4, 2 }, "llama.attention.head_count_kv" },
        { "llama", "llama.feed_forward_length", new uint[] { 64, 64 }, "llama.feed_forward_length" },
        { "llama", "llama.embedding_length", 60u, "token_embd.weight" },
        { "llama", "llama.context_length", 0u, "llama.context_length" },
        { "llama", "llama.context_length", 1ul << 40, "llama.context_length" },
        { "llama", "tokenizer.ggml.eos_token_id", 131u, "tokenizer.ggml.eos_token_id" },
        { "llama", "tokenizer.ggml.bos_token_id", -1, "tokenizer.ggml.bos_token_id" },
        { "llama", "tokenizer.ggml.eot_token_id", 1u << 20, "tokenizer.ggml.eot_token_id" },
        { "llama", "llama.rope.dimension_count", 7u, "llama.rope.dimension_count" },
        { "llama", "llama.rope.dimension_count", 0u, "llama.rope.dimension_count" },
        { "llama", "llama.rope.dimension_count", 22u, "llama.rope.dimension_count" },
        { "llama", "llama.rope.freq_base", 0f, "llama.rope.freq_base" },
        { "llama", "llama.rope.freq_base", float.NaN, "llama.rope.freq_base" },
        { "llama", "llama.rope.freq_base", -1f, "llama.rope.freq_base" },
        { "llama", "llama.rope.freq_base_swa", 5f, "llama.rope.freq_base_swa" },
        { "llama", "llama.rope.scaling.type", "yarn", "llama.rope.scaling.type" },
        { "llama", "llama.rope.scaling.factor", 4f, "llama.rope.scaling.type" },
        { "qwen2", "qwen2.rope.scaling.type", "dynamic", "qwen2.rope.scaling.type" },
        { "qwen2", "qwen2.rope.scaling.type", "longrope", "qwen2.rope.scaling.type" },
        { "qwen2", "qwen2.rope.scaling.factor", float.PositiveInfinity, "qwen2.rope.scaling.factor" },
        { "qwen2", "qwen2.rope.scaling.yarn_beta_fast", -1f, "qwen2.rope.scaling.yarn_beta_fast" },
        { "qwen2", "qwen2.rope.scaling.yarn_ext_factor", 0.5f, "qwen2.rope.scaling.yarn_ext_factor" },
        { "qwen2", "qwen2.rope.scaling.yarn_attn_factor", 2f, "qwen2.rope.scaling.yarn_attn_factor" },
        { "qwen2", "qwen2.rope.scaling.original_context_length", -1, "qwen2.rope.scaling.original_context_length" },
        { "qwen2", "qwen2.rope.scaling.yarn_beta_fast", 1f, "qwen2.rope.scaling.yarn_beta_fast" },
        { "qwen2", "qwen2.rope.scaling.yarn_beta_slow", 32f, "qwen2.rope.scaling.yarn_beta_fast" },
        { "qwen2", "qwen2.rope.scaling.factor", float.NaN, "qwen2.rope.scaling.factor" },
        { "qwen2", "qwen2.rope.freq_base", 1f, "qwen2.rope.freq_base" },
        { "phi3", "phi3.rope.scaling.factor", 4f, "phi3.rope.scaling.factor" },
        { "phi3", "phi3.rope.scaling.original_context_length", 1u, "phi3.rope.scaling.original_context_length" },
        { "phi3", "phi3.rope.scaling.original_context_length", 65u, "phi3.rope.scaling.original_context_length" },
        { "phi3", "phi3.rope.scaling.attn_factor", 0f, "phi3.rope.scaling.attn_factor" },
        { "phi3", "phi3.rope.dimension_count", 11u, "phi3.rope.dimension_count" },
        { "mixtral", "llama.expert_used_count", 0u, "llama.expert_used_count" },
        { "mixtral", "llama.expert_used_count", 6u, "llama.expert_used_count" },
        { "mixtral", "llama.expert_used_count", null, "llama.expert_used_count" },
        { "mixtral", "llama.expert_count", 4u, "ffn_gate_exps.weight" },
        { "qwen3_moe", "qwen3moe.expert_count", 0u, "qwen3moe.expert_count" },
        { "qwen3_moe", "qwen3moe.expert_feed_forward_length", 0u, "qwen3moe.expert_feed_forward_length" },
        { "qwen3", "qwen3.expert_count", 4u, "qwen3.expert_count" },
        { "gemma2", "gemma2.attention.sliding_window", -1, "gemma2.attention.sliding_window" },
        { "gemma2", "gemma2.attention.sliding_window_pattern", new[] { true }, "gemma2.attention.sliding_window_pattern" },
        { "gemma2", "gemma2.attention.sliding_window_pattern", 1u << 20, "gemma2.attention.sliding_window_pattern" },
        { "gemma2", "gemma2.attn_logit_softcapping", float.NaN, "gemma2.attn_logit_softcapping" },
        { "gemma2", "gemma2.attn_logit_softcapping", 0f, "gemma2.attn_logit_softcapping" },
        { "gemma2", "gemma2.final_logit_softcapping", 0f, "gemma2.final_logit_softcapping" },
        { "gemma2", "gemma2.final_logit_softcapping", -30f, "gemma2.final_logit_softcapping" },
        { "gemma2", "gemma2.attention.sliding_window", 1u << 31, "gemma2.attention.sliding_window" },
        { "gemma3_text", "gemma3.attention.sliding_window_pattern", -1, "gemma3.attention.sliding_window_pattern" },
        { "gemma3_text", "gemma3.attention.scale", -1f, "gemma3.attention.scale" },
        { "gemma3_text", "gemma3.attention.scale", 1e-30f, "gemma3.attention.scale" },
        { "gemma3_text", "gemma3.attention.scale", 1e30f, "gemma3.attention.scale" },
        { "gemma3_text", "gemma3.rope.freq_base_swa", float.NaN, "gemma3.rope.freq_base_swa" },
        { "gpt2", "gpt2.attention.layer_norm_epsilon", 0f, "gpt2.attention.layer_norm_epsilon" },
        { "gpt2", "gpt2.attention.head_count_kv", 4u, "gpt2.attention.head_count_kv" },
        { "gpt2", "gpt2.attention.key_length", 10u, "gpt2.attention.value_length" },
        { "gpt2", "gpt2.attention.head_count", 7u, "gpt2.attention.head_count_kv" },
        { "smollm3", "smollm3.attention.head_count_kv", Array.Empty<int>(), "smollm3.attention.head_count_kv" },
        { "llama", "general.architecture", "nemotron_h", "nemotron_h" },
        { "llama", "general.architecture", "", "" },
    };

    [Theory]
    [MemberData(nameof(Contradictions))]
    public void A_number_that_contradicts_the_file_or_sense_is_refused_in_one_line(string family, string key, object? value, string field)
    {
        using var folder = new ScratchFolder();
        var path = folder.File("hostile.gguf");
        using (var donor = FamilyCheckpoints.Create(FamilyShapes.All[family], DType.F32, 1))
            GgufExport.Write(path, donor, (_, t) => t.DType);
        Change(path, m => value is null ? null : new GgufValue(value), key);
        // A value of another type, a family that is not known, or a number that cannot be.
        var code = value is null or uint[] or int[] or ulong or >= 1u << 31 ? "BT1035" : key == "general.architecture" ? "BT2001" : "BT1036";
        Assert.Contains(field, Refusal.OfModel(code, "hostile.gguf", () => Checkpoint.Open(path).Dispose()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Heads_of_another_width_than_a_third_of_the_stacked_projection_are_refused()
    {
        using var folder = new ScratchFolder();
        var path = folder.File("hostile.gguf");
        using (var donor = FamilyCheckpoints.Create(FamilyShapes.Small["gpt2"], DType.F32, 1))
            GgufExport.Write(path, donor, (_, t) => t.DType);
        Rewrite(path, m => m["gpt2.attention.key_length"] = m["gpt2.attention.value_length"] = 4u, []);
        Assert.Contains("key_length", Refusal.Of("BT1036", "hostile.gguf", () => Checkpoint.Open(path).Dispose()).Field);
    }

    // One table of two: the other is as it should be. Twelve of a head's twenty elements rotate.
    [Theory]
    [InlineData("rope_factors_long.weight", 5, 1f, "F32 [5]")]
    [InlineData("rope_factors_long.weight", 7, 1f, "F32 [7]")]
    [InlineData("rope_factors_short.weight", 6, 0f, "numbers")]
    [InlineData("rope_factors_short.weight", 6, -1f, "numbers")]
    [InlineData("rope_factors_long.weight", 6, float.NaN, "numbers")]
    [InlineData("rope_factors_long.weight", 6, float.PositiveInfinity, "numbers")]
    [InlineData("rope_factors_long.weight", 0, 0f, "missing")]
    public void A_table_of_longrope_must_make_sense(string name, int length, float value, string refused)
    {
        using var folder = new ScratchFolder();
        var path = folder.File("hostile.gguf");
        using (var donor = FamilyCheckpoints.Create(FamilyShapes.All["phi3"], DType.F32, 1))
            GgufExport.Write(path, donor, (_, t) => t.DType);
        Rewrite(path, _ => { }, length == 0 ? [] : [GgufTensorSource.From(name, ExactLlama.Store([.. Enumerable.Repeat(value, length)], DType.F32, new Shape(length)))], withoutTensor: name);
        Assert.Equal(refused, Refusal.Of("BT1036", "hostile.gguf", () => Checkpoint.Open(path).Dispose()).Value);
    }

    [Fact]
    public void More_parameters_than_the_file_can_hold_are_refused()
    {
        using var folder = new ScratchFolder();
        var path = folder.File("hostile.gguf");
        using (var donor = FamilyCheckpoints.Create(FamilyShapes.All["gemma"], DType.F32, 1))
            GgufExport.Write(path, donor, (_, t) => t.DType);
        Change(path, _ => new GgufValue(4000u), "gemma.block_count");
        Assert.Equal("metadata", Refusal.Of("BT1036", "hostile.gguf", () => Checkpoint.Open(path).Dispose()).Field);
    }

    [Theory]
    [InlineData("rope_freqs.weight", "F32", 10, 1f, null)]
    [InlineData("blk.0.rope_freqs.weight", "F32", 10, 1f, null)]
    [InlineData("rope_freqs.weight", "F32", 9, 1f, "F32 [9]")]
    [InlineData("rope_freqs.weight", "F16", 10, 1f, "F16 [10]")]
    [InlineData("rope_freqs.weight", "F32", 10, 0f, "numbers")]
    [InlineData("rope_freqs.weight", "F32", 10, float.NaN, "numbers")]
    [InlineData("rope_factors_short.weight", "F32", 10, 1f, "missing")]
    public void A_table_of_frequency_factors_is_no_weight_and_must_make_sense(string name, string format, int length, float value, string? refused)
    {
        Assert.True(DType.TryParse(format, out var type));
        using var folder = new ScratchFolder();
        var path = folder.File("hostile.gguf");
        using (var donor = FamilyCheckpoints.Create(FamilyShapes.All["mistral"], DType.F32, 1))
            GgufExport.Write(path, donor, (_, t) => t.DType);
        Rewrite(path, _ => { }, [GgufTensorSource.From(name, ExactLlama.Store([.. Enumerable.Repeat(value, length)], type, new Shape(length)))]);
        if (refused is not null)
        {
            Assert.Equal(refused, Refusal.Of("BT1036", "hostile.gguf", () => Checkpoint.Open(path).Dispose()).Value);
            return;
        }
        using var read = Checkpoint.Open(path);
        Assert.Equal(("rope_freqs", length), (read.Config.RopeScaling, read.Config.RopeFactors!.Count));
        Assert.DoesNotContain(read.Weights.All.Keys, k => k.Contains("rope", StringComparison.Ordinal));
        Assert.Equal(Architectures.Of(read.Config).Layout(read.Config).Count(), read.Weights.All.Count);
    }

    private static void Change(string path, Func<GgufMetadata, GgufValue?> value, string key) => Rewrite(path, m =>
    {
        if (value(m) is { } changed) m[key] = changed;
    }, [], without: value(new GgufMetadata()) is null ? key : null);

    private static void Rewrite(string path, Action<GgufMetadata> change, GgufTensorSource[] more, string? without = null, string? withoutTensor = null)
    {
        var written = $"{path}.new";
        using (var file = GgufFile.Open(path))
        {
            var m = new GgufMetadata();
            foreach (var (key, value) in file.Metadata.Pairs)
                if (key != without) m[key] = value;
            change(m);
            GgufWriter.Write(written, m, [.. file.Tensors.Where(t => t.Name != withoutTensor).Select(t => GgufTensorSource.From(t.Name, file.Tensor(t.Name))), .. more]);
        }
        File.Move(written, path, overwrite: true);
    }

    private static GgufMetadata Metadata()
    {
        var m = new GgufMetadata("hostile.gguf");
        GgufConfigWriter.Write(m, new ModelConfig
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
        }, []);
        return m;
    }

    private static GgufTensorSource Zeros(string name, long length) =>
        new(name, DType.F32, new Shape(length), stream => stream.Write(new byte[length * 4]));
}
