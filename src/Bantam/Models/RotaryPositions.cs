using Bantam.Execution;
using Bantam.Ops;
using Bantam.Tensors;

namespace Bantam.Models;

/// <summary>Makes the table of rotations of a pass; one for all layers that rotate alike.</summary>
internal sealed class RotaryPositions
{
    private readonly ModelConfig _config;
    private Prepared _prepared;

    /// <summary>The rotations that the configuration says.</summary>
    public RotaryPositions(ModelConfig config) => (_config, _prepared) = (config, Prepare(config, config.MaxPositionEmbeddings));

    /// <summary>Plain rotations with another base: Gemma 3's local layers.</summary>
    public static RotaryPositions Local(ModelConfig config, float theta) =>
        new(config with { RopeTheta = theta, RopeScaling = null });

    /// <summary>Cosines and sines of the rows, [T, R].</summary>
    public Tensor Table(Pass pass)
    {
        // Some scalings look at the longest text that the cache takes. Several passes may use one model at a time, so what
        // was prepared for one of them is exchanged whole.
        var prepared = _prepared;
        if (prepared.Context != pass.Cache.Capacity && RopeScaling.DependsOnContext(_config))
            _prepared = prepared = Prepare(_config, pass.Cache.Capacity);
        return Rope.Table(pass, prepared.Frequencies, prepared.Factor);
    }

    private static Prepared Prepare(ModelConfig config, int context)
    {
        var (frequencies, factor) = RopeScaling.Of(config, context);
        return new(context, frequencies, factor);
    }

    private sealed record Prepared(int Context, double[] Frequencies, double Factor);
}
