using Bantam.Execution;
using Bantam.Nn;
using Bantam.Ops;
using Bantam.Tensors;
using RmsNorm = Bantam.Nn.RmsNorm;

namespace Bantam.Models;

/// <summary>
/// Phi-3 and Phi-3.5 (arXiv 2404.14219): Llama with queries, keys and values stacked in one projection, gate and up in
/// another, heads of which a part may turn, and longrope (arXiv 2402.13753). Shapes as in <see cref="Llama"/>.
/// </summary>
public sealed class Phi3(ModelConfig config, Weights weights) : Decoder(config, weights, Computes, i => new Block(config, weights, i))
{
    internal const Features Computes = Features.RopeScaling | Features.PartialRotary | Features.Window | Features.Fused;

    private sealed class Block : DecoderBlock
    {
        private readonly ModelConfig _config;
        private readonly int _layer;
        private readonly AttentionShape _shape;
        private readonly RmsNorm _attentionNorm;
        private readonly RmsNorm _feedForwardNorm;
        private Linear _qkv;
        private Linear _o;
        private Linear _gateUp;
        private Linear _down;

        public Block(ModelConfig config, Weights weights, int layer)
        {
            (_config, _layer) = (config, layer);
            _shape = new AttentionShape(config.HeadDim) { Window = config.WindowOfLayer(layer) ?? 0 };
            var (c, f) = (config.HiddenSize, config.IntermediateSize);
            var (q, kv) = (config.NumAttentionHeads * config.HeadDim, config.NumKeyValueHeads * config.HeadDim);
            var path = $"model.layers.{layer}";
            _attentionNorm = new RmsNorm(weights, $"{path}.input_layernorm", c, config.NormEps);
            _qkv = new Linear(weights, $"{path}.self_attn.qkv_proj", q + kv + kv, c);
            _o = new Linear(weights, $"{path}.self_attn.o_proj", c, q);
            _feedForwardNorm = new RmsNorm(weights, $"{path}.post_attention_layernorm", c, config.NormEps);
            _gateUp = new Linear(weights, $"{path}.mlp.gate_up_proj", 2 * f, c);
            _down = new Linear(weights, $"{path}.mlp.down_proj", c, f);
        }

        public override Tensor Forward(Pass pass, Tensor x, Positions positions)
        {
            var mark = pass.Mark();
            var h = pass.Keep(mark, Add.Forward(pass, x, Attend(pass, _attentionNorm.Forward(pass, x), positions)));
            return Add.Forward(pass, h, FeedForward(pass, _feedForwardNorm.Forward(pass, h)));
        }

        public override void MapLinears(Func<Linear, Linear> map) =>
            (_qkv, _o, _gateUp, _down) = (map(_qkv), map(_o), map(_gateUp), map(_down));

        private Tensor Attend(Pass pass, Tensor x, Positions positions)
        {
            var (q, kv) = (_config.NumAttentionHeads * _config.HeadDim, _config.NumKeyValueHeads * _config.HeadDim);
            var qkv = _qkv.Forward(pass, x);                                                                                                // [T, (H + 2·Hkv)·D]
            var queries = Rope.Forward(pass, Columns.Forward(pass, qkv, 0, q), positions.Global, _shape.HeadDim, _config.RopePairing);      // [T, H·D]
            var keys = Rope.Forward(pass, Columns.Forward(pass, qkv, q, kv), positions.Global, _shape.HeadDim, _config.RopePairing);        // [T, Hkv·D]
            return _o.Forward(pass, Attention.Forward(pass, queries, keys, Columns.Forward(pass, qkv, q + kv, kv), _layer, _shape));
        }

        private Tensor FeedForward(Pass pass, Tensor x)
        {
            var f = _config.IntermediateSize;
            var gateUp = _gateUp.Forward(pass, x);  // [T, 2·F]
            return _down.Forward(pass, SwiGlu.Forward(pass, Columns.Forward(pass, gateUp, 0, f), Columns.Forward(pass, gateUp, f, f)));
        }
    }
}
