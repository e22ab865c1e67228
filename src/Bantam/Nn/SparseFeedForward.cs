using Bantam.Execution;
using Bantam.Ops;
using Bantam.Tensors;

namespace Bantam.Nn;

/// <summary>
/// A mixture of experts (arXiv 2401.04088): a router sends each row to k of E feed-forward networks and adds up what they
/// make of it by its weights. Only chosen experts are computed, each once over all rows that chose it.
/// </summary>
public sealed class SparseFeedForward : FeedForward
{
    private readonly GatedFeedForward[] _experts;
    private readonly int _perRow;
    private readonly bool _normalise;
    private Linear _router;

    /// <summary>Puts <paramref name="experts"/> behind the router at <paramref name="router"/>.</summary>
    /// <param name="weights">The checkpoint.</param>
    /// <param name="router">Path of the router.</param>
    /// <param name="width">C.</param>
    /// <param name="experts">The E networks.</param>
    /// <param name="perRow">k.</param>
    /// <param name="normalise">Whether the k weights are scaled to a sum of one.</param>
    public SparseFeedForward(Weights weights, string router, int width, GatedFeedForward[] experts, int perRow, bool normalise)
    {
        _router = new Linear(weights, router, experts.Length, width);
        (_experts, _perRow, _normalise) = (experts, perRow, normalise);
    }

    /// <inheritdoc/>
    public override Tensor Forward(Pass pass, Tensor x)
    {
        var (experts, weights) = Route.Forward(pass, _router.Forward(pass, x), _perRow, _normalise);
        var y = pass.Zeros(x.Shape);
        for (var e = 0; e < _experts.Length; e++)
        {
            var mark = pass.Mark();
            var rows = Dispatch.Forward(pass, x, experts, e);
            if (rows.Exists) Combine.Forward(pass, y, _experts[e].Forward(pass, rows), experts, weights, e);
            pass.Release(mark);
        }
        return y;
    }

    /// <inheritdoc/>
    /// <exception cref="BantamException">An expert's linear becomes one with an adapter (BT2122).</exception>
    public override void MapLinears(Func<Linear, Linear> map)
    {
        _router = map(_router);
        foreach (var expert in _experts) expert.MapLinears(linear => Expect(map(linear)));
    }

    // Which rows an expert sees depends on the text; whether a model runs must not.
    private static Linear Expect(Linear linear) => linear is not LoraLinear ? linear
        : throw new BantamException("BT2122", $"an adapter on '{linear.Path}' is not supported: an expert sees only some of the rows of a pass");
}
