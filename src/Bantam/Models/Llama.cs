using Bantam.Nn;
using Bantam.Ops;

namespace Bantam.Models;

/// <summary>
/// Llama 1 to 3.2 (arXiv 2302.13971, 2307.09288, 2407.21783) and SmolLM2: pre-normalised blocks of grouped-query attention
/// with rotary positions and a SwiGLU feed-forward network. T rows, C hidden, H heads and Hkv key/value heads of width D,
/// F inner width, V vocabulary.
/// </summary>
public sealed class Llama(ModelConfig config, Weights weights) : Decoder(config, weights, Computes, Block)
{
    internal const Features Computes = Features.RopeScaling | Features.AttentionBias | Features.AttentionOutputBias | Features.MlpBias;

    private static DecoderBlock Block(LayerWeights layer) => new PreNormBlock(
        layer.Norm("input_layernorm"),
        new SeparateAttention(layer, new AttentionShape(layer.Config.HeadDim)),
        layer.Norm("post_attention_layernorm"),
        layer.Dense(SwiGlu.Forward));
}
