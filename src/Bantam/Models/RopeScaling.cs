namespace Bantam.Models;

/// <summary>
/// The frequencies with which the pairs of a head turn, and how the published scalings stretch them to contexts longer
/// than the one a model was trained for. Everything in double precision; i counts the R/2 pairs of the R rotated elements.
/// </summary>
internal static class RopeScaling
{
    private static readonly string[] Known = ["linear", "dynamic", "yarn", "longrope", "llama3", "rope_freqs"];

    public static bool IsKnown(string scaling) => Known.Contains(scaling);

    /// <summary>Whether the frequencies depend on the context that is asked for.</summary>
    public static bool DependsOnContext(ModelConfig config) => config.RopeScaling is "dynamic" or "longrope";

    /// <summary>
    /// Radians per position of each pair, and the factor on rotated queries and keys, for a text of up to
    /// <paramref name="context"/> tokens.
    /// </summary>
    public static (double[] Frequencies, double Factor) Of(ModelConfig config, int context)
    {
        var rotated = config.RotaryDim;
        var plain = Frequencies(config.RopeTheta, rotated);
        return config.RopeScaling switch
        {
            null => (plain, 1),
            "linear" => ([.. plain.Select(f => f / Stretch(config))], 1),
            "dynamic" => (Frequencies(DynamicTheta(config, rotated, context), rotated), 1),
            "yarn" => (Yarn(config, plain), config.RopeAttentionFactor ?? UsualFactor(config)),
            "longrope" => (LongRope(config, plain, context), config.RopeAttentionFactor ?? UsualFactor(config)),
            "llama3" => ([.. plain.Select(f => Llama3(config, f))], 1),
            "rope_freqs" => (Divide(plain, config.RopeFactors), 1),
            var other => throw new ArgumentException($"rope scaling '{other}' is not known", nameof(config)),
        };
    }

    /// <summary>θ^(−2i/R), the frequencies without scaling.</summary>
    public static double[] Frequencies(double theta, int rotated) =>
        [.. Enumerable.Range(0, rotated / 2).Select(i => Math.Pow(theta, -2.0 * i / rotated))];

    /// <summary>
    /// The factor on rotated queries and keys that a scaling's own formula gives: 1 + 0.1·m·ln s for YaRN (arXiv 2309.00071,
    /// with DeepSeek's multipliers m), √(1 + ln s / ln original) for longrope (arXiv 2402.13753), 1 for the others.
    /// </summary>
    public static double UsualFactor(ModelConfig config)
    {
        var s = Stretch(config);
        if (s <= 1) return 1;
        return config.RopeScaling switch
        {
            "yarn" when config is { RopeMScale: { } m, RopeMScaleAllDim: { } all } => Yarn(m) / Yarn(all),
            "yarn" => Yarn(1),
            "longrope" => Math.Sqrt(1 + (Math.Log(s) / Math.Log(Original(config)))),
            _ => 1,
        };

        double Yarn(double weight) => 1 + (0.1 * weight * Math.Log(s));
    }

    /// <summary>Turns within the original context from which YaRN keeps a frequency.</summary>
    public static float BetaFast(ModelConfig config) => config.RopeBetaFast ?? 32;

    /// <summary>Turns within the original context up to which YaRN stretches a frequency fully.</summary>
    public static float BetaSlow(ModelConfig config) => config.RopeBetaSlow ?? 1;

    private static double Original(ModelConfig config) => config.OriginalMaxPositionEmbeddings ?? config.MaxPositionEmbeddings;

    private static double Stretch(ModelConfig config) => config.RopeScalingFactor ?? config.MaxPositionEmbeddings / Original(config);

    // "NTK-aware" scaling that sets in beyond max_position_embeddings: the base grows so that the slowest pair is stretched
    // by as much as the context, the fastest not at all.
    private static double DynamicTheta(ModelConfig config, int rotated, int context)
    {
        var (factor, longest) = (Stretch(config), config.MaxPositionEmbeddings);
        var ratio = (double)Math.Max(context, longest) / longest;
        return config.RopeTheta * Math.Pow((factor * ratio) - (factor - 1), rotated / (rotated - 2.0));
    }

    // arXiv 2309.00071, §3.2: fast pairs keep their frequency, slow ones are stretched, with a ramp between the pair that
    // turns β_fast times within the original context and the one that turns β_slow times.
    private static double[] Yarn(ModelConfig config, double[] plain)
    {
        var rotated = 2 * plain.Length;
        var (low, high) = (Pair(BetaFast(config)), Pair(BetaSlow(config)));
        if (config.RopeTruncate) (low, high) = (Math.Floor(low), Math.Ceiling(high));
        (low, high) = (Math.Max(low, 0), Math.Min(high, rotated - 1));
        if (low == high) high += 0.001;
        return [.. plain.Select((f, i) =>
        {
            var stretched = Math.Clamp((i - low) / (high - low), 0, 1);
            return (f / Stretch(config) * stretched) + (f * (1 - stretched));
        })];

        // The pair, not a whole one, that makes so many turns.
        double Pair(double turns) => rotated * Math.Log(Original(config) / (turns * 2 * Math.PI)) / (2 * Math.Log(config.RopeTheta));
    }

    // arXiv 2402.13753: searched divisors, one list within the original context and one beyond it. Which is taken depends
    // on the context that is asked for and not on the text, so that a text means the same however it is cut into passes.
    private static double[] LongRope(ModelConfig config, double[] plain, int context) =>
        Divide(plain, context > Original(config) ? config.RopeLongFactors : config.RopeFactors);

    // Llama 3.1: wavelengths longer than the original context / low are stretched, shorter than it / high kept, with a
    // blend between (github.com/meta-llama/llama-models).
    private static double Llama3(ModelConfig config, double frequency)
    {
        double low = config.RopeLowFreqFactor!.Value, high = config.RopeHighFreqFactor!.Value;
        var turns = Original(config) * frequency / (2 * Math.PI);
        var kept = Math.Clamp((turns - low) / (high - low), 0, 1);
        return (frequency / Stretch(config) * (1 - kept)) + (frequency * kept);
    }

    private static double[] Divide(double[] plain, IReadOnlyList<float>? divisors) => divisors?.Count == plain.Length
        ? [.. plain.Select((f, i) => f / divisors[i])]
        : throw new BantamException("BT2106", $"{divisors?.Count ?? 0} rope factors do not fit the {plain.Length} rotated pairs of a head");
}
