using Bantam.Models;
using Bantam.Ops;

namespace Bantam.Checkpoints;

/// <summary>
/// The rows of q_proj and k_proj stand in the order of the pairs that rotate together. Between the two conventions only
/// whole rows trade places, head by head, so the change is exact in every storage format.
/// </summary>
internal static class RopeRows
{
    /// <summary>
    /// For tensor <paramref name="path"/> of a checkpoint paired as <paramref name="from"/>: which of its rows becomes row r
    /// of one paired as <paramref name="to"/>; null when all rows stay.
    /// </summary>
    public static Func<long, long>? Map(string path, ModelConfig config, RopePairing from, RopePairing to)
    {
        if (from == to || !(path.EndsWith("q_proj.weight", StringComparison.Ordinal) || path.EndsWith("k_proj.weight", StringComparison.Ordinal)))
            return null;
        var (d, half) = (config.HeadDim, config.HeadDim / 2);
        return to == RopePairing.Halves
            // Row i of the first half was element 2i, row i of the second half element 2i + 1.
            ? row => row - (row % d) + (2 * (row % d % half)) + (row % d / half)
            : row => row - (row % d) + (row % d / 2) + (row % d % 2 * half);
    }
}
