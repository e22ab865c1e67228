using Bantam.Nn;
using Bantam.Ops;

namespace Bantam.Models;

/// <summary>
/// Gemma (arXiv 2403.08295): Llama with embeddings scaled by √C, GeGLU, and gains stored less one; heads of a width of
/// their own, down to a single key/value head. Shapes as in <see cref="Llama"/>.
/// </summary>
public sealed class Gemma(ModelConfig config, Weights weights) : GemmaDecoder(config, weights, Computes, Block)
{
    internal const Features Computes = Features.RopeScaling | Features.UnitOffsetNorms | Features.GeluTanh | Features.AttentionBias | Features.AttentionOutputBias;

    private static DecoderBlock Block(LayerWeights layer) => new PreNormBlock(
        layer.Norm("input_layernorm"),
        new SeparateAttention(layer, new AttentionShape(layer.Config.HeadDim)),
        layer.Norm("post_attention_layernorm"),
        layer.Dense(GeGlu.Forward));
}
