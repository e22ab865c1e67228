namespace Bantam.Kernels;

/// <summary>
/// Some consecutive tokens of a sequence and the query heads that share one head of keys and values: all rows that meet a
/// page while it is near.
/// </summary>
internal unsafe struct AttentionItem
{
    /// <summary>The queries of the first token and the first head of the group; heads lie side by side, tokens <see cref="AttentionWork.RowStride"/> apart.</summary>
    public float* Queries;

    /// <summary>Where the results go, laid out as the queries.</summary>
    public float* Results;

    /// <summary>The numbers of the sequence's pages, by their place in the text.</summary>
    public int* Pages;

    /// <summary>The keys of page number 0; those of the next follow.</summary>
    public byte* Keys;

    /// <summary>The values of page number 0.</summary>
    public byte* Values;

    /// <summary>Position of the first token.</summary>
    public int Position;

    /// <summary>How many tokens.</summary>
    public int Tokens;

    /// <summary>The partition that the last token is in.</summary>
    public readonly int LastPartition => (Position + Tokens - 1) / AttentionKernel.PartitionSize;
}

/// <summary>What all items of a layer's attention share; workers see only this plain memory.</summary>
internal unsafe struct AttentionWork
{
    /// <summary>The items.</summary>
    public AttentionItem* Items;

    /// <summary>Floats from one token's queries to the next's.</summary>
    public long RowStride;

    /// <summary>Query heads to a head of keys and values.</summary>
    public int Group;

    /// <summary>Width of a head, D.</summary>
    public int HeadDim;

    /// <summary>Positions that a token sees, itself included; 0 for all.</summary>
    public int Window;

    /// <summary>Factor on the scores.</summary>
    public float Scale;

    /// <summary>Bound of the tanh on the scores; 0 for none.</summary>
    public float SoftCap;

    /// <summary>How keys are read.</summary>
    public AttentionFormat Keys;

    /// <summary>How values are read.</summary>
    public AttentionFormat Values;

    /// <summary>Most rows that an item has.</summary>
    public int MostRows;

    /// <summary>Scratch memory, <see cref="ScratchFloats"/> for each thread.</summary>
    public float* Scratch;

    /// <summary>Floats of scratch memory of a thread, see <see cref="AttentionScratch.Floats"/>.</summary>
    public long ScratchFloats;

    /// <summary>How many partitions every item is cut into where they are computed apart.</summary>
    public int Partitions;

    /// <summary>Then the results of each, item by item, <see cref="PartialFloats"/> apart.</summary>
    public float* Partials;

    /// <summary>Floats of the results of an item's partition.</summary>
    public readonly long PartialFloats => AttentionPartial.Floats(MostRows, HeadDim);

    /// <summary>The first position that a row at <paramref name="position"/> sees.</summary>
    public readonly int First(int position) => Window > 0 ? Math.Max(0, position - Window + 1) : 0;
}
