using Bantam.Nn;
using Bantam.Ops;

namespace Bantam.Models;

/// <summary>
/// Qwen2 and Qwen2.5 (arXiv 2407.10671, 2412.15115): Llama with biases on queries, keys and values, and windows in the
/// upper layers where a configuration asks for them. Shapes as in <see cref="Llama"/>.
/// </summary>
public sealed class Qwen2(ModelConfig config, Weights weights) : Decoder(config, weights, Computes, Block)
{
    internal const Features Computes = Features.RopeScaling | Features.AttentionBias | Features.Window;

    private static DecoderBlock Block(LayerWeights layer) => new PreNormBlock(
        layer.Norm("input_layernorm"),
        new SeparateAttention(layer, new AttentionShape(layer.Config.HeadDim) { Window = layer.Window }),
        layer.Norm("post_attention_layernorm"),
        layer.Dense(SwiGlu.Forward));
}
