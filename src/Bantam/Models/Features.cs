namespace Bantam.Models;

/// <summary>
/// What a configuration can ask of a family's mathematics beyond plain Llama. A family names what its file computes; what
/// else a configuration asks for is refused by name, because ignoring it would compute another model.
/// </summary>
[Flags]
internal enum Features
{
    None = 0,
    RopeScaling = 1 << 0,
    PartialRotary = 1 << 1,
    LocalTheta = 1 << 2,
    LayersWithoutPositions = 1 << 3,
    Window = 1 << 4,
    QkNorm = 1 << 5,
    PostNorms = 1 << 6,
    UnitOffsetNorms = 1 << 7,
    AttentionBias = 1 << 8,
    AttentionOutputBias = 1 << 9,
    MlpBias = 1 << 10,
    Fused = 1 << 11,
    AttentionSoftCap = 1 << 12,
    FinalSoftCap = 1 << 13,
    QueryScale = 1 << 14,
    Experts = 1 << 15,
    InputFirstLinears = 1 << 16,
    GeluTanh = 1 << 17,
}

/// <summary>Holds configurations against what a family computes.</summary>
internal static class FeatureTable
{
    private static readonly (Features Feature, Func<ModelConfig, bool> IsAsked, Func<ModelConfig, string> Words)[] Rows =
    [
        (Features.RopeScaling, c => c.RopeScaling is not null, c => $"rope scaling '{c.RopeScaling}'"),
        (Features.PartialRotary, c => c.PartialRotaryFactor != 1, c => $"partial rotary factor {c.PartialRotaryFactor}"),
        (Features.LocalTheta, c => c.RopeLocalTheta is not null, c => $"a rotary base of its own ({c.RopeLocalTheta}) in local layers"),
        (Features.LayersWithoutPositions, c => c.RotaryLayers?.Contains(false) == true, _ => "layers without positions"),
        (Features.Window, c => Enumerable.Range(0, c.NumHiddenLayers).Any(i => c.WindowOfLayer(i) is not null), c => $"a window of {c.SlidingWindow} tokens"),
        (Features.QkNorm, c => c.QkNorm, _ => "normalised queries and keys"),
        (Features.PostNorms, c => c.PostNorms, _ => "norms behind attention and feed-forward network"),
        (Features.UnitOffsetNorms, c => c.UnitOffsetNorms, _ => "gains stored less one"),
        (Features.AttentionBias, c => c.AttentionBias, _ => "biases of queries, keys and values"),
        (Features.AttentionOutputBias, c => c.AttentionOutputBias, _ => "a bias of the attention's output"),
        (Features.MlpBias, c => c.MlpBias, _ => "biases in the feed-forward network"),
        (Features.Fused, c => c.FusedQkv || c.FusedGateUp, _ => "stacked projections"),
        (Features.AttentionSoftCap, c => c.AttnLogitSoftcapping is not null, c => $"attention scores capped at {c.AttnLogitSoftcapping}"),
        (Features.FinalSoftCap, c => c.FinalLogitSoftcapping is not null, c => $"logits capped at {c.FinalLogitSoftcapping}"),
        (Features.QueryScale, c => c.QueryPreAttnScalar is not null, c => $"queries scaled for {c.QueryPreAttnScalar}"),
        (Features.Experts, c => c.NumExperts > 0, c => $"{c.NumExperts} experts"),
        (Features.InputFirstLinears, c => c.InputFirstLinears, _ => "linears stored inputs first"),
        (Features.GeluTanh, c => c.Activation == Activation.GeluTanh, _ => "activation gelu"),
    ];

    /// <summary>What <paramref name="config"/> asks for and <paramref name="computed"/> does not have, in words; null where nothing is amiss.</summary>
    public static string? Lacks(ModelConfig config, Features computed)
    {
        if (config.Head != ModelHead.LanguageModel) return $"head {config.Head}";
        if (config.Activation is not (Activation.Silu or Activation.GeluTanh)) return $"activation {config.Activation}";
        if (computed.HasFlag(Features.GeluTanh) && config.Activation != Activation.GeluTanh) return $"activation {config.Activation}";
        if (config.RopeScaling is { } scaling && !RopeScaling.IsKnown(scaling)) return $"rope scaling '{scaling}'";
        foreach (var (feature, isAsked, words) in Rows)
            if (!computed.HasFlag(feature) && isAsked(config)) return words(config);
        return null;
    }

    /// <summary>Refuses a configuration that asks for more than <paramref name="computed"/>.</summary>
    /// <exception cref="BantamException">BT2106.</exception>
    public static void Refuse(ModelConfig config, Features computed, string source)
    {
        if (Lacks(config, computed) is { } words)
            throw new BantamException("BT2106", $"{source}: a {Architectures.Of(config).DisplayName} with {words} is not run, and ignoring it would give other text than the model's; sizing works");
    }
}
