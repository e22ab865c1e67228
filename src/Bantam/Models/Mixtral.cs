using Bantam.Nn;
using Bantam.Ops;

namespace Bantam.Models;

/// <summary>
/// Mixtral (arXiv 2401.04088): Mistral with a mixture of experts in place of every feed-forward network. Shapes as in
/// <see cref="Llama"/>.
/// </summary>
public sealed class Mixtral(ModelConfig config, Weights weights) : Decoder(config, weights, Computes, Block)
{
    internal const Features Computes = Features.RopeScaling | Features.Window | Features.Experts;

    private static DecoderBlock Block(LayerWeights layer) => new PreNormBlock(
        layer.Norm("input_layernorm"),
        new SeparateAttention(layer, new AttentionShape(layer.Config.HeadDim) { Window = layer.Window }),
        layer.Norm("post_attention_layernorm"),
        layer.Sparse("block_sparse_moe", SwiGlu.Forward, names: ("w1", "w3", "w2")));
}
