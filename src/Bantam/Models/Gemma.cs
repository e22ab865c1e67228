using Bantam.Execution;
using Bantam.Nn;
using Bantam.Ops;
using Bantam.Tensors;
using RmsNorm = Bantam.Nn.RmsNorm;

namespace Bantam.Models;

/// <summary>
/// Gemma (arXiv 2403.08295): Llama with embeddings scaled by √C, GeGLU, and gains stored less one; heads of a width of
/// their own, down to a single key/value head. Shapes as in <see cref="Llama"/>.
/// </summary>
public sealed class Gemma(ModelConfig config, Weights weights) : Decoder(config, weights, Computes, i => new Block(config, weights, i))
{
    internal const Features Computes = Features.RopeScaling | Features.UnitOffsetNorms | Features.GeluTanh | Features.AttentionBias | Features.AttentionOutputBias;

    // The embedding serves as head too; scaled, it suits the residual stream.
    private protected override Tensor Embed(Pass pass) => Scale.Forward(pass, base.Embed(pass), MathF.Sqrt(Config.HiddenSize));

    private sealed class Block : DecoderBlock
    {
        private readonly ModelConfig _config;
        private readonly int _layer;
        private readonly AttentionShape _shape;
        private readonly RmsNorm _attentionNorm;
        private readonly Projections _projections;
        private readonly RmsNorm _feedForwardNorm;
        private readonly GatedFeedForward _feedForward;

        public Block(ModelConfig config, Weights weights, int layer)
        {
            (_config, _layer, _shape) = (config, layer, new AttentionShape(config.HeadDim));
            var path = $"model.layers.{layer}";
            _attentionNorm = new RmsNorm(weights, $"{path}.input_layernorm", config.HiddenSize, config.NormEps, config.UnitOffsetNorms);
            _projections = new Projections(config, weights, $"{path}.self_attn");
            _feedForwardNorm = new RmsNorm(weights, $"{path}.post_attention_layernorm", config.HiddenSize, config.NormEps, config.UnitOffsetNorms);
            _feedForward = new GatedFeedForward(weights, $"{path}.mlp", config.HiddenSize, config.IntermediateSize, GeGlu.Forward);
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
