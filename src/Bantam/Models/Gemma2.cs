using Bantam.Nn;
using Bantam.Ops;

namespace Bantam.Models;

/// <summary>
/// Gemma 2 (arXiv 2408.00118): Gemma with norms before and behind attention and feed-forward network, capped scores and
/// logits, a scale of its own for queries, and a window in every second layer. Shapes as in <see cref="Llama"/>.
/// </summary>
public sealed class Gemma2(ModelConfig config, Weights weights) : GemmaDecoder(config, weights, Computes, Block)
{
    internal const Features Computes = Features.RopeScaling | Features.UnitOffsetNorms | Features.GeluTanh | Features.AttentionBias | Features.AttentionOutputBias
        | Features.PostNorms | Features.Window | Features.AttentionSoftCap | Features.FinalSoftCap | Features.QueryScale;

    private static DecoderBlock Block(LayerWeights layer) => new SandwichBlock(
        layer.Norm("input_layernorm"),
        new SeparateAttention(layer, Shape(layer)),
        layer.Norm("post_attention_layernorm"),
        layer.Norm("pre_feedforward_layernorm"),
        layer.Dense(GeGlu.Forward),
        layer.Norm("post_feedforward_layernorm"));

    private static AttentionShape Shape(LayerWeights layer) => new(
        layer.Config.HeadDim,
        Scale: 1 / Math.Sqrt(layer.Config.QueryPreAttnScalar ?? layer.Config.HeadDim),
        Window: layer.Window,
        SoftCap: layer.Config.AttnLogitSoftcapping ?? 0);
}
