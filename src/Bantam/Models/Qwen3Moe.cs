using Bantam.Nn;
using Bantam.Ops;

namespace Bantam.Models;

/// <summary>
/// The mixtures of Qwen3 (arXiv 2505.09388): Qwen3 with experts in place of the feed-forward network in the layers that the
/// configuration names. Shapes as in <see cref="Llama"/>.
/// </summary>
public sealed class Qwen3Moe(ModelConfig config, Weights weights) : Decoder(config, weights, Computes, Block)
{
    internal const Features Computes = Features.RopeScaling | Features.QkNorm | Features.AttentionBias | Features.AttentionOutputBias | Features.Window | Features.Experts;

    private static DecoderBlock Block(LayerWeights layer) => new PreNormBlock(
        layer.Norm("input_layernorm"),
        new NormalisedAttention(layer, new AttentionShape(layer.Config.HeadDim) { Window = layer.Window }),
        layer.Norm("post_attention_layernorm"),
        layer.Config.IsSparseLayer(layer.Number) ? layer.Sparse("mlp", SwiGlu.Forward) : layer.Dense(SwiGlu.Forward));
}
