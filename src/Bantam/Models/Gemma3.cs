using Bantam.Execution;
using Bantam.Nn;
using Bantam.Ops;
using Bantam.Tensors;

namespace Bantam.Models;

/// <summary>
/// The text model of Gemma 3 (arXiv 2503.19786): Gemma 2 with normalised queries and keys in place of capped scores, and
/// five local layers for each global one. Shapes as in <see cref="Llama"/>.
/// </summary>
public sealed class Gemma3(ModelConfig config, Weights weights) : GemmaDecoder(config, weights, Computes, Block)
{
    internal const Features Computes = Features.RopeScaling | Features.UnitOffsetNorms | Features.GeluTanh | Features.AttentionBias | Features.AttentionOutputBias
        | Features.PostNorms | Features.Window | Features.FinalSoftCap | Features.QueryScale | Features.QkNorm | Features.LocalTheta;

    private static DecoderBlock Block(LayerWeights layer) => new SandwichBlock(
        layer.Norm("input_layernorm"),
        new LocalOrGlobalAttention(layer, Shape(layer)),
        layer.Norm("post_attention_layernorm"),
        layer.Norm("pre_feedforward_layernorm"),
        layer.Dense(GeGlu.Forward),
        layer.Norm("post_feedforward_layernorm"));

    private static AttentionShape Shape(LayerWeights layer) => new(
        layer.Config.HeadDim,
        Scale: 1 / Math.Sqrt(layer.Config.QueryPreAttnScalar ?? layer.Config.HeadDim),
        Window: layer.Window);

    // Local layers, those with a window, turn with a base of their own.
    private sealed class LocalOrGlobalAttention(LayerWeights layer, AttentionShape shape) : NormalisedAttention(layer, shape)
    {
        private readonly bool _isLocal = layer.Window > 0 && layer.Config.RopeLocalTheta is not null;

        protected override (Tensor Q, Tensor K) Turn(Pass pass, Tensor q, Tensor k, Positions positions) =>
            Rotate(pass, q, k, _isLocal ? positions.Local : positions.Global);
    }
}
