using Bantam.Execution;
using Bantam.Nn;
using Bantam.Ops;
using Bantam.Tensors;

namespace Bantam.Models;

/// <summary>
/// SmolLM3 (huggingface.co/blog/smollm3): Llama with every fourth layer left without positions (arXiv 2501.18795). Shapes
/// as in <see cref="Llama"/>.
/// </summary>
public sealed class SmolLm3(ModelConfig config, Weights weights) : Decoder(config, weights, Computes, Block)
{
    internal const Features Computes = Features.RopeScaling | Features.LayersWithoutPositions | Features.Window | Features.AttentionBias | Features.AttentionOutputBias | Features.MlpBias;

    private static DecoderBlock Block(LayerWeights layer) => new PreNormBlock(
        layer.Norm("input_layernorm"),
        new PartlyRotatingAttention(layer, new AttentionShape(layer.Config.HeadDim) { Window = layer.Window }),
        layer.Norm("post_attention_layernorm"),
        layer.Dense(SwiGlu.Forward));

    private sealed class PartlyRotatingAttention(LayerWeights layer, AttentionShape shape) : SeparateAttention(layer, shape)
    {
        private readonly bool _rotates = layer.Config.IsRotaryLayer(layer.Number);

        protected override (Tensor Q, Tensor K) Turn(Pass pass, Tensor q, Tensor k, Positions positions) =>
            _rotates ? base.Turn(pass, q, k, positions) : (q, k);
    }
}
