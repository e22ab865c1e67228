using Bantam.Models;

namespace Bantam.Checkpoints;

/// <summary>
/// Llama 3.1's scaling as a divisor for the frequency of each pair, the form in which GGUF files carry it: 1 for wavelengths
/// below original/high, the factor for those above original/low, and between the two the mean of the frequencies, weighted
/// by where original/wavelength lies between low and high.
/// </summary>
internal static class Llama3Factors
{
    // How far single precision and other orders of arithmetic lie apart.
    private const double Tolerance = 1e-5;

    /// <summary>One divisor for each rotated pair, computed in double precision.</summary>
    public static float[] Of(ModelConfig config) => [.. Enumerable.Range(0, config.RotaryDim / 2).Select(i => (float)Factor(config, i))];

    /// <summary>
    /// The configuration with the parameters that give its table again, or null where none are found. The released models
    /// have low 1 and high 4, and an original context that is a power of two.
    /// </summary>
    public static ModelConfig? Recover(ModelConfig config)
    {
        var table = config.RopeFactors!;
        int[] named = config.OriginalMaxPositionEmbeddings is { } given ? [given] : [8192, .. Enumerable.Range(2, 23).Select(i => 1 << i)];
        return named
            .Select(original => config with
            {
                RopeScaling = "llama3",
                RopeScalingFactor = table.Max(),
                RopeLowFreqFactor = 1,
                RopeHighFreqFactor = 4,
                OriginalMaxPositionEmbeddings = original,
                RopeFactors = null,
            })
            .FirstOrDefault(c => Enumerable.Range(0, table.Count).All(i => Math.Abs(Factor(c, i) - table[i]) <= Tolerance * table[i]));
    }

    private static double Factor(ModelConfig config, int pair)
    {
        double factor = config.RopeScalingFactor!.Value, low = config.RopeLowFreqFactor!.Value, high = config.RopeHighFreqFactor!.Value;
        var wavelength = 2 * Math.PI * Math.Pow(config.RopeTheta, 2.0 * pair / config.RotaryDim);
        var turns = config.OriginalMaxPositionEmbeddings!.Value / wavelength;
        if (turns > high) return 1;
        if (turns < low) return factor;
        var share = (turns - low) / (high - low);
        return 1 / (((1 - share) / factor) + share);
    }
}
