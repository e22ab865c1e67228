using Bantam.Execution;
using Bantam.Nn;
using Bantam.Ops;
using Bantam.Tensors;
using RmsNorm = Bantam.Nn.RmsNorm;

namespace Bantam.Models;

/// <summary>One layer of a <see cref="Decoder"/>.</summary>
internal abstract class DecoderBlock(SelfAttention attention, FeedForward feedForward) : Module
{
    /// <summary>The half that looks at the tokens before.</summary>
    protected SelfAttention Attention { get; } = attention;

    /// <summary>The half that looks at each token for itself.</summary>
    protected FeedForward FeedForward { get; } = feedForward;

    /// <summary>Maps the residual stream x [T, C].</summary>
    public abstract Tensor Forward(Pass pass, Tensor x, Positions positions);

    public override void MapLinears(Func<Linear, Linear> map)
    {
        Attention.MapLinears(map);
        FeedForward.MapLinears(map);
    }
}

/// <summary>A block with a norm in front of each half: h = x + attention(norm(x)), y = h + feedForward(norm(h)).</summary>
internal sealed class PreNormBlock(RmsNorm attentionNorm, SelfAttention attention, RmsNorm feedForwardNorm, FeedForward feedForward)
    : DecoderBlock(attention, feedForward)
{
    public override Tensor Forward(Pass pass, Tensor x, Positions positions)
    {
        var mark = pass.Mark();
        var attended = Attention.Forward(pass, attentionNorm.Forward(pass, x), positions);
        var h = Add.Into(pass, x, attended);
        pass.Release(mark);
        return Add.Into(pass, h, FeedForward.Forward(pass, feedForwardNorm.Forward(pass, h)));
    }
}

/// <summary>
/// A block with a norm in front of each half and another behind it (Gemma 2): h = x + norm(attention(norm(x))),
/// y = h + norm(feedForward(norm(h))).
/// </summary>
internal sealed class SandwichBlock(RmsNorm beforeAttention, SelfAttention attention, RmsNorm behindAttention, RmsNorm beforeFeedForward, FeedForward feedForward, RmsNorm behindFeedForward)
    : DecoderBlock(attention, feedForward)
{
    public override Tensor Forward(Pass pass, Tensor x, Positions positions)
    {
        var mark = pass.Mark();
        var attended = Attention.Forward(pass, beforeAttention.Forward(pass, x), positions);
        var h = Add.Into(pass, x, behindAttention.Forward(pass, attended));
        pass.Release(mark);
        var fed = FeedForward.Forward(pass, beforeFeedForward.Forward(pass, h));
        return Add.Into(pass, h, behindFeedForward.Forward(pass, fed));
    }
}
