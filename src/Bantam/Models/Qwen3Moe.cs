using Bantam.Execution;
using Bantam.Nn;
using Bantam.Ops;
using Bantam.Tensors;
using RmsNorm = Bantam.Nn.RmsNorm;

namespace Bantam.Models;

/// <summary>
/// The mixtures of Qwen3 (arXiv 2505.09388): Qwen3 with experts in place of the feed-forward network in the layers that the
/// configuration names. Shapes as in <see cref="Llama"/>.
/// </summary>
public sealed class Qwen3Moe(ModelConfig config, Weights weights) : Decoder(config, weights, Computes, i => new Block(config, weights, i))
{
    internal const Features Computes = Features.RopeScaling | Features.QkNorm | Features.AttentionBias | Features.AttentionOutputBias | Features.Window | Features.Experts;

    private sealed class Block : DecoderBlock
    {
        private readonly ModelConfig _config;
        private readonly int _layer;
        private readonly AttentionShape _shape;
        private readonly RmsNorm _attentionNorm;
        private readonly Projections _projections;
        private readonly RmsNorm _qNorm;
        private readonly RmsNorm _kNorm;
        private readonly RmsNorm _feedForwardNorm;
        private readonly GatedFeedForward? _dense;
        private readonly SparseFeedForward? _sparse;

        public Block(ModelConfig config, Weights weights, int layer)
        {
            (_config, _layer) = (config, layer);
            _shape = new AttentionShape(config.HeadDim) { Window = config.WindowOfLayer(layer) ?? 0 };
            var path = $"model.layers.{layer}";
            _attentionNorm = new RmsNorm(weights, $"{path}.input_layernorm", config.HiddenSize, config.NormEps);
            _projections = new Projections(config, weights, $"{path}.self_attn");
            _qNorm = new RmsNorm(weights, $"{path}.self_attn.q_norm", config.HeadDim, config.NormEps);
            _kNorm = new RmsNorm(weights, $"{path}.self_attn.k_norm", config.HeadDim, config.NormEps);
            _feedForwardNorm = new RmsNorm(weights, $"{path}.post_attention_layernorm", config.HiddenSize, config.NormEps);
            if (config.IsSparseLayer(layer)) _sparse = Sparse(config, weights, $"{path}.mlp");
            else _dense = new GatedFeedForward(weights, $"{path}.mlp", config.HiddenSize, config.IntermediateSize, SwiGlu.Forward);
        }

        public override Tensor Forward(Pass pass, Tensor x, Positions positions)
        {
            var mark = pass.Mark();
            var h = pass.Keep(mark, Add.Forward(pass, x, Attend(pass, _attentionNorm.Forward(pass, x), positions)));
            var n = _feedForwardNorm.Forward(pass, h);
            return Add.Forward(pass, h, _sparse is null ? _dense!.Forward(pass, n) : _sparse.Forward(pass, n));
        }

        public override void MapLinears(Func<Linear, Linear> map)
        {
            _projections.MapLinears(map);
            _dense?.MapLinears(map);
            _sparse?.MapLinears(map);
        }

        private static SparseFeedForward Sparse(ModelConfig config, Weights weights, string path)
        {
            var experts = Enumerable.Range(0, config.NumExperts)
                .Select(e => new GatedFeedForward(weights, $"{path}.experts.{e}", config.HiddenSize, config.MoeIntermediateSize, SwiGlu.Forward));
            return new SparseFeedForward(weights, $"{path}.gate", config.HiddenSize, [.. experts], config.NumExpertsPerToken, config.NormTopKProb);
        }

        private Tensor Attend(Pass pass, Tensor x, Positions positions)
        {
            var q = _qNorm.PerHead(pass, _projections.Q.Forward(pass, x));  // [T, H·D]
            var k = _kNorm.PerHead(pass, _projections.K.Forward(pass, x));  // [T, Hkv·D]
            var v = _projections.V.Forward(pass, x);                        // [T, Hkv·D]
            q = Rope.Forward(pass, q, positions.Global, _shape.HeadDim, _config.RopePairing);
            k = Rope.Forward(pass, k, positions.Global, _shape.HeadDim, _config.RopePairing);
            return _projections.O.Forward(pass, Attention.Forward(pass, q, k, v, _layer, _shape));
        }
    }
}
