using Bantam.Execution;
using Bantam.Nn;
using Bantam.Ops;
using Bantam.Tensors;
using RmsNorm = Bantam.Nn.RmsNorm;

namespace Bantam.Models;

/// <summary>
/// The text model of Gemma 3 (arXiv 2503.19786): Gemma 2 with normalised queries and keys in place of capped scores, and
/// five local layers for each global one. Shapes as in <see cref="Llama"/>.
/// </summary>
public sealed class Gemma3(ModelConfig config, Weights weights) : Decoder(config, weights, Computes, i => new Block(config, weights, i))
{
    internal const Features Computes = Features.RopeScaling | Features.UnitOffsetNorms | Features.GeluTanh | Features.AttentionBias | Features.AttentionOutputBias
        | Features.PostNorms | Features.Window | Features.FinalSoftCap | Features.QueryScale
        | Features.QkNorm | Features.LocalTheta;

    /// <inheritdoc/>
    public override Tensor Logits(Pass pass, Tensor hidden)
    {
        var logits = base.Logits(pass, hidden);
        return Config.FinalLogitSoftcapping is { } cap ? SoftCap.Forward(pass, logits, cap) : logits;
    }

    // The embedding serves as head too; scaled, it suits the residual stream.
    private protected override Tensor Embed(Pass pass) => Scale.Forward(pass, base.Embed(pass), MathF.Sqrt(Config.HiddenSize));

    private sealed class Block : DecoderBlock
    {
        private readonly ModelConfig _config;
        private readonly int _layer;
        private readonly AttentionShape _shape;
        private readonly RmsNorm _attentionNorm;
        private readonly RmsNorm _attentionPostNorm;
        private readonly Projections _projections;
        private readonly RmsNorm _qNorm;
        private readonly RmsNorm _kNorm;
        private readonly RmsNorm _feedForwardNorm;
        private readonly RmsNorm _feedForwardPostNorm;
        private readonly GatedFeedForward _feedForward;

        public Block(ModelConfig config, Weights weights, int layer)
        {
            (_config, _layer) = (config, layer);
            _shape = new AttentionShape(
                config.HeadDim,
                Scale: 1 / Math.Sqrt(config.QueryPreAttnScalar ?? config.HeadDim),
                Window: config.WindowOfLayer(layer) ?? 0);
            var path = $"model.layers.{layer}";
            _attentionNorm = Norm("input_layernorm");
            _projections = new Projections(config, weights, $"{path}.self_attn");
            _qNorm = new RmsNorm(weights, $"{path}.self_attn.q_norm", config.HeadDim, config.NormEps, config.UnitOffsetNorms);
            _kNorm = new RmsNorm(weights, $"{path}.self_attn.k_norm", config.HeadDim, config.NormEps, config.UnitOffsetNorms);
            _attentionPostNorm = Norm("post_attention_layernorm");
            _feedForwardNorm = Norm("pre_feedforward_layernorm");
            _feedForwardPostNorm = Norm("post_feedforward_layernorm");
            _feedForward = new GatedFeedForward(weights, $"{path}.mlp", config.HiddenSize, config.IntermediateSize, GeGlu.Forward);

            RmsNorm Norm(string name) => new(weights, $"{path}.{name}", config.HiddenSize, config.NormEps, config.UnitOffsetNorms);
        }

        public override Tensor Forward(Pass pass, Tensor x, Positions positions)
        {
            var mark = pass.Mark();
            var attended = Attend(pass, _attentionNorm.Forward(pass, x), positions);
            var h = pass.Keep(mark, Add.Forward(pass, x, _attentionPostNorm.Forward(pass, attended)));
            var fed = _feedForward.Forward(pass, _feedForwardNorm.Forward(pass, h));
            return Add.Forward(pass, h, _feedForwardPostNorm.Forward(pass, fed));
        }

        public override void MapLinears(Func<Linear, Linear> map)
        {
            _projections.MapLinears(map);
            _feedForward.MapLinears(map);
        }

        private Tensor Attend(Pass pass, Tensor x, Positions positions)
        {
            // Local layers, those with a window, turn with a base of their own.
            var table = _shape.Window > 0 && positions.Local.Exists ? positions.Local : positions.Global;
            var q = _qNorm.PerHead(pass, _projections.Q.Forward(pass, x));  // [T, H·D]
            var k = _kNorm.PerHead(pass, _projections.K.Forward(pass, x));  // [T, Hkv·D]
            var v = _projections.V.Forward(pass, x);                        // [T, Hkv·D]
            q = Rope.Forward(pass, q, table, _shape.HeadDim, _config.RopePairing);
            k = Rope.Forward(pass, k, table, _shape.HeadDim, _config.RopePairing);
            return _projections.O.Forward(pass, Attention.Forward(pass, q, k, v, _layer, _shape));
        }
    }
}
