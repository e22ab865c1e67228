using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Bantam.Kernels;

/// <summary>
/// Attention over pages of keys and values with a softmax that goes along (docs/numerics.md). Positions fall into
/// partitions of <see cref="PartitionSize"/> by their absolute place. Within one, scores, their largest, exponentials,
/// their sum and the weighted sum of values are computed from the beginning; partitions are merged in ascending order.
/// So a row's numbers depend neither on the rows beside it nor on how a text was cut, and partitions may be computed anywhere.
/// </summary>
internal static unsafe class AttentionKernel<TWidth, TVector>
    where TWidth : struct, IWidth<TVector>
    where TVector : struct
{
    private const int PageSize = AttentionKernel.PageSize;
    private const int PartitionSize = AttentionKernel.PartitionSize;
    private const int BlockRows = 4;

    /// <summary>Computes items [<paramref name="from"/>, <paramref name="to"/>) of <paramref name="context"/>, an <see cref="AttentionWork"/>.</summary>
    public static void Run(void* context, int part, long from, long to)
    {
        var work = (AttentionWork*)context;
        var scratch = new AttentionScratch(work, part);
        for (var i = from; i < to; i++) Item(work, work->Items + i, scratch);
    }

    private static void Item(AttentionWork* work, AttentionItem* item, AttentionScratch s)
    {
        for (var t = 0; t < item->Tokens; t++)
            for (var h = 0; h < work->Group; h++)
                Copy(item->Queries + (t * work->RowStride) + (h * work->HeadDim), s.Queries + (((t * work->Group) + h) * s.Width), work->HeadDim);
        var rows = item->Tokens * work->Group;
        new Span<float>(s.Results, rows * s.Width).Clear();
        new Span<float>(s.Sums, rows).Clear();
        new Span<float>(s.Maxima, rows).Fill(float.NegativeInfinity);

        var last = (item->Position + item->Tokens - 1) / PartitionSize;
        for (var partition = work->First(item->Position) / PartitionSize; partition <= last; partition++)
        {
            Partition(work, item, s, partition, partition == last);
            Merge(work, item, s, partition);
        }

        for (var r = 0; r < rows; r++)
        {
            var y = s.Results + (r * s.Width);
            Scale(y, 1 / s.Sums[r], s.Width);
            Copy(y, item->Results + (r / work->Group * work->RowStride) + (r % work->Group * work->HeadDim), work->HeadDim);
        }
    }

    // One partition for all rows of an item: its maxima, sums and weighted values, as if there were no other.
    private static void Partition(AttentionWork* work, AttentionItem* item, AttentionScratch s, int partition, bool isLast)
    {
        var rows = item->Tokens * work->Group;
        var first = Range(work, item, partition, 0).From / PageSize * PageSize;
        var end = Range(work, item, partition, item->Tokens - 1).To;
        var page = (partition * (PartitionSize / PageSize)) - item->FirstPage;
        byte** keys = item->Keys + page, values = item->Values + page;
        for (var slot = first; slot < end; slot += PageSize)
        {
            work->Keys.Keys(keys[slot / PageSize], Math.Min(PageSize, end - slot), work->HeadDim, s.Rows, s.Panel);
            var next = slot + PageSize < end ? keys[(slot / PageSize) + 1] : values[first / PageSize];
            Score(work, item, s, partition, slot, new Ahead(next, PageSize * work->Keys.Bytes, (rows + 3) / 4 * work->HeadDim));
        }
        for (var t = 0; t < item->Tokens; t++)
        {
            var (a, b) = Range(work, item, partition, t);
            for (var r = t * work->Group; r < (t + 1) * work->Group; r++)
            {
                s.PartialMaxima[r] = float.NegativeInfinity;
                s.PartialSums[r] = 0;
                if (a < b) Exponentials(work, s, r, a, b);
            }
        }
        new Span<float>(s.Partial, rows * s.Width).Clear();
        for (var slot = first; slot < end; slot += PageSize)
        {
            var panel = work->Values.Values(values[slot / PageSize], Math.Min(PageSize, end - slot), work->HeadDim, s.Panel);
            var next = slot + PageSize < end ? values[(slot / PageSize) + 1] : isLast ? values[slot / PageSize] : keys[(slot / PageSize) + 1];
            var ahead = new Ahead(next, PageSize * work->Values.Bytes, (rows + 3) / 4 * PageSize);
            for (var r = 0; r < rows; r += BlockRows) Weigh(work, item, s, partition, r, Math.Min(BlockRows, rows - r), slot, panel, ref ahead);
        }
    }

    // The positions of the partition that a token sees, counted from its beginning; none where the first is not below the second.
    private static (int From, int To) Range(AttentionWork* work, AttentionItem* item, int partition, int token)
    {
        var position = item->Position + token;
        var start = partition * PartitionSize;
        return (Math.Max(work->First(position) - start, 0), Math.Min(position + 1 - start, PartitionSize));
    }

    // Queries times the keys of the page at slot, for blocks of rows of which one sees some of it.
    private static void Score(AttentionWork* work, AttentionItem* item, AttentionScratch s, int partition, int slot, Ahead ahead)
    {
        var rows = item->Tokens * work->Group;
        for (var r = 0; r < rows; r += BlockRows)
        {
            var block = Math.Min(BlockRows, rows - r);
            if (Range(work, item, partition, r / work->Group).From >= slot + PageSize) continue;
            if (Range(work, item, partition, (r + block - 1) / work->Group).To <= slot) continue;
            AttentionBlocks<TWidth, TVector>.Multiply(
                s.Queries + (r * s.Width), s.Width, block, s.Panel, PageSize, work->HeadDim,
                s.Scores + (r * AttentionScratch.ScoreStride) + slot, AttentionScratch.ScoreStride, PageSize, onto: false, ref ahead);
        }
    }

    // A row's scores to exponentials, in place, with their largest and their sum; what lies around them in their registers becomes 0.
    private static void Exponentials(AttentionWork* work, AttentionScratch s, int row, int from, int to)
    {
        var x = s.Scores + (row * AttentionScratch.ScoreStride);
        var (a, b) = (from / Lanes.Count * Lanes.Count, Lanes.Up(to));
        Scale(x + a, work->Scale, b - a);
        if (work->SoftCap > 0) Tanh.Cap(x + a, b - a, work->SoftCap);
        for (var j = a; j < from; j++) x[j] = float.NegativeInfinity;
        for (var j = to; j < b; j++) x[j] = float.NegativeInfinity;

        var most = TWidth.Load(x + a);
        for (var j = a + TWidth.Count; j < b; j += TWidth.Count) most = TWidth.Max(most, TWidth.Load(x + j));
        var max = TWidth.Largest(most);
        s.PartialMaxima[row] = max;

        var origin = TWidth.Create(max == float.NegativeInfinity ? 0 : max);
        TVector sum0 = default, sum1 = default, sum2 = default, sum3 = default;
        for (var j = a; j < b; j += Lanes.Count)
        {
            sum0 = TWidth.Add(sum0, Exponential(x + j, origin));
            if (TWidth.Count <= 8) sum1 = TWidth.Add(sum1, Exponential(x + j + TWidth.Count, origin));
            if (TWidth.Count <= 4) sum2 = TWidth.Add(sum2, Exponential(x + j + (2 * TWidth.Count), origin));
            if (TWidth.Count <= 4) sum3 = TWidth.Add(sum3, Exponential(x + j + (3 * TWidth.Count), origin));
            if (TWidth.Count == 1)
                for (var i = 4; i < Lanes.Count; i++) _ = Exponential(x + j + i, origin);
        }
        s.PartialSums[row] = TWidth.Count == 1 ? Lanes.Sum(x + a, b - a) : TWidth.Fold(sum0, sum1, sum2, sum3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Exponential(float* x, TVector origin)
    {
        var y = Exp.Of<TWidth, TVector>(TWidth.Subtract(TWidth.Load(x), origin));
        TWidth.Store(y, x);
        return y;
    }

    // Exponentials times the values of the page at slot. The rows of a block see nearly the same positions: all that they
    // share is added up together, and what only some see, before and behind it, row by row. Positions that a row does not
    // see are not even multiplied by 0: they may be infinite.
    private static void Weigh(AttentionWork* work, AttentionItem* item, AttentionScratch s, int partition, int row, int rows, int slot, float* panel, ref Ahead ahead)
    {
        int first = row / work->Group, last = (row + rows - 1) / work->Group;
        var from = Range(work, item, partition, last).From;
        var to = Math.Max(Range(work, item, partition, first).To, from);
        if (first == last)
        {
            Add(s, row, rows, from, to, slot, panel, ref ahead);
            return;
        }
        for (var r = row; r < row + rows; r++)
        {
            var (a, b) = Range(work, item, partition, r / work->Group);
            Add(s, r, 1, a, Math.Min(b, from), slot, panel, ref ahead);
        }
        Add(s, row, rows, from, to, slot, panel, ref ahead);
        for (var r = row; r < row + rows; r++)
        {
            var (a, b) = Range(work, item, partition, r / work->Group);
            Add(s, r, 1, Math.Max(a, to), b, slot, panel, ref ahead);
        }
    }

    // Positions [from, to), as far as they lie in the page at slot.
    private static void Add(AttentionScratch s, int row, int rows, int from, int to, int slot, float* panel, ref Ahead ahead)
    {
        (from, to) = (Math.Max(from, slot), Math.Min(to, slot + PageSize));
        if (from >= to) return;
        AttentionBlocks<TWidth, TVector>.Multiply(
            s.Scores + (row * AttentionScratch.ScoreStride) + from, AttentionScratch.ScoreStride, rows, panel + ((from - slot) * s.Width), s.Width, to - from,
            s.Partial + (row * s.Width), s.Width, s.Width, onto: true, ref ahead);
    }

    // The next partition joins the rows that see some of it: both sides are brought to the larger of their origins.
    private static void Merge(AttentionWork* work, AttentionItem* item, AttentionScratch s, int partition)
    {
        for (var r = 0; r < item->Tokens * work->Group; r += TWidth.Count)
        {
            var (before, joins) = (TWidth.Load(s.Maxima + r), TWidth.Load(s.PartialMaxima + r));
            var max = TWidth.Max(before, joins);
            var origin = TWidth.WhereLess(TWidth.Create(float.NegativeInfinity), max, max, TWidth.Create(0));
            before = Exp.Of<TWidth, TVector>(TWidth.Subtract(before, origin));
            joins = Exp.Of<TWidth, TVector>(TWidth.Subtract(joins, origin));
            TWidth.Store(max, s.Maxima + r);
            TWidth.Store(TWidth.MultiplyAdd(TWidth.Load(s.PartialSums + r), joins, TWidth.Multiply(TWidth.Load(s.Sums + r), before)), s.Sums + r);
            TWidth.Store(before, s.Before + r);
            TWidth.Store(joins, s.Joins + r);
        }
        for (var t = 0; t < item->Tokens; t++)
        {
            var (a, b) = Range(work, item, partition, t);
            if (a >= b) continue;
            for (var r = t * work->Group; r < (t + 1) * work->Group; r++)
            {
                float* y = s.Results + (r * s.Width), x = s.Partial + (r * s.Width);
                var (before, joins) = (TWidth.Create(s.Before[r]), TWidth.Create(s.Joins[r]));
                for (var d = 0; d < s.Width; d += TWidth.Count)
                    TWidth.Store(TWidth.MultiplyAdd(TWidth.Load(x + d), joins, TWidth.Multiply(TWidth.Load(y + d), before)), y + d);
            }
        }
    }

    private static void Scale(float* x, float factor, int n)
    {
        var each = TWidth.Create(factor);
        for (var j = 0; j < n; j += TWidth.Count) TWidth.Store(TWidth.Multiply(TWidth.Load(x + j), each), x + j);
    }

    private static void Copy(float* from, float* to, int n) => new ReadOnlySpan<float>(from, n).CopyTo(new Span<float>(to, n));
}

/// <summary>What the kernel of every width agrees on.</summary>
internal static unsafe class AttentionKernel
{
    /// <summary>Positions in a page.</summary>
    public const int PageSize = 64;

    /// <summary>Positions in a partition: a part of the numeric contract.</summary>
    public const int PartitionSize = 256;

    /// <summary>Most rows of an item, unless one token's heads are more.</summary>
    public const int MostRows = 64;

    /// <summary>The kernel for this machine.</summary>
    public static delegate*<void*, int, long, long, void> Run =>
        Vector512.IsHardwareAccelerated ? &AttentionKernel<Width512, Vector512<float>>.Run
        : Vector256.IsHardwareAccelerated ? &AttentionKernel<Width256, Vector256<float>>.Run
        : Vector128.IsHardwareAccelerated ? &AttentionKernel<Width128, Vector128<float>>.Run
        : &AttentionKernel<Width32, float>.Run;
}

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
        Partial = Queries + (rows * Width);
        Results = Partial + (rows * Width);
        Scores = Results + (rows * Width);
        Maxima = Scores + (rows * ScoreStride);
        Sums = Maxima + rows;
        PartialMaxima = Sums + rows;
        PartialSums = PartialMaxima + rows;
        Before = PartialSums + rows;
        Joins = Before + rows;
    }

    /// <summary>D rounded up to whole registers.</summary>
    public int Width { get; }

    /// <summary>A page as floats, [D, 64] or [64, D].</summary>
    public float* Panel { get; }

    /// <summary>Sixteen keys as floats.</summary>
    public float* Rows { get; }

    /// <summary>Queries, [rows, D].</summary>
    public float* Queries { get; }

    /// <summary>Weighted values of a partition, [rows, D].</summary>
    public float* Partial { get; }

    /// <summary>The same of all partitions so far.</summary>
    public float* Results { get; }

    /// <summary>Scores, then exponentials.</summary>
    public float* Scores { get; }

    /// <summary>Per row, the largest score so far.</summary>
    public float* Maxima { get; }

    /// <summary>Per row, the sum of exponentials so far.</summary>
    public float* Sums { get; }

    /// <summary>The largest score in the partition.</summary>
    public float* PartialMaxima { get; }

    /// <summary>The sum of exponentials in the partition.</summary>
    public float* PartialSums { get; }

    /// <summary>What a merge multiplies the partitions so far with.</summary>
    public float* Before { get; }

    /// <summary>What it multiplies the new partition with.</summary>
    public float* Joins { get; }

    /// <summary>Floats that a thread needs.</summary>
    public static long Floats(int rows, int headDim)
    {
        long width = Lanes.Up(headDim), height = Lanes.Up(rows);
        return ((AttentionKernel.PageSize + Lanes.Count) * width) + (height * ((3 * width) + ScoreStride + 6));
    }
}
