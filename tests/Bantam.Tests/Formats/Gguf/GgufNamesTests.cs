using Bantam.Formats.Gguf;

namespace Bantam.Tests.Formats.Gguf;

public sealed class GgufNamesTests
{
    [Theory]
    [InlineData("llama", "token_embd.weight", "model.embed_tokens.weight")]
    [InlineData("llama", "output_norm.weight", "model.norm.weight")]
    [InlineData("llama", "output.weight", "lm_head.weight")]
    [InlineData("llama", "blk.0.attn_norm.weight", "model.layers.0.input_layernorm.weight")]
    [InlineData("llama", "blk.31.attn_q.weight", "model.layers.31.self_attn.q_proj.weight")]
    [InlineData("qwen2", "blk.3.attn_k.bias", "model.layers.3.self_attn.k_proj.bias")]
    [InlineData("llama", "blk.3.attn_v.weight", "model.layers.3.self_attn.v_proj.weight")]
    [InlineData("llama", "blk.125.attn_output.weight", "model.layers.125.self_attn.o_proj.weight")]
    [InlineData("qwen3", "blk.3.attn_q_norm.weight", "model.layers.3.self_attn.q_norm.weight")]
    [InlineData("qwen3", "blk.3.attn_k_norm.weight", "model.layers.3.self_attn.k_norm.weight")]
    [InlineData("llama", "blk.3.ffn_norm.weight", "model.layers.3.post_attention_layernorm.weight")]
    [InlineData("llama", "blk.3.ffn_gate.weight", "model.layers.3.mlp.gate_proj.weight")]
    [InlineData("llama", "blk.3.ffn_up.weight", "model.layers.3.mlp.up_proj.weight")]
    [InlineData("llama", "blk.3.ffn_down.weight", "model.layers.3.mlp.down_proj.weight")]
    [InlineData("llama", "blk.3.ffn_gate_inp.weight", "model.layers.3.block_sparse_moe.gate.weight")]
    [InlineData("qwen3moe", "blk.3.ffn_gate_inp.weight", "model.layers.3.mlp.gate.weight")]
    [InlineData("qwen3_moe", "blk.3.ffn_gate_inp.weight", "model.layers.3.mlp.gate.weight")]
    [InlineData("gemma2", "blk.3.post_attention_norm.weight", "model.layers.3.post_attention_layernorm.weight")]
    [InlineData("gemma2", "blk.3.ffn_norm.weight", "model.layers.3.pre_feedforward_layernorm.weight")]
    [InlineData("gemma2", "blk.3.post_ffw_norm.weight", "model.layers.3.post_feedforward_layernorm.weight")]
    [InlineData("gemma", "blk.3.ffn_norm.weight", "model.layers.3.post_attention_layernorm.weight")]
    [InlineData("phi3", "blk.3.attn_qkv.weight", "model.layers.3.self_attn.qkv_proj.weight")]
    [InlineData("phi3", "blk.3.ffn_up.weight", "model.layers.3.mlp.gate_up_proj.weight")]
    [InlineData("gemma3", "blk.3.attn_q_norm.weight", "model.layers.3.self_attn.q_norm.weight")]
    [InlineData("gemma3_text", "blk.3.post_ffw_norm.weight", "model.layers.3.post_feedforward_layernorm.weight")]
    [InlineData("smollm3", "blk.35.ffn_up.weight", "model.layers.35.mlp.up_proj.weight")]
    [InlineData("llama", "blk.3.ffn_gate.7.weight", "model.layers.3.block_sparse_moe.experts.7.w1.weight")]
    [InlineData("llama", "blk.3.ffn_down.7.weight", "model.layers.3.block_sparse_moe.experts.7.w2.weight")]
    [InlineData("qwen3moe", "blk.3.ffn_up.127.weight", "model.layers.3.mlp.experts.127.up_proj.weight")]
    [InlineData("gpt2", "token_embd.weight", "transformer.wte.weight")]
    [InlineData("gpt2", "position_embd.weight", "transformer.wpe.weight")]
    [InlineData("gpt2", "output_norm.bias", "transformer.ln_f.bias")]
    [InlineData("gpt2", "blk.11.attn_norm.bias", "transformer.h.11.ln_1.bias")]
    [InlineData("gpt2", "blk.11.attn_qkv.weight", "transformer.h.11.attn.c_attn.weight")]
    [InlineData("gpt2", "blk.11.attn_output.bias", "transformer.h.11.attn.c_proj.bias")]
    [InlineData("gpt2", "blk.11.ffn_norm.weight", "transformer.h.11.ln_2.weight")]
    [InlineData("gpt2", "blk.11.ffn_up.weight", "transformer.h.11.mlp.c_fc.weight")]
    [InlineData("gpt2", "blk.11.ffn_down.weight", "transformer.h.11.mlp.c_proj.weight")]
    public void A_name_maps_both_ways(string architecture, string gguf, string huggingFace)
    {
        var names = GgufNames.For(architecture);
        Assert.Equal(huggingFace, names.ToHuggingFace(gguf));
        Assert.Equal(gguf, names.ToGguf(huggingFace));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".weight")]
    [InlineData("token_embd")]
    [InlineData("token_embd.scale")]
    [InlineData("blk.attn_q.weight")]
    [InlineData("blk..attn_q.weight")]
    [InlineData("blk.N.attn_q.weight")]
    [InlineData("blk.03.attn_q.weight")]
    [InlineData("blk.+3.attn_q.weight")]
    [InlineData("blk.-1.attn_q.weight")]
    [InlineData("blk.99999999999.attn_q.weight")]
    [InlineData("blk.3.weight")]
    [InlineData("blk.3.attn_z.weight")]
    [InlineData("blk.3.attn_q.extra.weight")]
    [InlineData("model.layers.3.self_attn.q_proj.lora_A.weight")]
    [InlineData("model.layers.N.self_attn.q_proj.weight")]
    [InlineData("blk.3.post_ffw_norm.weight")]
    [InlineData("blk.3.ffn_up.E.weight")]
    [InlineData("blk.3.ffn_up.07.weight")]
    [InlineData("blk.3.ffn_up.1.2.weight")]
    [InlineData("3.token_embd.weight")]
    [InlineData("rope_freqs.weight")]
    [InlineData("transformer.wte.weight")]
    public void An_unknown_name_maps_to_nothing(string name)
    {
        Assert.Null(GgufNames.Llama.ToHuggingFace(name));
        Assert.Null(GgufNames.Llama.ToGguf(name));
    }

    [Theory]
    [InlineData("llama", "blk.3.ffn_gate_exps.weight", 7, "model.layers.3.block_sparse_moe.experts.7.w1.weight")]
    [InlineData("llama", "blk.7.ffn_up_exps.weight", 7, "model.layers.7.block_sparse_moe.experts.7.w3.weight")]
    [InlineData("qwen3moe", "blk.0.ffn_down_exps.weight", 0, "model.layers.0.mlp.experts.0.down_proj.weight")]
    public void An_expert_has_its_place_in_a_stack(string architecture, string stack, int expert, string huggingFace)
    {
        var names = GgufNames.For(architecture);
        Assert.Equal(huggingFace, names.ToExpert(stack, expert));
        Assert.Equal((stack, expert), names.ToStack(huggingFace));
        Assert.Null(names.ToStack("model.layers.3.mlp.down_proj.weight"));
        Assert.Null(names.ToExpert("blk.3.ffn_down.weight", expert));
        Assert.Null(GgufNames.Phi3.ToExpert(stack, expert));
    }
}
