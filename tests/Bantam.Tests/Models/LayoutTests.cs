using System.Text.Json;
using Bantam.Models;
using Bantam.Tensors;

namespace Bantam.Tests.Models;

public class LayoutTests
{
    [Theory]
    [InlineData("gemma-2b-it", "main")]
    [InlineData("gemma-2b-it", "float16")]
    [InlineData("Qwen3-1.7B-unsharded-index")]
    [InlineData("Qwen3-14B-MLX-4bit")]
    [InlineData("Llama-3.1-8B-Instruct-bnb-int8")]
    [InlineData("Llama-3.1-8B-ft-bnb-int8-fp32rest")]
    [InlineData("WizardLM-2-8x22B")]
    public void Names_are_those_of_the_published_index(params string[] folder)
    {
        var config = ConfigFixtures.Load(folder);
        using var index = JsonDocument.Parse(File.ReadAllBytes(SharedData.Path(["configs", .. folder, "model.safetensors.index.json"])));
        // Beside the weights a quantised checkpoint has scales; those have other last names.
        var published = index.RootElement.GetProperty("weight_map").EnumerateObject().Select(p => p.Name).Where(n => n.EndsWith(".weight", StringComparison.Ordinal));

        Assert.Equal(published.Order(StringComparer.Ordinal), Names(config).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void GPT2_has_the_names_and_shapes_of_its_checkpoint()
    {
        var config = ConfigFixtures.Read(ConfigFixtures.Bare("gpt2"));
        var tensors = Architectures.Of(config).Layout(config).ToDictionary(t => t.Name);

        Assert.Equal(2 + (2 * 12) + 2, tensors.Count);
        Assert.Equal(new Shape(64, 192), tensors["transformer.h.0.attn.c_attn.weight"].Shape);
        Assert.Equal(64, tensors["transformer.h.0.attn.c_attn.weight"].RowLength);
        Assert.Equal(new Shape(192), tensors["transformer.h.1.attn.c_attn.bias"].Shape);
        Assert.Equal(new Shape(1024, 64), tensors["transformer.wpe.weight"].Shape);
        Assert.Contains("transformer.ln_f.bias", tensors.Keys);
        Assert.DoesNotContain("lm_head.weight", tensors.Keys);
    }

    [Fact]
    public void Phi3_stacks_its_projections()
    {
        var config = ConfigFixtures.Read(ConfigFixtures.Bare("phi3"));
        var tensors = Architectures.Of(config).Layout(config).ToDictionary(t => t.Name);

        Assert.Equal(new Shape(3 * 128, 128), tensors["model.layers.0.self_attn.qkv_proj.weight"].Shape);
        Assert.Equal(new Shape(2 * 96, 128), tensors["model.layers.0.mlp.gate_up_proj.weight"].Shape);
        Assert.Contains("lm_head.weight", tensors.Keys);
    }

    [Fact]
    public void Gemma2_has_four_norms_in_a_layer_and_Qwen_its_biases_and_head_norms()
    {
        Assert.Equal(
            ["input_layernorm", "post_attention_layernorm", "pre_feedforward_layernorm", "post_feedforward_layernorm"],
            Names(ConfigFixtures.Read(ConfigFixtures.Bare("gemma2"))).Where(n => n.Contains("layers.0.", StringComparison.Ordinal) && n.Contains("layernorm", StringComparison.Ordinal)).Select(n => n.Split('.')[3]));
        var qwen2 = Names(ConfigFixtures.Read(ConfigFixtures.Bare("qwen2"))).ToList();
        Assert.Contains("model.layers.0.self_attn.k_proj.bias", qwen2);
        Assert.DoesNotContain("model.layers.0.self_attn.o_proj.bias", qwen2);
        Assert.Contains("model.layers.0.self_attn.q_norm.weight", Names(ConfigFixtures.Read(ConfigFixtures.Bare("qwen3"))));
        Assert.Contains("model.layers.3.mlp.experts.3.down_proj.weight", Names(ConfigFixtures.Read(ConfigFixtures.Bare("qwen3_moe"))));
    }

    [Theory]
    [InlineData("DistilBertModel", "embeddings.word_embeddings.weight", 4 + (2 * 16))]
    [InlineData("DistilBertForSequenceClassification", "pre_classifier.bias", 4 + (2 * 16) + 4)]
    [InlineData("DistilBertForTokenClassification", "classifier.weight", 4 + (2 * 16) + 2)]
    [InlineData("DistilBertForQuestionAnswering", "qa_outputs.weight", 4 + (2 * 16) + 2)]
    [InlineData("DistilBertForMaskedLM", "vocab_projector.bias", 4 + (2 * 16) + 5)]
    public void DistilBert_has_the_head_that_its_class_names(string name, string expected, int count)
    {
        var names = Names(ConfigFixtures.Read(HuggingFaceConfigTests.Merge(ConfigFixtures.Bare("distilbert"), $$"""{"architectures":["{{name}}"]}"""))).ToList();

        Assert.Contains(expected, names);
        Assert.Equal(count, names.Count);
        Assert.Equal(name != "DistilBertModel", names.Contains("distilbert.transformer.layer.1.attention.q_lin.weight"));
    }

    [Theory]
    [MemberData(nameof(HuggingFaceConfigTests.Families), MemberType = typeof(HuggingFaceConfigTests))]
    public void A_tensors_name_alone_tells_what_it_is_for(string family)
    {
        foreach (var head in (string[])["", "Model", "ForSequenceClassification"])
        {
            var bare = ConfigFixtures.Bare(family);
            if (head.Length > 0) bare["architectures"] = new System.Text.Json.Nodes.JsonArray(Architectures.All.Single(a => a.Name == family).HuggingFaceClass + head);
            if (head.Length == 0 && family != "distilbert") bare["tie_word_embeddings"] = false;
            var config = ConfigFixtures.Read(bare);
            Assert.All(Architectures.Of(config).Layout(config), t => Assert.Equal((t.Name, t.Role, t.InputFirst), (t.Name, TensorRoles.Of(t.Name), TensorRoles.IsConv1D(t.Name))));
        }
    }

    [Theory]
    [InlineData("token_embd.weight", TensorRole.Embedding)]
    [InlineData("position_embd.weight", TensorRole.Position)]
    [InlineData("output.weight", TensorRole.Head)]
    [InlineData("output_norm.weight", TensorRole.Norm)]
    [InlineData("blk.0.attn_q.weight", TensorRole.Attention)]
    [InlineData("blk.0.attn_q.bias", TensorRole.Bias)]
    [InlineData("blk.0.attn_output.weight", TensorRole.Attention)]
    [InlineData("blk.0.attn_q_norm.weight", TensorRole.Norm)]
    [InlineData("blk.0.attn_norm.weight", TensorRole.Norm)]
    [InlineData("blk.0.ffn_gate.weight", TensorRole.FeedForward)]
    [InlineData("blk.0.ffn_gate_inp.weight", TensorRole.Router)]
    [InlineData("blk.0.ffn_gate_exps.weight", TensorRole.Expert)]
    [InlineData("blk.0.ffn_down.weight", TensorRole.FeedForward)]
    public void GGUF_names_tell_it_too(string name, TensorRole role) => Assert.Equal(role, TensorRoles.Of(name));

    [Fact]
    public void The_registry_has_each_name_once()
    {
        Assert.Equal(Architectures.All.Count, Architectures.All.Select(a => a.Name).Distinct().Count());
        Assert.All(Architectures.All.SelectMany(a => a.GgufNames.Select(g => (a, g))), x => Assert.True(Architectures.TryFindGguf(x.g, out var found) && found == x.a));
        Assert.False(Architectures.TryFindGguf("deepseek2", out _));
    }

    private static IEnumerable<string> Names(ModelConfig config) => Architectures.Of(config).Layout(config).Select(t => t.Name);
}
