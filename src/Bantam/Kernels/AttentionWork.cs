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

    /// <summary>Pages of keys from <see cref="FirstPage"/> on.</summary>
    public byte** Keys;

    /// <summary>Pages of values from <see cref="FirstPage"/> on.</summary>
    public byte** Values;

    /// <summary>The page that the tables begin with.</summary>
    public int FirstPage;

    /// <summary>Position of the first token.</summary>
    public int Position;

    /// <summary>How many tokens.</summary>
    public int Tokens;
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

    /// <summary>Floats of scratch memory of a thread.</summary>
    public long ScratchFloats;

    /// <summary>The first position that a row at <paramref name="position"/> sees.</summary>
    public readonly int First(int position) => Window > 0 ? Math.Max(0, position - Window + 1) : 0;
}
