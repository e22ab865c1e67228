using Bantam.Execution;
using Bantam.Nn;
using Bantam.Ops;
using Bantam.Tensors;

namespace Bantam.Models;

/// <summary>
/// Gemma (arXiv 2403.08295): Llama with embeddings scaled by √C, GeGLU, and gains stored less one; heads of a width of
/// their own, down to a single key/value head. Shapes as in <see cref="Llama"/>.
/// </summary>
public sealed class Gemma(ModelConfig config, Weights weights) : Decoder(config, weights, Computes, Block)
{
    internal const Features Computes = Features.RopeScaling | Features.UnitOffsetNorms | Features.GeluTanh | Features.AttentionBias | Features.AttentionOutputBias;

    // The embedding serves as head too; scaled, it suits the residual stream.
    private protected override Tensor Embed(Pass pass) => Scale.Forward(pass, base.Embed(pass), MathF.Sqrt(Config.HiddenSize));

    private static DecoderBlock Block(LayerWeights layer) => new PreNormBlock(
        layer.Norm("input_layernorm"),
        new SeparateAttention(layer, new AttentionShape(layer.Config.HeadDim)),
        layer.Norm("post_attention_layernorm"),
        layer.Dense(GeGlu.Forward));
}
