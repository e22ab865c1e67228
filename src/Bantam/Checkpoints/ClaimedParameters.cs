using Bantam.Models;

namespace Bantam.Checkpoints;

/// <summary>
/// How many parameters a configuration may claim beside files of some length. No format has as little as a bit per
/// parameter; a claim beyond that would only make readers allocate.
/// </summary>
internal static class ClaimedParameters
{
    /// <summary>The most parameters that so many bytes can hold.</summary>
    public static decimal Most(long fileBytes) => 8m * fileBytes;

    /// <summary>Whether the configuration has more; stops counting there.</summary>
    public static bool Exceed(ModelConfig config, long fileBytes)
    {
        decimal parameters = 0;
        foreach (var tensor in Architectures.Of(config).Layout(config))
            if ((parameters += tensor.Shape.Count) > Most(fileBytes)) return true;
        return false;
    }
}
