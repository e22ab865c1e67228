using Bantam.Execution;
using Bantam.Nn;
using Bantam.Ops;
using Bantam.Tensors;
using LayerNorm = Bantam.Nn.LayerNorm;

namespace Bantam.Models;

/// <summary>
/// GPT-2 (Radford et al., 2019): learned positions, layer norms, one projection for queries, keys and values, a plain gelu
/// network, biases everywhere. Its Hugging Face checkpoints store linears inputs first. T rows, C hidden, H heads of width
/// D, F inner width, V vocabulary.
/// </summary>
public sealed class Gpt2 : CausalLm
{
    internal const Features Computes = Features.Fused | Features.AttentionBias | Features.AttentionOutputBias | Features.MlpBias
        | Features.InputFirstLinears | Features.GeluTanh;

    private readonly Embedding _tokens;
    private readonly Embedding _positions;
    private readonly Block[] _blocks;
    private readonly LayerNorm _norm;
    private Linear _head;

    /// <summary>Builds the model over <paramref name="weights"/>.</summary>
    /// <exception cref="BantamException">The configuration asks for what this file does not compute (BT2106), or a tensor is missing, of another shape, or left over (BT2103 to BT2105).</exception>
    public Gpt2(ModelConfig config, Weights weights)
        : base(config)
    {
        FeatureTable.Refuse(config, Computes, weights.Source);
        // Its one projection has as much of queries as of keys and of values, and of each the whole width.
        if (config.NumKeyValueHeads != config.NumAttentionHeads || (long)config.NumAttentionHeads * config.HeadDim != config.HiddenSize)
            throw new ArgumentException($"{config.NumAttentionHeads} heads of {config.HeadDim} over {config.NumKeyValueHeads} of keys and values are not GPT-2's in a width of {config.HiddenSize}", nameof(config));
        _tokens = new Embedding(weights, "transformer.wte", config.VocabSize, config.HiddenSize);
        _positions = new Embedding(weights, "transformer.wpe", config.MaxPositionEmbeddings, config.HiddenSize);
        _blocks = [.. Enumerable.Range(0, config.NumHiddenLayers).Select(i => new Block(config, weights, i))];
        _norm = new LayerNorm(weights, "transformer.ln_f", config.HiddenSize, config.NormEps);
        _head = config.TieWordEmbeddings
            ? new Linear("lm_head", _tokens.Table)
            : new Linear(weights, "lm_head", config.VocabSize, config.HiddenSize);
        weights.RefuseLeftovers();
    }

    /// <inheritdoc/>
    protected override Tensor Hidden(Pass pass)
    {
        var mark = pass.Mark();
        var x = pass.Keep(mark, Add.Into(pass, _tokens.Forward(pass), _positions.ByPosition(pass)));  // [T, C]
        foreach (var block in _blocks) x = pass.Keep(mark, block.Forward(pass, x));
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
        private readonly int _layer;
        private readonly AttentionShape _shape;
        private readonly LayerNorm _attentionNorm;
        private readonly LayerNorm _feedForwardNorm;
        private Linear _qkv;
        private Linear _o;
        private Linear _up;
        private Linear _down;

        public Block(ModelConfig config, Weights weights, int layer)
        {
            (_layer, _shape) = (layer, new AttentionShape(config.HeadDim));
            var (c, f) = (config.HiddenSize, config.IntermediateSize);
            var path = $"transformer.h.{layer}";
            _attentionNorm = new LayerNorm(weights, $"{path}.ln_1", c, config.NormEps);
            _qkv = Load($"{path}.attn.c_attn", 3 * c, c);
            _o = Load($"{path}.attn.c_proj", c, c);
            _feedForwardNorm = new LayerNorm(weights, $"{path}.ln_2", c, config.NormEps);
            _up = Load($"{path}.mlp.c_fc", f, c);
            _down = Load($"{path}.mlp.c_proj", c, f);

            Linear Load(string name, int outputs, int inputs) => config.InputFirstLinears
                ? new Conv1D(weights, name, outputs, inputs)
                : new Linear(weights, name, outputs, inputs, bias: true);
        }

        public Tensor Forward(Pass pass, Tensor x)
        {
            var mark = pass.Mark();
            var h = Add.Into(pass, x, Attend(pass, _attentionNorm.Forward(pass, x)));
            pass.Release(mark);
            return Add.Into(pass, h, _down.Forward(pass, Gelu.Forward(pass, _up.Forward(pass, _feedForwardNorm.Forward(pass, h)))));
        }

        public override void MapLinears(Func<Linear, Linear> map) => (_qkv, _o, _up, _down) = (map(_qkv), map(_o), map(_up), map(_down));

        private Tensor Attend(Pass pass, Tensor x)
        {
            var (qkv, c) = (_qkv.Forward(pass, x), x.Shape.Columns);  // [T, 3·C]
            var (q, k, v) = (Columns.Forward(pass, qkv, 0, c), Columns.Forward(pass, qkv, c, c), Columns.Forward(pass, qkv, 2 * c, c));
            return _o.Forward(pass, Attention.Forward(pass, q, k, v, _layer, _shape));
        }
    }
}
