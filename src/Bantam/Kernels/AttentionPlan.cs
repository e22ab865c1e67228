namespace Bantam.Kernels;

/// <summary>How attention is cut into items, and what memory that takes. No number depends on it.</summary>
internal static class AttentionPlan
{
    // A tile of so many rows, tokens times heads, pays for making floats of keys and values, and its scores stay near.
    private const int TileRows = 64;

    // So many items for each thread, for all to end together.
    private const int Share = 4;

    /// <summary>Tokens of a tile: fewer where there would be too few tiles.</summary>
    public static int Tokens(int rows, int kvHeads, int group, int threads) =>
        (int)Math.Max(1, Math.Min(TileRows / group, (long)rows * kvHeads / (Share * threads)));

    /// <summary>
    /// How many partitions items are cut into: one where there are enough of them, or where they hold several tokens and the
    /// partitions' results would take much room.
    /// </summary>
    public static int Partitions(int items, int tokens, int longest, int threads) =>
        tokens == 1 && threads > 1 && items < Share * threads ? (longest + AttentionKernel.PartitionSize - 1) / AttentionKernel.PartitionSize : 1;

    /// <summary>Most bytes of a pass over <paramref name="rows"/> rows, the longest text being <paramref name="longest"/>.</summary>
    public static unsafe double Bytes(int rows, int kvHeads, int group, int headDim, int longest, int threads)
    {
        var tokens = Tokens(rows, kvHeads, group, threads);
        var items = (double)rows * kvHeads;
        var partitions = Partitions((int)Math.Min(items, int.MaxValue), tokens, longest, threads);
        return (items * sizeof(AttentionItem))
            + (4.0 * longest / AttentionKernel.PageSize)
            + (4.0 * threads * AttentionScratch.Floats(tokens * group, headDim))
            + (partitions == 1 ? 0 : 4 * items * partitions * AttentionPartial.Floats(tokens * group, headDim));
    }
}
