using Bantam.Execution;
using Bantam.Nn;
using Bantam.Ops;
using Bantam.Tensors;
using RmsNorm = Bantam.Nn.RmsNorm;

namespace Bantam.Models;

/// <summary>
/// Llama (arXiv 2302.13971, 2307.09288): pre-normalised blocks of grouped-query attention with rotary positions and a
/// SwiGLU feed-forward network. T rows, C hidden, H heads and Hkv key/value heads of width D, F inner width, V vocabulary.
/// </summary>
public sealed class Llama : CausalLm
{
    private readonly Embedding _embed;
    private readonly Block[] _blocks;
    private readonly RmsNorm _norm;
    private Linear _head;

    /// <summary>Builds the model over <paramref name="weights"/>.</summary>
    /// <exception cref="BantamException">A tensor is missing, of another shape, or left over; or the positions are scaled in a way that is not run yet.</exception>
    public Llama(ModelConfig config, Weights weights)
        : base(config)
    {
        if (Lacks(config) is { } feature)
            throw new BantamException("BT2106", $"{weights.Source}: a Llama with {feature} is not run yet, and ignoring it would give other text than the model's; sizing works");
        _embed = new Embedding(weights, "model.embed_tokens", config.VocabSize, config.HiddenSize);
        _blocks = [.. Enumerable.Range(0, config.NumHiddenLayers).Select(i => new Block(config, weights, i))];
        _norm = new RmsNorm(weights, "model.norm", config.HiddenSize, config.NormEps);
        _head = config.TieWordEmbeddings
            ? new Linear("lm_head", _embed.Table)
            : new Linear(weights, "lm_head", config.VocabSize, config.HiddenSize);
        weights.RefuseLeftovers();
    }

    /// <summary>What this configuration asks for and this file does not compute, in words; null where it runs.</summary>
    internal static string? Lacks(ModelConfig config) => config switch
    {
        { RopeScaling: { } scaling } => $"rope scaling '{scaling}'",
        { Activation: not Activation.Silu } => $"activation {config.Activation}",
        { PartialRotaryFactor: not 1f } => $"partial rotary factor {config.PartialRotaryFactor}",
        { Head: not ModelHead.LanguageModel } => $"head {config.Head}",
        { AttentionBias: true } or { AttentionOutputBias: true } or { MlpBias: true } => "biases",
        _ => null,
    };

    /// <inheritdoc/>
    public override Tensor Forward(Pass pass, ReadOnlySpan<Row> rows)
    {
        pass.Begin(rows);
        var positions = Rope.Table(pass, Config.HeadDim, Config.RopeTheta);             // [T, D]
        var mark = pass.Mark();
        var x = _embed.Forward(pass);                                                   // [T, C]
        foreach (var block in _blocks) x = pass.Keep(mark, block.Forward(pass, x, positions));
        return pass.Keep(mark, _norm.Forward(pass, x));
    }

    /// <inheritdoc/>
    public override Tensor Logits(Pass pass, Tensor hidden) => _head.Forward(pass, Gather.Forward(pass, hidden));

    /// <inheritdoc/>
    public override void MapLinears(Func<Linear, Linear> map)
    {
        foreach (var block in _blocks) block.MapLinears(map);
        _head = map(_head);
    }

    private sealed class Block : Module
    {
        private readonly ModelConfig _config;
        private readonly int _layer;
        private readonly RmsNorm _attentionNorm;
        private readonly RmsNorm _feedForwardNorm;
        private Linear _q;
        private Linear _k;
        private Linear _v;
        private Linear _o;
        private Linear _gate;
        private Linear _up;
        private Linear _down;

        public Block(ModelConfig config, Weights weights, int layer)
        {
            (_config, _layer) = (config, layer);
            var (c, f) = (config.HiddenSize, config.IntermediateSize);
            var (q, kv) = (config.NumAttentionHeads * config.HeadDim, config.NumKeyValueHeads * config.HeadDim);
            var path = $"model.layers.{layer}";
            _attentionNorm = new RmsNorm(weights, $"{path}.input_layernorm", c, config.NormEps);
            _q = new Linear(weights, $"{path}.self_attn.q_proj", q, c);
            _k = new Linear(weights, $"{path}.self_attn.k_proj", kv, c);
            _v = new Linear(weights, $"{path}.self_attn.v_proj", kv, c);
            _o = new Linear(weights, $"{path}.self_attn.o_proj", c, q);
            _feedForwardNorm = new RmsNorm(weights, $"{path}.post_attention_layernorm", c, config.NormEps);
            _gate = new Linear(weights, $"{path}.mlp.gate_proj", f, c);
            _up = new Linear(weights, $"{path}.mlp.up_proj", f, c);
            _down = new Linear(weights, $"{path}.mlp.down_proj", c, f);
        }

        public Tensor Forward(Pass pass, Tensor x, Tensor positions)
        {
            var mark = pass.Mark();
            var h = pass.Keep(mark, Add.Forward(pass, x, Attend(pass, _attentionNorm.Forward(pass, x), positions)));
            return Add.Forward(pass, h, FeedForward(pass, _feedForwardNorm.Forward(pass, h)));
        }

        public override void MapLinears(Func<Linear, Linear> map)
        {
            (_q, _k, _v, _o) = (map(_q), map(_k), map(_v), map(_o));
            (_gate, _up, _down) = (map(_gate), map(_up), map(_down));
        }

        private Tensor Attend(Pass pass, Tensor x, Tensor positions)
        {
            var q = Rope.Forward(pass, _q.Forward(pass, x), positions, _config.RopePairing);  // [T, H·D]
            var k = Rope.Forward(pass, _k.Forward(pass, x), positions, _config.RopePairing);  // [T, Hkv·D]
            var v = _v.Forward(pass, x);                                                      // [T, Hkv·D]
            return _o.Forward(pass, Attention.Forward(pass, q, k, v, _layer, _config.HeadDim));
        }

        private Tensor FeedForward(Pass pass, Tensor x) =>
            _down.Forward(pass, SwiGlu.Forward(pass, _gate.Forward(pass, x), _up.Forward(pass, x)));
    }
}
