using System.Runtime.CompilerServices;

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
    public static void Items(void* context, int part, long from, long to)
    {
        var work = (AttentionWork*)context;
        var s = new AttentionScratch(work, part);
        for (var i = from; i < to; i++)
        {
            var item = work->Items + i;
            Begin(work, item, s);
            var last = item->LastPartition;
            for (var partition = work->First(item->Position) / PartitionSize; partition <= last; partition++)
            {
                Partition(work, item, s, s.Partial, partition, next: partition < last);
                Merge(work, item, s, s.Partial, partition);
            }
            End(work, item, s);
        }
    }

    /// <summary>Computes single partitions: number i belongs to item i / <see cref="AttentionWork.Partitions"/>. Then come <see cref="Joined"/>.</summary>
    public static void Partitions(void* context, int part, long from, long to)
    {
        var work = (AttentionWork*)context;
        var s = new AttentionScratch(work, part);
        for (var i = from; i < to; i++)
        {
            var item = work->Items + (i / work->Partitions);
            var partition = (int)(i % work->Partitions);
            if (partition < work->First(item->Position) / PartitionSize || partition > item->LastPartition) continue;
            Copy(work, item, s);
            Partition(work, item, s, new AttentionPartial(work, work->Partials + (i * work->PartialFloats)), partition, next: partition < item->LastPartition && i + 1 < to);
        }
    }

    /// <summary>Merges the partitions of items [<paramref name="from"/>, <paramref name="to"/>).</summary>
    public static void Joined(void* context, int part, long from, long to)
    {
        var work = (AttentionWork*)context;
        var s = new AttentionScratch(work, part);
        for (var i = from; i < to; i++)
        {
            var item = work->Items + i;
            Begin(work, item, s);
            for (var partition = work->First(item->Position) / PartitionSize; partition <= item->LastPartition; partition++)
                Merge(work, item, s, new AttentionPartial(work, work->Partials + (((i * work->Partitions) + partition) * work->PartialFloats)), partition);
            End(work, item, s);
        }
    }

    private static void Begin(AttentionWork* work, AttentionItem* item, AttentionScratch s)
    {
        Copy(work, item, s);
        var rows = item->Tokens * work->Group;
        new Span<float>(s.Results, rows * s.Width).Clear();
        new Span<float>(s.Sums, rows).Clear();
        new Span<float>(s.Maxima, rows).Fill(float.NegativeInfinity);
    }

    private static void Copy(AttentionWork* work, AttentionItem* item, AttentionScratch s)
    {
        for (var r = 0; r < item->Tokens * work->Group; r++)
            Copy(item->Queries + (r / work->Group * work->RowStride) + (r % work->Group * work->HeadDim), s.Queries + (r * s.Width), work->HeadDim);
    }

    private static void End(AttentionWork* work, AttentionItem* item, AttentionScratch s)
    {
        for (var r = 0; r < item->Tokens * work->Group; r++)
        {
            var y = s.Results + (r * s.Width);
            Scale(y, 1 / s.Sums[r], s.Width);
            Copy(y, item->Results + (r / work->Group * work->RowStride) + (r % work->Group * work->HeadDim), work->HeadDim);
        }
    }

    // One partition for all rows of an item: its maxima, sums and weighted values, as if there were no other. With next, the
    // one behind it comes after it.
    private static void Partition(AttentionWork* work, AttentionItem* item, AttentionScratch s, AttentionPartial result, int partition, bool next)
    {
        var rows = item->Tokens * work->Group;
        var first = Range(work, item, partition, 0).From / PageSize * PageSize;
        var end = Range(work, item, partition, item->Tokens - 1).To;
        var pages = item->Pages + (partition * (PartitionSize / PageSize));
        for (var slot = first; slot < end; slot += PageSize)
        {
            work->Keys.Keys(Keys(slot), Math.Min(PageSize, end - slot), work->HeadDim, s.Rows, s.Panel);
            var ahead = slot + PageSize < end ? Keys(slot + PageSize) : Values(first);
            Score(work, item, s, partition, slot, new Ahead(ahead, PageSize * work->Keys.Bytes, (rows + BlockRows - 1) / BlockRows * work->HeadDim));
        }
        for (var t = 0; t < item->Tokens; t++)
        {
            var (a, b) = Range(work, item, partition, t);
            for (var r = t * work->Group; r < (t + 1) * work->Group; r++)
            {
                (result.Maxima[r], result.Sums[r]) = (float.NegativeInfinity, 0);
                if (a < b) Exponentials(work, s, result, r, a, b);
            }
        }
        new Span<float>(result.Values, rows * s.Width).Clear();
        for (var slot = first; slot < end; slot += PageSize)
        {
            var panel = work->Values.Values(Values(slot), Math.Min(PageSize, end - slot), work->HeadDim, s.Panel);
            var page = slot + PageSize < end ? Values(slot + PageSize) : next ? Keys(PartitionSize) : Values(slot);
            var ahead = new Ahead(page, PageSize * work->Values.Bytes, (rows + BlockRows - 1) / BlockRows * PageSize);
            for (var r = 0; r < rows; r += BlockRows) Weigh(work, item, s, result, partition, r, Math.Min(BlockRows, rows - r), slot, panel, ref ahead);
        }

        byte* Keys(int slot) => item->Keys + (pages[slot / PageSize] * (PageSize * work->Keys.Bytes));

        byte* Values(int slot) => item->Values + (pages[slot / PageSize] * (PageSize * work->Values.Bytes));
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
            var seen = Range(work, item, partition, (r + block - 1) / work->Group).To - slot;
            if (seen <= 0) continue;
            AttentionBlocks<TWidth, TVector>.Multiply(
                s.Queries + (r * s.Width), s.Width, block, s.Panel, PageSize, work->HeadDim,
                s.Scores + (r * AttentionScratch.ScoreStride) + slot, AttentionScratch.ScoreStride, seen > PageSize / 2 ? PageSize : PageSize / 2, onto: false, ref ahead);
        }
    }

    // A row's scores to exponentials, in place, with their largest and their sum; what lies around them in their registers becomes 0.
    private static void Exponentials(AttentionWork* work, AttentionScratch s, AttentionPartial result, int row, int from, int to)
    {
        var x = s.Scores + (row * AttentionScratch.ScoreStride);
        var (a, b) = (from / Lanes.Count * Lanes.Count, Lanes.Up(to));
        // An infinite score stays one when it is scaled, by a positive number, but not when it is capped.
        var scale = work->Scale;
        if (work->SoftCap > 0 || !(scale > 0))
        {
            Scale(x + a, scale, b - a);
            if (work->SoftCap > 0) Tanh.Cap(x + a, b - a, work->SoftCap);
            scale = 1;
        }
        for (var j = a; j < from; j++) x[j] = float.NegativeInfinity;
        for (var j = to; j < b; j++) x[j] = float.NegativeInfinity;

        var each = TWidth.Create(scale);
        var most = TWidth.Create(float.NegativeInfinity);
        for (var j = a; j < b; j += TWidth.Count)
        {
            var score = TWidth.Multiply(TWidth.Load(x + j), each);
            TWidth.Store(score, x + j);
            most = TWidth.Max(most, score);
        }
        var max = TWidth.Largest(most);
        result.Maxima[row] = max;

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
        result.Sums[row] = TWidth.Count == 1 ? Lanes.Sum(x + a, b - a) : TWidth.Fold(sum0, sum1, sum2, sum3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Exponential(float* x, TVector origin)
    {
        var y = Exp.OfNotAboveZero<TWidth, TVector>(TWidth.Subtract(TWidth.Load(x), origin));
        TWidth.Store(y, x);
        return y;
    }

    // Exponentials times the values of the page at slot. The rows of a block see nearly the same positions: all that they
    // share is added up together, and what only some see, before and behind it, row by row. Positions that a row does not
    // see are not even multiplied by 0: they may be infinite.
    private static void Weigh(AttentionWork* work, AttentionItem* item, AttentionScratch s, AttentionPartial result, int partition, int row, int rows, int slot, float* panel, ref Ahead ahead)
    {
        int first = row / work->Group, last = (row + rows - 1) / work->Group;
        var from = Range(work, item, partition, last).From;
        var to = Math.Max(Range(work, item, partition, first).To, from);
        if (first == last)
        {
            Add(s, result, row, rows, from, to, slot, panel, ref ahead);
            return;
        }
        for (var r = row; r < row + rows; r++)
        {
            var (a, b) = Range(work, item, partition, r / work->Group);
            Add(s, result, r, 1, a, Math.Min(b, from), slot, panel, ref ahead);
        }
        Add(s, result, row, rows, from, to, slot, panel, ref ahead);
        for (var r = row; r < row + rows; r++)
        {
            var (a, b) = Range(work, item, partition, r / work->Group);
            Add(s, result, r, 1, Math.Max(a, to), b, slot, panel, ref ahead);
        }
    }

    // Positions [from, to), as far as they lie in the page at slot.
    private static void Add(AttentionScratch s, AttentionPartial result, int row, int rows, int from, int to, int slot, float* panel, ref Ahead ahead)
    {
        (from, to) = (Math.Max(from, slot), Math.Min(to, slot + PageSize));
        if (from >= to) return;
        AttentionBlocks<TWidth, TVector>.Multiply(
            s.Scores + (row * AttentionScratch.ScoreStride) + from, AttentionScratch.ScoreStride, rows, panel + ((from - slot) * s.Width), s.Width, to - from,
            result.Values + (row * s.Width), s.Width, s.Width, onto: true, ref ahead);
    }

    // The next partition joins the rows that see some of it: both sides are brought to the larger of their origins.
    private static void Merge(AttentionWork* work, AttentionItem* item, AttentionScratch s, AttentionPartial joining, int partition)
    {
        for (var r = 0; r < item->Tokens * work->Group; r += TWidth.Count)
        {
            var (before, joins) = (TWidth.Load(s.Maxima + r), TWidth.Load(joining.Maxima + r));
            var max = TWidth.Max(before, joins);
            var origin = TWidth.WhereLess(TWidth.Create(float.NegativeInfinity), max, max, TWidth.Create(0));
            before = Exp.OfNotAboveZero<TWidth, TVector>(TWidth.Subtract(before, origin));
            joins = Exp.OfNotAboveZero<TWidth, TVector>(TWidth.Subtract(joins, origin));
            TWidth.Store(max, s.Maxima + r);
            TWidth.Store(TWidth.MultiplyAdd(TWidth.Load(joining.Sums + r), joins, TWidth.Multiply(TWidth.Load(s.Sums + r), before)), s.Sums + r);
            TWidth.Store(before, s.Before + r);
            TWidth.Store(joins, s.Joins + r);
        }
        for (var t = 0; t < item->Tokens; t++)
        {
            var (a, b) = Range(work, item, partition, t);
            if (a >= b) continue;
            for (var r = t * work->Group; r < (t + 1) * work->Group; r++)
            {
                float* y = s.Results + (r * s.Width), x = joining.Values + (r * s.Width);
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
