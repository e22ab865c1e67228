using Bantam.Execution;
using Bantam.Nn;
using Bantam.Ops;
using Bantam.Tensors;
using RmsNorm = Bantam.Nn.RmsNorm;

namespace Bantam.Models;

/// <summary>
/// Mixtral (arXiv 2401.04088): Mistral with a mixture of experts in place of every feed-forward network. Shapes as in
/// <see cref="Llama"/>.
/// </summary>
public sealed class Mixtral(ModelConfig config, Weights weights) : Decoder(config, weights, Computes, i => new Block(config, weights, i))
{
    internal const Features Computes = Features.RopeScaling | Features.Window | Features.Experts;

    private sealed class Block : DecoderBlock
    {
        private readonly ModelConfig _config;
        private readonly int _layer;
        private readonly AttentionShape _shape;
        private readonly RmsNorm _attentionNorm;
        private readonly Projections _projections;
        private readonly RmsNorm _feedForwardNorm;
        private readonly SparseFeedForward _feedForward;

        public Block(ModelConfig config, Weights weights, int layer)
        {
            (_config, _layer) = (config, layer);
            _shape = new AttentionShape(config.HeadDim) { Window = config.WindowOfLayer(layer) ?? 0 };
            var path = $"model.layers.{layer}";
            _attentionNorm = new RmsNorm(weights, $"{path}.input_layernorm", config.HiddenSize, config.NormEps);
            _projections = new Projections(config, weights, $"{path}.self_attn");
            _feedForwardNorm = new RmsNorm(weights, $"{path}.post_attention_layernorm", config.HiddenSize, config.NormEps);
            var experts = Enumerable.Range(0, config.NumExperts).Select(e => new GatedFeedForward(
                weights, $"{path}.block_sparse_moe.experts.{e}", config.HiddenSize, config.MoeIntermediateSize, SwiGlu.Forward, names: ("w1", "w3", "w2")));
            _feedForward = new SparseFeedForward(weights, $"{path}.block_sparse_moe.gate", config.HiddenSize, [.. experts], config.NumExpertsPerToken, config.NormTopKProb);
        }

        public override Tensor Forward(Pass pass, Tensor x, Positions positions)
        {
            var mark = pass.Mark();
            var h = pass.Keep(mark, Add.Forward(pass, x, Attend(pass, _attentionNorm.Forward(pass, x), positions)));
            return Add.Forward(pass, h, _feedForward.Forward(pass, _feedForwardNorm.Forward(pass, h)));
        }

        public override void MapLinears(Func<Linear, Linear> map)
        {
            _projections.MapLinears(map);
            _feedForward.MapLinears(map);
        }

        private Tensor Attend(Pass pass, Tensor x, Positions positions)
        {
            var q = Rope.Forward(pass, _projections.Q.Forward(pass, x), positions.Global, _shape.HeadDim, _config.RopePairing);  // [T, H·D]
            var k = Rope.Forward(pass, _projections.K.Forward(pass, x), positions.Global, _shape.HeadDim, _config.RopePairing);  // [T, Hkv·D]
            var v = _projections.V.Forward(pass, x);                                                                             // [T, Hkv·D]
            return _projections.O.Forward(pass, Attention.Forward(pass, q, k, v, _layer, _shape));
        }
    }
}
