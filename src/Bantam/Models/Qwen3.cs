using Bantam.Nn;
using Bantam.Ops;

namespace Bantam.Models;

/// <summary>
/// Qwen3 (arXiv 2505.09388): Llama whose queries and keys are normalised head by head before they turn. Shapes as in
/// <see cref="Llama"/>.
/// </summary>
public sealed class Qwen3(ModelConfig config, Weights weights) : Decoder(config, weights, Computes, Block)
{
    internal const Features Computes = Features.RopeScaling | Features.QkNorm | Features.AttentionBias | Features.AttentionOutputBias | Features.Window;

    private static DecoderBlock Block(LayerWeights layer) => new PreNormBlock(
        layer.Norm("input_layernorm"),
        new NormalisedAttention(layer, new AttentionShape(layer.Config.HeadDim) { Window = layer.Window }),
        layer.Norm("post_attention_layernorm"),
        layer.Dense(SwiGlu.Forward));
}
