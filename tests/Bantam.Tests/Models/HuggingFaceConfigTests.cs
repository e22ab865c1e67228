using System.Text.Json.Nodes;
using Bantam.Models;

namespace Bantam.Tests.Models;

public class HuggingFaceConfigTests
{
    public static TheoryData<string> Families => [.. Architectures.All.Select(a => a.Name)];

    [Theory]
    [InlineData("llama", 32, 4, 2048, 1e-6f, 10000f, false, 1, 2)]
    [InlineData("mistral", 8, 4, 131072, 1e-6f, 10000f, false, 1, 2)]
    [InlineData("mixtral", 8, 4, 131072, 1e-5f, 1e6f, false, 1, 2)]
    [InlineData("gemma", 16, 256, 8192, 1e-6f, 10000f, true, 2, 1)]
    [InlineData("gemma2", 4, 256, 8192, 1e-6f, 10000f, true, 2, 1)]
    [InlineData("gemma3_text", 4, 256, 131072, 1e-6f, 1e6f, true, 2, 1)]
    [InlineData("smollm3", 4, 4, 32768, 1e-6f, 2e6f, true, null, null)] // its tokens are not in a vocabulary of 300
    [InlineData("qwen2", 32, 4, 32768, 1e-6f, 10000f, false, null, null)]
    [InlineData("qwen3", 32, 128, 32768, 1e-6f, 10000f, false, null, null)]
    [InlineData("qwen3_moe", 4, 4, 32768, 1e-6f, 10000f, false, null, null)]
    [InlineData("phi3", 32, 4, 4096, 1e-5f, 10000f, false, 1, null)] // its end token 32000 is not in a vocabulary of 300
    public void Absent_fields_take_the_defaults_of_transformers(string family, int kv, int headDim, int context, float eps, float theta, bool tie, int? begin, int? end)
    {
        var config = ConfigFixtures.Read(ConfigFixtures.Bare(family));

        Assert.Equal((kv, headDim, context, eps, theta), (config.NumKeyValueHeads, config.HeadDim, config.MaxPositionEmbeddings, config.NormEps, config.RopeTheta));
        Assert.Equal((tie, begin, end), (config.TieWordEmbeddings, config.BosTokenId, config.EosTokenIds.Cast<int?>().SingleOrDefault()));
        Assert.Equal(ModelHead.LanguageModel, config.Head);
    }

    [Fact]
    public void Gpt2_and_DistilBert_have_their_own_defaults()
    {
        var gpt2 = ConfigFixtures.Read(ConfigFixtures.Bare("gpt2"));
        Assert.Equal((256, 1024, true, Activation.GeluTanh, 16), (gpt2.IntermediateSize, gpt2.MaxPositionEmbeddings, gpt2.TieWordEmbeddings, gpt2.Activation, gpt2.HeadDim));

        var bert = ConfigFixtures.Read(ConfigFixtures.Bare("distilbert"));
        Assert.Equal((512, Activation.Gelu, ModelHead.None, 2), (bert.MaxPositionEmbeddings, bert.Activation, bert.Head, bert.NumLabels));
    }

    [Theory]
    [InlineData("mistral", "{}", "4096,4096,4096,4096")]
    [InlineData("mistral", """{"sliding_window":null}""", ",,,")]
    [InlineData("mixtral", "{}", ",,,")]
    [InlineData("mixtral", """{"sliding_window":8}""", "8,8,8,8")]
    [InlineData("gemma", """{"sliding_window":8}""", ",,,")]
    [InlineData("gemma2", "{}", "4096,,4096,")]
    [InlineData("gemma2", """{"layer_types":["full_attention","full_attention","full_attention","sliding_attention"]}""", ",,,4096")]
    [InlineData("gemma3_text", "{}", "4096,4096,4096,4096")]
    [InlineData("gemma3_text", """{"sliding_window":8,"sliding_window_pattern":2}""", "8,,8,")]
    [InlineData("gemma3_text", """{"sliding_window":8,"_sliding_window_pattern":3}""", "8,8,,8")]
    [InlineData("gemma3_text", """{"layer_types":["full_attention","full_attention","full_attention","sliding_attention"]}""", ",,,4096")]
    [InlineData("smollm3", """{"sliding_window":8}""", ",,,")]
    [InlineData("smollm3", """{"sliding_window":8,"use_sliding_window":true}""", ",,,8")]
    [InlineData("smollm3", """{"sliding_window":8,"use_sliding_window":true,"no_rope_layers":[0,1,1,0]}""", "8,,,8")]
    [InlineData("qwen2", """{"sliding_window":8}""", ",,,")]
    [InlineData("qwen2", """{"sliding_window":8,"use_sliding_window":true}""", ",,,")]
    [InlineData("qwen2", """{"sliding_window":8,"use_sliding_window":true,"max_window_layers":1}""", ",8,8,8")]
    [InlineData("qwen3", """{"use_sliding_window":true,"max_window_layers":3}""", ",,,4096")]
    [InlineData("qwen3_moe", """{"sliding_window":8,"use_sliding_window":true}""", "8,8,8,8")]
    [InlineData("phi3", """{"sliding_window":2047}""", "2047,2047,2047,2047")]
    public void Each_family_says_in_its_own_way_which_layers_have_a_window(string family, string more, string windows)
    {
        var config = ConfigFixtures.Read(Merge(ConfigFixtures.Bare(family), more));

        Assert.Equal(windows, string.Join(',', Enumerable.Range(0, 4).Select(i => config.WindowOfLayer(i)?.ToString() ?? "")));
    }

    [Fact]
    public void Sparse_layers_follow_the_step_and_the_list_of_dense_ones()
    {
        var config = ConfigFixtures.Read(Merge(ConfigFixtures.Bare("qwen3_moe"), """{"decoder_sparse_step":2,"mlp_only_layers":[3]}"""));

        Assert.Equal([false, true, false, false], Enumerable.Range(0, 4).Select(config.IsSparseLayer));
        Assert.All(Enumerable.Range(0, 4), i => Assert.True(ConfigFixtures.Read(ConfigFixtures.Bare("mixtral")).IsSparseLayer(i)));
        Assert.False(ConfigFixtures.Read(ConfigFixtures.Bare("llama")).IsSparseLayer(0));
    }

    [Fact]
    public void The_scaling_of_rotary_frequencies_is_read_whole_and_from_newer_files_too()
    {
        var old = ConfigFixtures.Load("Meta-Llama-3.1-8B");
        Assert.Equal(("llama3", 8f, 1f, 4f, 8192, 500000f),
            (old.RopeScaling, old.RopeScalingFactor, old.RopeLowFreqFactor, old.RopeHighFreqFactor, old.OriginalMaxPositionEmbeddings, old.RopeTheta));

        var newer = ConfigFixtures.Read(Merge(ConfigFixtures.Bare("llama"), """{"rope_parameters":{"rope_theta":500000,"rope_type":"llama3","factor":8,"low_freq_factor":1,"high_freq_factor":4,"original_max_position_embeddings":8192}}"""));
        Assert.Equal((old.RopeScaling, old.RopeTheta, old.RopeScalingFactor), (newer.RopeScaling, newer.RopeTheta, newer.RopeScalingFactor));

        var plain = ConfigFixtures.Read(Merge(ConfigFixtures.Bare("llama"), """{"rope_parameters":{"rope_theta":7,"rope_type":"default"},"rope_scaling":null}"""));
        Assert.Equal((null, 7f), (plain.RopeScaling, plain.RopeTheta));
    }

    [Fact]
    public void Gemma_computes_the_tanh_form_of_gelu_though_its_file_says_gelu()
    {
        Assert.Equal(Activation.GeluTanh, ConfigFixtures.Load("gemma-2b-it", "main").Activation);
        var gemma2 = ConfigFixtures.Load("gemma-2-2b-it");
        Assert.Equal((50f, 30f, 256f), (gemma2.AttnLogitSoftcapping, gemma2.FinalLogitSoftcapping, gemma2.QueryPreAttnScalar));
        Assert.Null(ConfigFixtures.Read(Merge(ConfigFixtures.Bare("gemma2"), """{"attn_logit_softcapping":null}""")).AttnLogitSoftcapping);
    }

    [Fact]
    public void Gemma3_rotates_layers_with_a_window_by_a_base_of_their_own_and_caps_nothing()
    {
        var old = ConfigFixtures.Read(Merge(ConfigFixtures.Bare("gemma3_text"), """{"rope_theta":7,"rope_local_base_freq":5,"query_pre_attn_scalar":168,"rope_scaling":{"rope_type":"linear","factor":8}}"""));
        Assert.Equal((7f, 5f, 168f, "linear", 8f), (old.RopeTheta, old.RopeLocalTheta, old.QueryPreAttnScalar, old.RopeScaling, old.RopeScalingFactor));
        Assert.Equal((true, true, true, Activation.GeluTanh), (old.QkNorm, old.PostNorms, old.UnitOffsetNorms, old.Activation));
        Assert.Equal((null, null), (old.AttnLogitSoftcapping, old.FinalLogitSoftcapping));

        var newer = ConfigFixtures.Read(Merge(ConfigFixtures.Bare("gemma3_text"), """{"rope_parameters":{"full_attention":{"rope_type":"linear","factor":8,"rope_theta":7},"sliding_attention":{"rope_type":"default","rope_theta":5}},"final_logit_softcapping":30,"attention_bias":true}"""));
        Assert.Equal((7f, 5f, "linear", 8f, 30f, true), (newer.RopeTheta, newer.RopeLocalTheta, newer.RopeScaling, newer.RopeScalingFactor, newer.FinalLogitSoftcapping, newer.AttentionBias && newer.AttentionOutputBias));
        Assert.Equal(10000f, ConfigFixtures.Read(ConfigFixtures.Bare("gemma3_text")).RopeLocalTheta);
    }

    [Theory]
    [InlineData("{}", "1110")]
    [InlineData("""{"no_rope_layer_interval":2}""", "1010")]
    [InlineData("""{"no_rope_layers":[1,0,0,1],"no_rope_layer_interval":2}""", "1001")]
    public void SmolLM3_leaves_some_layers_without_positions(string more, string layers)
    {
        var config = ConfigFixtures.Read(Merge(ConfigFixtures.Bare("smollm3"), more));

        Assert.Equal(layers, string.Concat(Enumerable.Range(0, 4).Select(i => config.IsRotaryLayer(i) ? '1' : '0')));
        Assert.True(ConfigFixtures.Read(Merge(ConfigFixtures.Bare("smollm3"), """{"attention_bias":true,"mlp_bias":true}""")) is { AttentionBias: true, AttentionOutputBias: true, MlpBias: true });
    }

    [Fact]
    public void Yarn_is_read_whole()
    {
        var config = ConfigFixtures.Read(Merge(ConfigFixtures.Bare("qwen2"), """{"rope_scaling":{"type":"yarn","factor":4,"original_max_position_embeddings":32,"beta_fast":16,"beta_slow":2,"truncate":false,"attention_factor":1.5,"mscale":0.7,"mscale_all_dim":0.8}}"""));
        Assert.Equal(("yarn", 4f, 32, 16f, 2f, false, 1.5f, 0.7f, 0.8f), (config.RopeScaling, config.RopeScalingFactor, config.OriginalMaxPositionEmbeddings, config.RopeBetaFast, config.RopeBetaSlow, config.RopeTruncate, config.RopeAttentionFactor, config.RopeMScale, config.RopeMScaleAllDim));

        var bare = ConfigFixtures.Read(Merge(ConfigFixtures.Bare("qwen2"), """{"max_position_embeddings":64,"rope_scaling":{"type":"yarn","factor":4}}"""));
        Assert.Equal((64, null, null, true, null), (bare.OriginalMaxPositionEmbeddings, bare.RopeBetaFast, bare.RopeBetaSlow, bare.RopeTruncate, bare.RopeAttentionFactor));
        Assert.Equal(2f, ConfigFixtures.Read(Merge(ConfigFixtures.Bare("qwen2"), """{"max_position_embeddings":64,"rope_scaling":{"type":"yarn","original_max_position_embeddings":32}}""")).RopeScalingFactor);
    }

    [Theory]
    [InlineData("longrope")]
    [InlineData("su")]
    [InlineData("yarn")]
    public void Phi3_calls_longrope_by_three_names(string type)
    {
        var config = ConfigFixtures.Read(Merge(ConfigFixtures.Bare("phi3"), $$$"""{"max_position_embeddings":64,"original_max_position_embeddings":16,"rope_scaling":{"type":"{{{type}}}","short_factor":[1,2],"long_factor":[3,4.5]}}"""));

        Assert.Equal(("longrope", 4f, 16), (config.RopeScaling, config.RopeScalingFactor, config.OriginalMaxPositionEmbeddings));
        Assert.Equal([1f, 2f], config.RopeFactors!);
        Assert.Equal([3f, 4.5f], config.RopeLongFactors!);
    }

    [Fact]
    public void Gemma_stores_its_gains_less_one_and_GPT2_its_matrices_input_first()
    {
        foreach (var family in Architectures.All.Select(a => a.Name))
        {
            var config = ConfigFixtures.Read(ConfigFixtures.Bare(family));
            Assert.Equal((family.StartsWith("gemma", StringComparison.Ordinal), family == "gpt2"), (config.UnitOffsetNorms, config.InputFirstLinears));
        }
    }

    [Theory]
    [InlineData("DeepSeek-R1", "deepseek_v3")]
    [InlineData("DeepSeek-V3", "deepseek_v3")]
    [InlineData("DeepSeek-V3.2", "deepseek_v32")]
    [InlineData("Llama-3_3-Nemotron-Super-49B-v1", "nemotron-nas")]
    [InlineData("Llama-4-Maverick-17B-128E-Instruct", "llama4")]
    [InlineData("Llama-4-Scout-17B-16E-Instruct", "llama4")]
    [InlineData("Nemotron-H-56B-Base-8K", "nemotron_h")]
    [InlineData("Qwen3-VL-235B-A22B-Instruct", "qwen3_vl_moe")]
    [InlineData("Qwen3-VL-2B-Instruct", "qwen3_vl")]
    [InlineData("Qwen3-VL-30B-A3B-Instruct", "qwen3_vl_moe")]
    [InlineData("Qwen3-VL-32B-Instruct", "qwen3_vl")]
    [InlineData("Qwen3-VL-32B-Thinking", "qwen3_vl")]
    [InlineData("Qwen3-VL-4B-Instruct", "qwen3_vl")]
    [InlineData("Qwen3.5-122B-A10B", "qwen3_5_moe")]
    [InlineData("Qwen3.5-27B", "qwen3_5")]
    [InlineData("Qwen3.5-35B-A3B", "qwen3_5_moe")]
    [InlineData("Qwen3.5-397B-A17B", "qwen3_5_moe")]
    [InlineData("gpt-oss-120b", "gpt_oss")]
    public void A_family_that_is_not_known_is_refused_by_name(string folder, string family)
    {
        var error = Assert.Throws<UnsupportedModelException>(() => ConfigFixtures.Load(folder));

        Assert.Equal(("BT2001", family), (error.Code, error.Family));
        Assert.Contains($"config.json: '{family}'", error.Message, StringComparison.Ordinal);
        Assert.Contains("known are llama, mistral", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_configuration_of_the_shared_data_is_either_read_or_refused_by_name()
    {
        var (read, refused) = (0, 0);
        foreach (var path in Directory.EnumerateFiles(SharedData.Path("configs"), "config.json", SearchOption.AllDirectories))
        {
            try
            {
                HuggingFaceConfig.Load(path);
                read++;
            }
            catch (UnsupportedModelException)
            {
                refused++;
            }
        }
        Assert.Equal((28, 18), (read, refused));
    }

    [Theory]
    [InlineData("llama", "DeciLMForCausalLM")]
    [InlineData("gemma", "Gemma2ForCausalLM")]
    [InlineData("llama", "LlamaForQuestionAnswering")]
    [InlineData("gemma3_text", "Gemma3ForConditionalGeneration")]
    [InlineData("distilbert", "DistilBertForMultipleChoice")]
    public void A_class_that_is_not_known_is_refused_by_name(string family, string name) =>
        Assert.Equal(name, Assert.Throws<UnsupportedModelException>(() => ConfigFixtures.Read(Merge(ConfigFixtures.Bare(family), $$"""{"architectures":["{{name}}"]}"""))).Family);

    [Fact]
    public void A_text_model_wrapped_with_a_vision_model_is_refused_even_under_a_known_name() =>
        Assert.Throws<UnsupportedModelException>(() => ConfigFixtures.Read(Merge(ConfigFixtures.Bare("llama"), """{"vision_config":{}}""")));

    [Theory]
    [MemberData(nameof(Families))]
    public void A_missing_size_is_refused_by_its_name(string family)
    {
        foreach (var (name, _) in ConfigFixtures.Bare(family))
        {
            var without = ConfigFixtures.Bare(family);
            without.Remove(name);
            var error = Assert.Throws<ModelFileException>(() => ConfigFixtures.Read(without));
            Assert.Equal(("BT1063", name == "num_local_experts" && family == "qwen3_moe" ? "num_experts" : name, "absent"), (error.Code, error.Field, error.Value));
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void A_size_that_makes_no_sense_is_refused(string family)
    {
        foreach (var (name, _) in ConfigFixtures.Bare(family).Where(f => f.Key != "model_type"))
        {
            foreach (var value in (string[])["0", "-1", "1.5", "64.0", "1e309", "9223372036854775808", "2147483648", "1099511627776", "\"64\"", "true", "[64]", "{}"])
            {
                var config = ConfigFixtures.Bare(family).ToJsonString().Replace($"\"{name}\":{ConfigFixtures.Bare(family)[name]}", $"\"{name}\":{value}", StringComparison.Ordinal);
                var error = Assert.Throws<ModelFileException>(() => ConfigFixtures.Read(config));
                Assert.Equal(("BT1063", name), (error.Code, error.Field));
                Assert.DoesNotContain('\n', error.Message);
            }
        }
    }

    [Theory]
    [InlineData("llama", """{"num_key_value_heads":3}""", "num_key_value_heads")]
    [InlineData("llama", """{"num_key_value_heads":64}""", "num_key_value_heads")]
    [InlineData("llama", """{"num_attention_heads":0}""", "num_attention_heads")]
    [InlineData("llama", """{"hidden_size":130}""", "hidden_size")]
    [InlineData("llama", """{"head_dim":3}""", "head_dim")]
    [InlineData("llama", """{"head_dim":0}""", "head_dim")]
    [InlineData("llama", """{"max_position_embeddings":0}""", "max_position_embeddings")]
    [InlineData("llama", """{"max_position_embeddings":1099511627776}""", "max_position_embeddings")]
    [InlineData("llama", """{"rms_norm_eps":-1e-6}""", "rms_norm_eps")]
    [InlineData("llama", """{"rms_norm_eps":1e309}""", "rms_norm_eps")]
    [InlineData("llama", """{"rms_norm_eps":NaN}""", "rms_norm_eps")]
    [InlineData("llama", """{"rope_theta":0}""", "rope_theta")]
    [InlineData("llama", """{"rope_theta":Infinity}""", "rope_theta")]
    [InlineData("llama", """{"rope_theta":1e300}""", "rope_theta")]
    [InlineData("llama", """{"rope_scaling":"llama3"}""", "rope_scaling")]
    [InlineData("llama", """{"rope_scaling":{"factor":8}}""", "rope_scaling.rope_type")]
    [InlineData("llama", """{"rope_scaling":{"rope_type":"magic"}}""", "rope_scaling.rope_type")]
    [InlineData("llama", """{"tie_word_embeddings":"yes"}""", "tie_word_embeddings")]
    [InlineData("llama", """{"hidden_act":"mish"}""", "hidden_act")]
    [InlineData("llama", """{"hidden_act":"\ud800"}""", "hidden_act")]
    [InlineData("llama", """{"eos_token_id":300}""", "eos_token_id")]
    [InlineData("llama", """{"eos_token_id":[1,-1]}""", "eos_token_id")]
    [InlineData("llama", """{"architectures":"LlamaForCausalLM"}""", "architectures")]
    [InlineData("llama", """{"partial_rotary_factor":2}""", "partial_rotary_factor")]
    [InlineData("llama", """{"num_hidden_layers":1000000}""", "num_hidden_layers")]
    [InlineData("llama", """{"num_hidden_layers":4096,"num_key_value_heads":32,"head_dim":256}""", "num_key_value_heads")]
    [InlineData("mistral", """{"sliding_window":0}""", "sliding_window")]
    [InlineData("gemma2", """{"layer_types":["full_attention"]}""", "layer_types")]
    [InlineData("gemma2", """{"layer_types":["full_attention","a","b","c"]}""", "layer_types")]
    [InlineData("mixtral", """{"num_experts_per_tok":5}""", "num_experts_per_tok")]
    [InlineData("mixtral", """{"num_local_experts":4096,"num_hidden_layers":4096}""", "num_local_experts")]
    [InlineData("qwen3_moe", """{"decoder_sparse_step":0}""", "decoder_sparse_step")]
    [InlineData("qwen3_moe", """{"mlp_only_layers":[4]}""", "mlp_only_layers")]
    [InlineData("llama", """{"rope_scaling":{"type":"linear"}}""", "rope_scaling.factor")]
    [InlineData("llama", """{"rope_scaling":{"type":"dynamic"}}""", "rope_scaling.factor")]
    [InlineData("llama", """{"rope_scaling":{"type":"yarn"}}""", "rope_scaling.factor")]
    [InlineData("llama", """{"rope_scaling":{"type":"linear","factor":-1}}""", "factor")]
    [InlineData("llama", """{"rope_scaling":{"type":"yarn","factor":2,"beta_fast":1,"beta_slow":32}}""", "rope_scaling.beta_fast")]
    [InlineData("llama", """{"rope_scaling":{"type":"llama3","factor":2}}""", "rope_scaling.low_freq_factor")]
    [InlineData("llama", """{"rope_scaling":{"type":"llama3","factor":2,"low_freq_factor":1}}""", "rope_scaling.high_freq_factor")]
    [InlineData("llama", """{"rope_scaling":{"type":"llama3","factor":2,"low_freq_factor":1,"high_freq_factor":4}}""", "rope_scaling.original_max_position_embeddings")]
    [InlineData("llama", """{"rope_scaling":{"type":"llama3","factor":2,"low_freq_factor":4,"high_freq_factor":4,"original_max_position_embeddings":8}}""", "rope_scaling.high_freq_factor")]
    [InlineData("llama", """{"rope_parameters":{"full_attention":{},"sliding_attention":{}}}""", "rope_parameters")]
    [InlineData("gemma3_text", """{"rope_parameters":{"full_attention":{},"sliding_attention":{"rope_type":"linear"}}}""", "rope_parameters.sliding_attention.rope_type")]
    [InlineData("gemma3_text", """{"use_bidirectional_attention":true}""", "use_bidirectional_attention")]
    [InlineData("phi3", """{"rope_scaling":{"type":"longrope","short_factor":[1,1]}}""", "long_factor")]
    [InlineData("phi3", """{"rope_scaling":{"type":"longrope","short_factor":[1],"long_factor":[1,1]}}""", "short_factor")]
    [InlineData("phi3", """{"rope_scaling":{"type":"longrope","short_factor":[1,0],"long_factor":[1,1]}}""", "short_factor")]
    [InlineData("phi3", """{"original_max_position_embeddings":8,"rope_scaling":{"type":"su","original_max_position_embeddings":16,"short_factor":[1,1],"long_factor":[1,1]}}""", "rope_scaling.original_max_position_embeddings")]
    [InlineData("phi3", """{"original_max_position_embeddings":2048,"rope_scaling":{"type":"su","factor":3,"short_factor":[1,1],"long_factor":[1,1]}}""", "rope_scaling.factor")]
    [InlineData("phi3", """{"partial_rotary_factor":0.25}""", "partial_rotary_factor")]
    [InlineData("smollm3", """{"no_rope_layers":[1,1]}""", "no_rope_layers")]
    [InlineData("smollm3", """{"no_rope_layers":[1,2,1,1]}""", "no_rope_layers")]
    [InlineData("smollm3", """{"no_rope_layer_interval":0}""", "no_rope_layer_interval")]
    [InlineData("gpt2", """{"scale_attn_weights":false}""", "scale_attn_weights")]
    [InlineData("gpt2", """{"scale_attn_by_inverse_layer_idx":true}""", "scale_attn_by_inverse_layer_idx")]
    [InlineData("gpt2", """{"n_embd":65}""", "n_embd")]
    [InlineData("gpt2", """{"add_cross_attention":true}""", "add_cross_attention")]
    [InlineData("distilbert", """{"dim":65}""", "dim")]
    [InlineData("distilbert", """{"id2label":{}}""", "id2label")]
    public void Fields_that_do_not_go_together_are_refused(string family, string more, string field)
    {
        var text = ConfigFixtures.Bare(family).ToJsonString();
        // Merged as text: some of these are not JSON until they have been read as Python's.
        foreach (var name in more[1..].Split('"').Where((_, i) => i % 2 == 1))
            text = System.Text.RegularExpressions.Regex.Replace(text, $"\"{name}\":[^,}}]*,?", "");
        text = text.TrimEnd('}').TrimEnd(',') + "," + more[1..];

        var error = Assert.Throws<ModelFileException>(() => ConfigFixtures.Read(text));

        Assert.Equal(("BT1063", field), (error.Code, error.Field));
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("""{"model_type":"llama","model_type":"llama"}""")]
    [InlineData("""{"model_type":"llama"} x""")]
    [InlineData("""{"\ud800":1,"model_type":"llama"}""")]
    [InlineData("""{"model_type":1}""")]
    [InlineData("""{"model_type":null}""")]
    public void A_file_that_is_no_such_object_is_refused(string json) => Assert.Equal("BT1063", Assert.Throws<ModelFileException>(() => ConfigFixtures.Read(json)).Code);

    [Fact]
    public void Depth_and_size_have_a_bound()
    {
        Assert.Throws<ModelFileException>(() => ConfigFixtures.Read("""{"model_type":""" + new string('[', 10_000)));
        Assert.Throws<ModelFileException>(() => ConfigFixtures.Read(new string(' ', HuggingFaceConfig.MaxBytes + 1)));
    }

    [Fact]
    public void Pythons_infinity_inside_a_string_stays_as_it_is()
    {
        var config = Merge(ConfigFixtures.Bare("llama"), """{"note":"NaN \" Infinity"}""").ToJsonString().TrimEnd('}') + ""","x":[-Infinity,Infinity,NaN]}""";

        Assert.Equal("llama", ConfigFixtures.Read(config).Architecture);
    }

    [Fact]
    public void Hostile_names_do_not_break_the_line()
    {
        var error = Assert.Throws<UnsupportedModelException>(() => ConfigFixtures.Read("""{"model_type":"a\nb\u001b[31m"}"""));

        Assert.DoesNotContain('\n', error.Message);
        Assert.DoesNotContain('\u001b', error.Message);
    }

    internal static JsonObject Merge(JsonObject config, string more)
    {
        foreach (var (name, value) in JsonNode.Parse(more)!.AsObject())
            config[name] = value?.DeepClone();
        return config;
    }
}
