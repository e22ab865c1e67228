using Bantam.Nn;
using Bantam.Ops;

namespace Bantam.Models;

/// <summary>
/// Mistral 7B (arXiv 2310.06825): Llama whose rows look back on a window of recent tokens only. Shapes as in
/// <see cref="Llama"/>.
/// </summary>
public sealed class Mistral(ModelConfig config, Weights weights) : Decoder(config, weights, Computes, Block)
{
    internal const Features Computes = Features.RopeScaling | Features.Window;

    private static DecoderBlock Block(LayerWeights layer) => new PreNormBlock(
        layer.Norm("input_layernorm"),
        new SeparateAttention(layer, new AttentionShape(layer.Config.HeadDim) { Window = layer.Window }),
        layer.Norm("post_attention_layernorm"),
        layer.Dense(SwiGlu.Forward));
}
