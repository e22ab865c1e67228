using System.Runtime.CompilerServices;
using Bantam.Execution;
using Bantam.Models;

namespace Bantam.Sizing;

/// <summary>
/// The activations of a pass at its widest moment, by the engine's own order of things: what is alive together in a
/// block's attention, in its feed-forward network, and at the head. Inference frees a block's activations when it is
/// done, so one block counts. Exact up to the rounding of every tensor to 64 bytes and the format-dependent rounded
/// activations, which are counted at their largest, and for mixtures an upper bound: as if all rows chose one expert.
/// </summary>
internal static class ScratchPlan
{
    // Q8_K, the largest of the activation partners: 292 bytes for 256 elements.
    private const double RoundedBytes = 292.0 / 256;

    // At most so many tensors are alive at a time, each rounded up to the alignment of the arena.
    private const int MostTensors = 16;
    private const int Alignment = 64;

    /// <summary>Bytes for a pass of <paramref name="chunk"/> rows, the last of which wants logits.</summary>
    public static long Bytes(ModelConfig c, int chunk, int context, int threads)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(chunk);
        var (t, hidden) = ((double)chunk, (double)c.HiddenSize);
        var (q, kv) = ((double)c.NumAttentionHeads * c.HeadDim, (double)c.NumKeyValueHeads * c.HeadDim);
        var layers = Enumerable.Range(0, c.NumHiddenLayers).ToList();
        var isDense = !layers.TrueForAll(c.IsSparseLayer);
        var isSparse = layers.Exists(c.IsSparseLayer);

        // Alive throughout: the rows, the tables of rotations, the residual stream.
        var rotations = c.PartialRotaryFactor * c.HeadDim * (c.RopeLocalTheta is null ? 1 : 2);
        var always = t * (Unsafe.SizeOf<Row>() + (4 * rotations) + (4 * hidden));
        // Norm, q, k, v (copies of the stacked ones' parts; normalised q and k beside the plain), the mix of values, then
        // either the rows of scores and the address table or the output, its norm where there is one, and its sum.
        var projected = (q + kv + kv) * (c.FusedQkv ? 2 : 1) + (c.QkNorm ? q + kv : 0);
        var outputs = 4 * t * hidden * (c.PostNorms ? 2 : 1);
        var longest = layers.Max(i => Math.Min(context, c.WindowOfLayer(i) ?? context));
        var attention = (4 * t * (hidden + projected + q))
            + Math.Max((4.0 * threads * (longest + c.HeadDim)) + (t * ((24 * c.NumAttentionHeads) + (16.0 * KvPages.Entries(context) * c.NumKeyValueHeads))), (4 * t * hidden) + Math.Max(outputs, t * q * RoundedBytes));
        // The sum after attention, norm, then inside the network, then the output and its sum.
        var feedForward = (4 * t * (hidden + hidden)) + Math.Max(isDense ? Dense(c, t) : 0, isSparse ? Sparse(c, t) : 0) + (4 * t * hidden * (c.PostNorms ? 2 : 1));
        // One row goes to the head.
        var head = (4 * hidden) + (4.0 * c.VocabSize) + (hidden * RoundedBytes);
        return checked((long)(always + Math.Max(Math.Max(attention, feedForward), head))) + (MostTensors * Alignment);
    }

    // Gate, up and their product, the former two copied out of a stacked projection; GPT-2 has no gate. Then the output, or
    // the inner row rounded for it.
    private static double Dense(ModelConfig c, double t)
    {
        var inner = (double)c.IntermediateSize * (c.FusedGateUp ? 5 : c.Architecture == "gpt2" ? 2 : 3);
        return (4 * t * inner) + Inner(c, t, c.IntermediateSize);
    }

    // The router's logits and choices, the sum, and one expert with its rows.
    private static double Sparse(ModelConfig c, double t) =>
        (4 * t * (c.NumExperts + (2 * c.NumExpertsPerToken) + (2.0 * c.HiddenSize) + (3.0 * c.MoeIntermediateSize))) + Inner(c, t, c.MoeIntermediateSize);

    private static double Inner(ModelConfig c, double t, int width) => Math.Max(4 * t * c.HiddenSize, t * width * RoundedBytes);
}
