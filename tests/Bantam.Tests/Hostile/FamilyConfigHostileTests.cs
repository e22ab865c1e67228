using System.Text.RegularExpressions;
using Bantam.Checkpoints;
using Bantam.Tensors;
using Bantam.Tests.Formats;
using Bantam.Tests.Models;

namespace Bantam.Tests.Hostile;

/// <summary>Hugging Face directories whose weights are sound and whose configuration says what cannot be.</summary>
public sealed class FamilyConfigHostileTests
{
    private const string Ones = "[1,1,1]"; // three pairs rotate in the small Phi-3

    // The family, what takes the place of a field's value (or is added), the field that the refusal names.
    public static TheoryData<string, string, string, string> Contradictions => new()
    {
        { "llama", "hidden_size", "0", "hidden_size" },
        { "llama", "hidden_size", "-24", "hidden_size" },
        { "llama", "head_dim", "7", "head_dim" },
        { "llama", "num_attention_heads", "0", "num_attention_heads" },
        { "llama", "num_key_value_heads", "3", "num_key_value_heads" },
        { "llama", "num_key_value_heads", "[2,2,2]", "num_key_value_heads" },
        { "llama", "num_hidden_layers", "2147483648", "num_hidden_layers" },
        { "llama", "max_position_embeddings", "0", "max_position_embeddings" },
        { "llama", "max_position_embeddings", "1099511627776", "max_position_embeddings" },
        { "llama", "num_hidden_layers", "4096", "configuration" },
        { "llama", "vocab_size", "16777216", "configuration" },
        { "llama", "eos_token_id", "19", "eos_token_id" },
        { "llama", "bos_token_id", "-1", "bos_token_id" },
        { "llama", "rope_theta", "0", "rope_theta" },
        { "llama", "rope_theta", "NaN", "rope_theta" },
        { "llama", "rope_scaling", """{"rope_type":"llama3","factor":4,"low_freq_factor":2,"high_freq_factor":2,"original_max_position_embeddings":32}""", "rope_scaling.high_freq_factor" },
        { "llama", "rope_scaling", """{"rope_type":"llama3","factor":0,"low_freq_factor":1,"high_freq_factor":2,"original_max_position_embeddings":32}""", "factor" },
        { "qwen2", "rope_scaling", """{"rope_type":"yarn","factor":0,"original_max_position_embeddings":16}""", "factor" },
        { "qwen2", "rope_scaling", """{"rope_type":"yarn","factor":Infinity,"original_max_position_embeddings":16}""", "factor" },
        { "qwen2", "rope_scaling", """{"rope_type":"yarn","factor":1e308,"original_max_position_embeddings":16}""", "factor" },
        { "qwen2", "rope_scaling", """{"rope_type":"yarn","factor":4,"beta_fast":1,"beta_slow":32}""", "rope_scaling.beta_fast" },
        { "qwen2", "rope_scaling", """{"rope_type":"yarn","factor":4,"beta_fast":1}""", "rope_scaling.beta_fast" },
        { "qwen2", "rope_scaling", """{"rope_type":"yarn","original_max_position_embeddings":65}""", "rope_scaling.original_max_position_embeddings" },
        { "qwen2", "rope_scaling", """{"rope_type":"yarn","factor":4,"original_max_position_embeddings":0}""", "original_max_position_embeddings" },
        { "qwen2", "rope_scaling", """{"rope_type":"magic","factor":4}""", "rope_scaling.rope_type" },
        { "phi3", "rope_scaling", $$"""{"rope_type":"longrope","short_factor":{{Ones}},"long_factor":[1,1]}""", "long_factor" },
        { "phi3", "rope_scaling", $$"""{"rope_type":"longrope","short_factor":[1,1,1,1],"long_factor":{{Ones}}}""", "short_factor" },
        { "phi3", "rope_scaling", $$"""{"rope_type":"longrope","short_factor":[1,0,1],"long_factor":{{Ones}}}""", "short_factor" },
        { "phi3", "rope_scaling", $$"""{"rope_type":"longrope","short_factor":[1,NaN,1],"long_factor":{{Ones}}}""", "short_factor" },
        { "phi3", "rope_scaling", $$"""{"rope_type":"longrope","short_factor":{{Ones}},"long_factor":[1,1,-1]}""", "long_factor" },
        { "phi3", "rope_scaling", $$"""{"rope_type":"longrope","short_factor":{{Ones}},"long_factor":[1,1,1e39]}""", "long_factor" },
        { "phi3", "original_max_position_embeddings", "1", "rope_scaling.original_max_position_embeddings" },
        { "phi3", "original_max_position_embeddings", "65", "rope_scaling.original_max_position_embeddings" },
        { "phi3", "partial_rotary_factor", "0.4", "partial_rotary_factor" },
        { "phi3", "partial_rotary_factor", "0", "partial_rotary_factor" },
        { "phi3", "partial_rotary_factor", "1.5", "partial_rotary_factor" },
        { "mistral", "sliding_window", "0", "sliding_window" },
        { "mistral", "sliding_window", "2147483648", "sliding_window" },
        { "gemma2", "sliding_window", "-1", "sliding_window" },
        { "gemma2", "attn_logit_softcapping", "0", "attn_logit_softcapping" },
        { "gemma2", "attn_logit_softcapping", "NaN", "attn_logit_softcapping" },
        { "gemma2", "final_logit_softcapping", "-30", "final_logit_softcapping" },
        { "gemma2", "query_pre_attn_scalar", "0", "query_pre_attn_scalar" },
        { "gemma2", "layer_types", """["full_attention"]""", "layer_types" },
        { "gemma2", "layer_types", """["full_attention","full_attention","chunked_attention"]""", "layer_types" },
        { "gemma3_text", "rope_local_base_freq", "0", "rope_local_base_freq" },
        { "smollm3", "no_rope_layers", "[1,1,1]", "no_rope_layers" },
        { "smollm3", "no_rope_layers", "[1,1,1,0,2]", "no_rope_layers" },
        { "mixtral", "num_experts_per_tok", "6", "num_experts_per_tok" },
        { "mixtral", "num_experts_per_tok", "0", "num_experts_per_tok" },
        { "mixtral", "num_local_experts", "0", "num_local_experts" },
        { "mixtral", "num_local_experts", "4097", "num_local_experts" },
        { "mixtral", "num_local_experts", "4096", "configuration" },
        { "qwen3_moe", "moe_intermediate_size", "0", "moe_intermediate_size" },
        { "qwen3_moe", "decoder_sparse_step", "0", "decoder_sparse_step" },
        { "qwen3_moe", "mlp_only_layers", "[3]", "mlp_only_layers" },
        { "gpt2", "n_head", "7", "n_embd" },
        { "gpt2", "n_head", "0", "n_head" },
        { "gpt2", "n_positions", "0", "n_positions" },
        { "gpt2", "scale_attn_weights", "false", "scale_attn_weights" },
        { "gpt2", "scale_attn_by_inverse_layer_idx", "true", "scale_attn_by_inverse_layer_idx" },
    };

    [Theory]
    [MemberData(nameof(Contradictions))]
    public void A_configuration_that_contradicts_itself_or_its_weights_is_refused(string family, string name, string value, string field)
    {
        using var folder = new ScratchFolder();
        var path = Write(folder, family, config => With(config, name, value));
        Assert.Equal(field, Refusal.Of("BT1063", "config.json", () => Checkpoint.Open(path).Dispose()).Field);
    }

    // Where the file has no list of layers, a period says it.
    [Theory]
    [InlineData("gemma3_text", "layer_types", "sliding_window_pattern")]
    [InlineData("smollm3", "no_rope_layers", "no_rope_layer_interval")]
    public void A_period_of_no_layers_is_refused(string family, string list, string period)
    {
        using var folder = new ScratchFolder();
        var path = Write(folder, family, config => With(With(config, list, "null"), period, "0"));
        Assert.Equal(period, Refusal.Of("BT1063", "config.json", () => Checkpoint.Open(path).Dispose()).Field);
    }

    [Fact]
    public void Yarn_over_a_base_of_one_is_refused()
    {
        using var folder = new ScratchFolder();
        var path = Write(folder, "qwen2", config => With(config, "rope_theta", "1"));
        Assert.Equal("rope_theta", Refusal.Of("BT1063", "config.json", () => Checkpoint.Open(path).Dispose()).Field);
    }

    [Theory]
    [InlineData("19")]
    [InlineData("-1")]
    [InlineData("[2,19]")]
    [InlineData("\"</s>\"")]
    public void Ends_of_a_text_beyond_the_vocabulary_are_refused_in_the_settings_for_generating_too(string ids)
    {
        using var folder = new ScratchFolder();
        var path = Write(folder, "llama", config => config);
        File.WriteAllText(Path.Combine(path, "generation_config.json"), $$"""{"eos_token_id":{{ids}}}""");
        Assert.Equal("eos_token_id", Refusal.Of("BT1063", "generation_config.json", () => Checkpoint.Open(path).Dispose()).Field);
    }

    [Fact]
    public void An_original_context_that_is_null_inside_and_given_outside_is_the_outer_one()
    {
        using var folder = new ScratchFolder();
        var path = Write(folder, "phi3", config => With(config, "rope_scaling", $$"""{"rope_type":"longrope","original_max_position_embeddings":null,"short_factor":{{Ones}},"long_factor":{{Ones}}}"""));
        using var checkpoint = Checkpoint.Open(path);
        Assert.Equal(16, checkpoint.Config.OriginalMaxPositionEmbeddings);
    }

    private static string Write(ScratchFolder folder, string family, Func<string, string> change)
    {
        var path = folder.File("model");
        using (var donor = FamilyCheckpoints.Create(FamilyShapes.Small[family], DType.F32, 1))
            HuggingFaceExport.Write(path, donor, DType.F32);
        var config = Path.Combine(path, "config.json");
        File.WriteAllText(config, change(File.ReadAllText(config)));
        return path;
    }

    // As text: some values are not JSON until they have been read as Python's. The file is indented: a field ends its line.
    private static string With(string config, string name, string value)
    {
        var without = Regex.Replace(config, $"(?ms)^  \"{name}\": (\\[.*?^  \\]|\\{{.*?^  \\}}|[^\\n]*?),?\\n", "");
        return without.TrimEnd().TrimEnd('}').TrimEnd().TrimEnd(',') + $",\n  \"{name}\": {value}\n}}";
    }
}
