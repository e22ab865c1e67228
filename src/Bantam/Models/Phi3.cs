using Bantam.Execution;
using Bantam.Nn;
using Bantam.Ops;
using Bantam.Tensors;

namespace Bantam.Models;

/// <summary>
/// Phi-3 and Phi-3.5 (arXiv 2404.14219): Llama with queries, keys and values stacked in one projection, gate and up in
/// another, heads of which a part may turn, and longrope (arXiv 2402.13753). Shapes as in <see cref="Llama"/>.
/// </summary>
public sealed class Phi3(ModelConfig config, Weights weights) : Decoder(config, weights, Computes, Block)
{
    internal const Features Computes = Features.RopeScaling | Features.PartialRotary | Features.Window | Features.Fused;

    private static DecoderBlock Block(LayerWeights layer) => new PreNormBlock(
        layer.Norm("input_layernorm"),
        new StackedAttention(layer, new AttentionShape(layer.Config.HeadDim) { Window = layer.Window }),
        layer.Norm("post_attention_layernorm"),
        new StackedFeedForward(layer));

    private sealed class StackedAttention(LayerWeights layer, AttentionShape shape) : SelfAttention(layer, shape)
    {
        private Linear _qkv = layer.Linear("self_attn.qkv_proj", (layer.Config.NumAttentionHeads + (2 * layer.Config.NumKeyValueHeads)) * layer.Config.HeadDim, layer.Config.HiddenSize);

        public override void MapLinears(Func<Linear, Linear> map)
        {
            _qkv = map(_qkv);
            base.MapLinears(map);
        }

        protected override (Tensor Q, Tensor K, Tensor V) Project(Pass pass, Tensor x)
        {
            var (q, kv) = (Config.NumAttentionHeads * Config.HeadDim, Config.NumKeyValueHeads * Config.HeadDim);
            var qkv = _qkv.Forward(pass, x);             // [T, (H + 2·Hkv)·D]
            return (Columns.Forward(pass, qkv, 0, q), Columns.Forward(pass, qkv, q, kv), Columns.Forward(pass, qkv, q + kv, kv));
        }
    }

    private sealed class StackedFeedForward(LayerWeights layer) : FeedForward
    {
        private readonly int _inner = layer.Config.IntermediateSize;
        private Linear _gateUp = layer.Linear("mlp.gate_up_proj", 2 * layer.Config.IntermediateSize, layer.Config.HiddenSize);
        private Linear _down = layer.Linear("mlp.down_proj", layer.Config.HiddenSize, layer.Config.IntermediateSize);

        public override Tensor Forward(Pass pass, Tensor x)
        {
            var gateUp = _gateUp.Forward(pass, x);       // [T, 2·F]
            return _down.Forward(pass, SwiGlu.Forward(pass, Columns.Forward(pass, gateUp, 0, _inner), Columns.Forward(pass, gateUp, _inner, _inner)));
        }

        public override void MapLinears(Func<Linear, Linear> map) => (_gateUp, _down) = (map(_gateUp), map(_down));
    }
}
