namespace Bantam.Kernels;

/// <summary>A thread's scratch memory.</summary>
internal readonly unsafe struct AttentionScratch
{
    /// <summary>Floats from one row of scores to the next; not a power of two, so that rows do not share a cache's sets.</summary>
    public const int ScoreStride = AttentionKernel.PartitionSize + Lanes.Count;

    public AttentionScratch(AttentionWork* work, int part)
    {
        var rows = Lanes.Up(work->MostRows);
        Width = Lanes.Up(work->HeadDim);
        Panel = work->Scratch + (part * work->ScratchFloats);
        Rows = Panel + (AttentionKernel.PageSize * Width);
        Queries = Rows + (Lanes.Count * Width);
        Results = Queries + (rows * Width);
        Scores = Results + (rows * Width);
        Maxima = Scores + (rows * ScoreStride);
        Sums = Maxima + rows;
        Before = Sums + rows;
        Joins = Before + rows;
        Partial = new AttentionPartial(work, Joins + rows);
    }

    /// <summary>D rounded up to whole registers.</summary>
    public int Width { get; }

    /// <summary>A page as floats, [D, 64] or [64, D].</summary>
    public float* Panel { get; }

    /// <summary>Sixteen keys as floats.</summary>
    public float* Rows { get; }

    /// <summary>Queries, [rows, D].</summary>
    public float* Queries { get; }

    /// <summary>Weighted values of all partitions so far, [rows, D].</summary>
    public float* Results { get; }

    /// <summary>Scores, then exponentials.</summary>
    public float* Scores { get; }

    /// <summary>Per row, the largest score so far.</summary>
    public float* Maxima { get; }

    /// <summary>Per row, the sum of exponentials so far.</summary>
    public float* Sums { get; }

    /// <summary>What a merge multiplies the partitions so far with.</summary>
    public float* Before { get; }

    /// <summary>What it multiplies the new partition with.</summary>
    public float* Joins { get; }

    /// <summary>Results of a partition.</summary>
    public AttentionPartial Partial { get; }

    /// <summary>Floats that a thread needs.</summary>
    public static long Floats(int rows, int headDim)
    {
        long width = Lanes.Up(headDim), height = Lanes.Up(rows);
        return ((AttentionKernel.PageSize + Lanes.Count) * width) + (height * ((2 * width) + ScoreStride + 4)) + AttentionPartial.Floats(rows, headDim);
    }
}

/// <summary>What a partition comes to, for all rows of an item.</summary>
internal readonly unsafe struct AttentionPartial(AttentionWork* work, float* memory)
{
    /// <summary>Per row, its largest score, −∞ where it sees nothing.</summary>
    public float* Maxima { get; } = memory;

    /// <summary>Per row, its sum of exponentials.</summary>
    public float* Sums { get; } = memory + Lanes.Up(work->MostRows);

    /// <summary>Values weighted by exponentials, [rows, D rounded up to whole registers].</summary>
    public float* Values { get; } = memory + (2 * Lanes.Up(work->MostRows));

    /// <summary>Floats that it takes.</summary>
    public static long Floats(int rows, int headDim) => (2 * Lanes.Up(rows)) + ((long)Lanes.Up(rows * Lanes.Up(headDim)));
}
