using System.Runtime.CompilerServices;
using Bantam.Execution;
using Bantam.Models;

namespace Bantam.Sizing;

/// <summary>
/// The activations of a pass at its widest moment, by the engine's own order of things: what is alive together in a
/// block's attention, in its feed-forward network, and at the head. Inference frees a block's activations when it is
/// done, so one block counts. Exact for the Llama forward up to the rounding of every tensor to 64 bytes and the
/// format-dependent rounded activations, which are counted at their largest.
/// </summary>
internal static class ScratchPlan
{
    // Q8_0, the larger of the two activation partners: 34 bytes for 32 elements.
    private const double RoundedBytes = 34.0 / 32;

    // At most so many tensors are alive at a time, each rounded up to the alignment of the arena.
    private const int MostTensors = 16;
    private const int Alignment = 64;

    /// <summary>Bytes for a pass of <paramref name="chunk"/> rows, the last of which wants logits.</summary>
    public static long Bytes(ModelConfig c, int chunk, int context, int threads)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(chunk);
        var (t, hidden) = ((double)chunk, (double)c.HiddenSize);
        var (q, kv) = ((double)c.NumAttentionHeads * c.HeadDim, (double)c.NumKeyValueHeads * c.HeadDim);
        var sparse = Enumerable.Range(0, c.NumHiddenLayers).Count(c.IsSparseLayer);
        var inner = Math.Max(
            sparse < c.NumHiddenLayers ? c.IntermediateSize : 0,
            sparse > 0 ? (double)c.NumExpertsPerToken * c.MoeIntermediateSize : 0);

        // Alive throughout: the rows, the table of rotations, the residual stream.
        var always = t * (Unsafe.SizeOf<Row>() + (4 * c.HeadDim) + (4 * hidden));
        // Norm, q, k, v, the mix of values, then either the rows of scores and the address table or the output and its sum.
        var attention = (4 * t * (hidden + q + q + kv + kv))
            + Math.Max((4.0 * threads * context) + (24 * t * c.NumAttentionHeads), (4 * t * hidden) + Math.Max(4 * t * hidden, t * q * RoundedBytes));
        // The sum after attention, norm, gate, up and their product, then the output and its sum.
        var feedForward = (4 * t * (hidden + hidden + (3 * inner))) + (4 * t * hidden) + Math.Max(4 * t * hidden, t * inner * RoundedBytes);
        // One row goes to the head.
        var head = (4 * hidden) + (4.0 * c.VocabSize) + (hidden * RoundedBytes);
        return checked((long)(always + Math.Max(Math.Max(attention, feedForward), head))) + (MostTensors * Alignment);
    }
}
