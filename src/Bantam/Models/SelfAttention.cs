using Bantam.Execution;
using Bantam.Nn;
using Bantam.Ops;
using Bantam.Tensors;

namespace Bantam.Models;

/// <summary>
/// Attention of a layer over the tokens before it: queries, keys and values, turned by their positions, and back to the
/// residual stream. C hidden, H heads and Hkv key/value heads of width D.
/// </summary>
internal abstract class SelfAttention(LayerWeights layer, AttentionShape shape) : Module
{
    /// <summary>The hyperparameters.</summary>
    protected ModelConfig Config { get; } = layer.Config;

    /// <summary>The output projection, H·D to C.</summary>
    protected Linear O { get; private set; } = layer.Linear("self_attn.o_proj", layer.Config.HiddenSize, layer.Config.NumAttentionHeads * layer.Config.HeadDim, layer.Config.AttentionOutputBias);

    /// <summary>Maps x [T, C].</summary>
    public Tensor Forward(Pass pass, Tensor x, Positions positions)
    {
        var (q, k, v) = Project(pass, x);                // [T, H·D], [T, Hkv·D], [T, Hkv·D]
        (q, k) = Turn(pass, q, k, positions);
        return O.Forward(pass, Attention.Forward(pass, q, k, v, layer.Number, shape));
    }

    public override void MapLinears(Func<Linear, Linear> map) => O = map(O);

    /// <summary>Queries, keys and values.</summary>
    protected abstract (Tensor Q, Tensor K, Tensor V) Project(Pass pass, Tensor x);

    /// <summary>Tells queries and keys their positions.</summary>
    protected virtual (Tensor Q, Tensor K) Turn(Pass pass, Tensor q, Tensor k, Positions positions) => Rotate(pass, q, k, positions.Global);

    /// <summary>Rotates queries and keys.</summary>
    protected (Tensor Q, Tensor K) Rotate(Pass pass, Tensor q, Tensor k, Tensor positions) => (
        Rope.Forward(pass, q, positions, Config.HeadDim, Config.RopePairing),
        Rope.Forward(pass, k, positions, Config.HeadDim, Config.RopePairing));
}

/// <summary>Attention with a linear each for queries, keys and values.</summary>
internal class SeparateAttention(LayerWeights layer, AttentionShape shape) : SelfAttention(layer, shape)
{
    private Linear _q = layer.Linear("self_attn.q_proj", layer.Config.NumAttentionHeads * layer.Config.HeadDim, layer.Config.HiddenSize, layer.Config.AttentionBias);
    private Linear _k = layer.Linear("self_attn.k_proj", layer.Config.NumKeyValueHeads * layer.Config.HeadDim, layer.Config.HiddenSize, layer.Config.AttentionBias);
    private Linear _v = layer.Linear("self_attn.v_proj", layer.Config.NumKeyValueHeads * layer.Config.HeadDim, layer.Config.HiddenSize, layer.Config.AttentionBias);

    public override void MapLinears(Func<Linear, Linear> map)
    {
        (_q, _k, _v) = (map(_q), map(_k), map(_v));
        base.MapLinears(map);
    }

    protected override (Tensor Q, Tensor K, Tensor V) Project(Pass pass, Tensor x)
    {
        Span<Tensor> qkv = [default, default, default];
        Linear.Forward(pass, x, [_q, _k, _v], qkv);
        return (qkv[0], qkv[1], qkv[2]);
    }
}

/// <summary>The same with each head of queries and keys normalised before it turns (Qwen3, Gemma 3).</summary>
internal class NormalisedAttention(LayerWeights layer, AttentionShape shape) : SeparateAttention(layer, shape)
{
    private readonly Nn.RmsNorm _qNorm = layer.Norm("self_attn.q_norm", layer.Config.HeadDim);
    private readonly Nn.RmsNorm _kNorm = layer.Norm("self_attn.k_norm", layer.Config.HeadDim);

    protected override (Tensor Q, Tensor K, Tensor V) Project(Pass pass, Tensor x)
    {
        var (q, k, v) = base.Project(pass, x);
        return (_qNorm.PerHead(pass, q), _kNorm.PerHead(pass, k), v);
    }
}
