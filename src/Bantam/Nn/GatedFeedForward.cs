using Bantam.Execution;
using Bantam.Tensors;

namespace Bantam.Nn;

/// <summary>
/// The gated feed-forward network (arXiv 2002.05202): down(f(gate·x)∘(up·x)). C in and out, F inside.
/// </summary>
public sealed class GatedFeedForward : FeedForward
{
    private readonly Func<Pass, Tensor, Tensor, Tensor> _glu;
    private Linear _gate;
    private Linear _up;
    private Linear _down;

    /// <summary>Loads the three linears under <paramref name="path"/>.</summary>
    /// <param name="weights">The checkpoint.</param>
    /// <param name="path">Of the network.</param>
    /// <param name="width">C.</param>
    /// <param name="inner">F.</param>
    /// <param name="glu"><see cref="Ops.SwiGlu"/> or <see cref="Ops.GeGlu"/>.</param>
    /// <param name="bias">Whether the linears have biases.</param>
    /// <param name="names">What gate, up and down are called.</param>
    public GatedFeedForward(Weights weights, string path, int width, int inner, Func<Pass, Tensor, Tensor, Tensor> glu, bool bias = false, (string Gate, string Up, string Down)? names = null)
    {
        var (gate, up, down) = names ?? ("gate_proj", "up_proj", "down_proj");
        _glu = glu;
        _gate = new Linear(weights, $"{path}.{gate}", inner, width, bias);
        _up = new Linear(weights, $"{path}.{up}", inner, width, bias);
        _down = new Linear(weights, $"{path}.{down}", width, inner, bias);
    }

    /// <inheritdoc/>
    public override Tensor Forward(Pass pass, Tensor x)
    {
        Span<Tensor> inner = [default, default];
        Linear.Forward(pass, x, [_gate, _up], inner);
        return _down.Forward(pass, _glu(pass, inner[0], inner[1]));
    }

    /// <inheritdoc/>
    public override void MapLinears(Func<Linear, Linear> map) => (_gate, _up, _down) = (map(_gate), map(_up), map(_down));
}
