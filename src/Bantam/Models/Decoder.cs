using Bantam.Execution;
using Bantam.Nn;
using Bantam.Ops;
using Bantam.Tensors;
using RmsNorm = Bantam.Nn.RmsNorm;

namespace Bantam.Models;

/// <summary>
/// What the decoders that descend from Llama have in common: an embedding, blocks over a residual stream, a norm, and a
/// head that may be the embedding again. A family is its block. T rows, C hidden, V vocabulary.
/// </summary>
public abstract class Decoder : CausalLm
{
    private readonly Embedding _embed;
    private readonly DecoderBlock[] _blocks;
    private readonly RmsNorm _norm;
    private readonly RotaryPositions _positions;
    private readonly RotaryPositions? _localPositions;
    private Linear _head;

    /// <summary>Builds the model over <paramref name="weights"/>; <paramref name="block"/> makes a layer's block of its weights.</summary>
    /// <exception cref="BantamException">The configuration asks for what the family's file does not compute (BT2106), or a tensor is missing, of another shape, or left over (BT2103 to BT2105).</exception>
    private protected Decoder(ModelConfig config, Weights weights, Features computes, Func<LayerWeights, DecoderBlock> block)
        : base(config)
    {
        FeatureTable.Refuse(config, computes, weights.Source);
        _embed = new Embedding(weights, "model.embed_tokens", config.VocabSize, config.HiddenSize);
        _blocks = [.. Enumerable.Range(0, config.NumHiddenLayers).Select(i => block(new LayerWeights(config, weights, i)))];
        _norm = new RmsNorm(weights, "model.norm", config.HiddenSize, config.NormEps, config.UnitOffsetNorms);
        _head = config.TieWordEmbeddings
            ? new Linear("lm_head", _embed.Table)
            : new Linear(weights, "lm_head", config.VocabSize, config.HiddenSize);
        _positions = new RotaryPositions(config);
        _localPositions = config.RopeLocalTheta is { } theta ? RotaryPositions.Local(config, theta) : null;
        weights.RefuseLeftovers();
    }

    /// <inheritdoc/>
    protected override Tensor Hidden(Pass pass)
    {
        var positions = new Positions(_positions.Table(pass), _localPositions?.Table(pass) ?? default);
        var mark = pass.Mark();
        var x = Embed(pass);                                                            // [T, C]
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

    /// <summary>The residual stream's beginning, [T, C].</summary>
    private protected virtual Tensor Embed(Pass pass) => _embed.Forward(pass);
}

/// <summary>The rotations of a pass's rows: everywhere, and in local layers where these turn otherwise.</summary>
internal readonly record struct Positions(Tensor Global, Tensor Local);
