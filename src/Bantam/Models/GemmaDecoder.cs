using Bantam.Execution;
using Bantam.Nn;
using Bantam.Ops;
using Bantam.Tensors;

namespace Bantam.Models;

/// <summary>What the Gemmas have in common around their blocks: embeddings scaled by √C, and logits that may be capped.</summary>
public abstract class GemmaDecoder : Decoder
{
    private protected GemmaDecoder(ModelConfig config, Weights weights, Features computes, Func<LayerWeights, DecoderBlock> block)
        : base(config, weights, computes, block)
    {
    }

    /// <inheritdoc/>
    public override Tensor Logits(Pass pass, Tensor hidden)
    {
        var logits = base.Logits(pass, hidden);
        return Config.FinalLogitSoftcapping is { } cap ? SoftCap.Forward(pass, logits, cap) : logits;
    }

    // The embedding serves as head too; scaled, it suits the residual stream.
    private protected override Tensor Embed(Pass pass) => Scale.Forward(pass, base.Embed(pass), MathF.Sqrt(Config.HiddenSize));
}
