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
    [InlineData("llama", "rope_freqs.weight", "model.rotary_emb.rope_freqs.weight")]
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
    public void An_unknown_name_maps_to_nothing(string name)
    {
        Assert.Null(GgufNames.Llama.ToHuggingFace(name));
        Assert.Null(GgufNames.Llama.ToGguf(name));
    }
}
