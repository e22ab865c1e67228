using System.Runtime.CompilerServices;
using Bantam.Execution;
using Bantam.Kernels;
using Bantam.Kernels.Quant;
using Bantam.Models;
using Bantam.Tensors;

namespace Bantam.Sizing;

/// <summary>
/// The activations of a pass at its widest moment, by the engine's own order of things: what is alive together in a
/// block's attention, in its feed-forward network, and at the head. Inference frees a block's activations when it is
/// done, so one block counts. Exact for a format up to the rounding of every tensor to 64 bytes; without one, prepared
/// activations and panels are counted at their largest; for mixtures an upper bound: as if all rows chose one expert.
/// </summary>
internal static class ScratchPlan
{
    // At most so many tensors are alive at a time, each rounded up to the alignment of the arena.
    private const int MostTensors = 16;
    private const int Alignment = 64;

    /// <summary>Bytes for a pass of <paramref name="chunk"/> rows, the last of which wants logits; weights in <paramref name="format"/>, or in the one that takes most.</summary>
    public static long Bytes(ModelConfig c, int chunk, int context, int threads, DType? format = null)
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
        // either the memory of the attention kernel or the output and its norm where there is one; the sum with the residual
        // stream takes that one's place.
        var projected = (q + kv + kv) * (c.FusedQkv ? 2 : 1) + (c.QkNorm ? q + kv : 0);
        var outputs = c.PostNorms ? 4 * t * hidden : 0;
        var attention = (4 * t * (hidden + projected + q))
            + Math.Max(AttentionPlan.Bytes(chunk, c.NumKeyValueHeads, c.NumAttentionHeads / c.NumKeyValueHeads, c.HeadDim, context, threads), (4 * t * hidden) + Math.Max(outputs, Product(q, hidden, t)));
        attention = Math.Max(attention, (4 * t * (hidden + projected)) + Product(hidden, kv, t));
        // Norm and output, what is inside the network, and the norm of the output where there is one.
        var feedForward = (4 * t * (hidden + hidden)) + Math.Max(isDense ? Dense() : 0, isSparse ? Sparse() : 0);
        // One row goes to the head.
        var head = (4 * hidden) + (4.0 * c.VocabSize) + Product(hidden, c.VocabSize, 1);
        return checked((long)(always + Math.Max(Math.Max(attention, feedForward), head))) + (MostTensors * Alignment);

        // Gate, whose place the product of both takes, and up, or their copies too where they are stacked; GPT-2 has one and
        // what becomes of it. Then the inner row prepared for the output, or the norm of that.
        double Dense()
        {
            var inner = (double)c.IntermediateSize * (c.FusedGateUp ? 4 : 2);
            return (4 * t * inner) + Inner(c.IntermediateSize);
        }

        // The router's logits and choices, the sum, and one expert with its rows.
        double Sparse() =>
            (4 * t * (c.NumExperts + (2 * c.NumExpertsPerToken) + (2 * hidden) + (2.0 * c.MoeIntermediateSize))) + Inner(c.MoeIntermediateSize);

        double Inner(int width) => Math.Max(c.PostNorms ? 4 * t * hidden : 0, Product(width, hidden, t));

        double Product(double k, double n, double t) => format is { } one ? Matrix(BlockFormats.Of(one), k, n, t) : BlockFormats.All.Max(f => Matrix(f, k, n, t));

        double Matrix(BlockFormat f, double k, double n, double t) =>
            k % f.DType.BlockSize != 0 ? 0 : f.PreparedBytes((long)k, (long)n, (long)t) + (threads * (double)f.ScratchBytes((long)k, (long)n, (long)t));
    }
}
