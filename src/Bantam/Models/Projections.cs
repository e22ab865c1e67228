using Bantam.Nn;

namespace Bantam.Models;

/// <summary>The four linears of attention under their Hugging Face names: C to H·D and Hkv·D, and H·D back to C.</summary>
internal sealed class Projections : Module
{
    public Projections(ModelConfig config, Weights weights, string path)
    {
        var (q, kv) = (config.NumAttentionHeads * config.HeadDim, config.NumKeyValueHeads * config.HeadDim);
        Q = new Linear(weights, $"{path}.q_proj", q, config.HiddenSize, config.AttentionBias);
        K = new Linear(weights, $"{path}.k_proj", kv, config.HiddenSize, config.AttentionBias);
        V = new Linear(weights, $"{path}.v_proj", kv, config.HiddenSize, config.AttentionBias);
        O = new Linear(weights, $"{path}.o_proj", config.HiddenSize, q, config.AttentionOutputBias);
    }

    public Linear Q { get; private set; }

    public Linear K { get; private set; }

    public Linear V { get; private set; }

    public Linear O { get; private set; }

    public override void MapLinears(Func<Linear, Linear> map) => (Q, K, V, O) = (map(Q), map(K), map(V), map(O));
}
