using Bantam.Models;
using Bantam.Ops;

namespace Bantam.Checkpoints;

/// <summary>
/// The rows of q_proj and k_proj stand in the order of the pairs that rotate together. Between the two conventions only
/// whole rows trade places, head by head, so the change is exact in every storage format. Biases follow their rows.
/// </summary>
internal static class RopeRows
{
    private static readonly string[] Rotated = ["q_proj.weight", "k_proj.weight", "q_proj.bias", "k_proj.bias"];

    /// <summary>
    /// For tensor <paramref name="path"/> of a checkpoint paired as <paramref name="from"/>: which of its rows (of a vector:
    /// elements) becomes row r of one paired as <paramref name="to"/>; null when all rows stay.
    /// </summary>
    public static Func<long, long>? Map(string path, ModelConfig config, RopePairing from, RopePairing to)
    {
        if (from == to || !Array.Exists(Rotated, end => path.EndsWith(end, StringComparison.Ordinal))) return null;
        // The elements behind those that rotate stay where they are.
        var (d, rotary, half) = (config.HeadDim, config.RotaryDim, config.RotaryDim / 2);
        return to == RopePairing.Halves
            // Row i of the first half was element 2i, row i of the second half element 2i + 1.
            ? row => row % d >= rotary ? row : row - (row % d) + (2 * (row % d % half)) + (row % d / half)
            : row => row % d >= rotary ? row : row - (row % d) + (row % d / 2) + (row % d % 2 * half);
    }
}
