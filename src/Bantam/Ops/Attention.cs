using System.Numerics;
using Bantam.Execution;
using Bantam.Kernels;
using Bantam.Kernels.Quant;
using Bantam.Tensors;

namespace Bantam.Ops;

/// <summary>
/// Causal grouped-query attention (arXiv 2305.13245) over a key/value cache: softmax(cap(s·q·Kᵀ))·V per row and head, over
/// the positions that the layer's window shows. Keys and values of this pass are stored first and then read as the cache
/// stores them, so that any cutting of a text into chunks gives the same numbers.
/// </summary>
public static unsafe class Attention
{
    /// <summary>Stores k and v [T, Hkv·D] of <paramref name="layer"/> and attends with q [T, H·D]; returns [T, H·D].</summary>
    public static Tensor Forward(Pass pass, Tensor q, Tensor k, Tensor v, int layer, AttentionShape shape)
    {
        pass.Cache.Expect(shape.HeadDim, k.Shape.Columns, layer, shape.Window);
        if (q.Shape.Rows != pass.RowCount || k.Shape.Rows != pass.RowCount || v.Shape != k.Shape || q.Shape.Columns % k.Shape.Columns != 0)
            throw new ArgumentException($"queries {q.Shape}, keys {k.Shape} and values {v.Shape} in heads of {shape.HeadDim} do not fit one another and {pass.RowCount} rows", nameof(q));
        Store(pass, k, v, layer, shape.HeadDim);
        var y = pass.New(q.Shape.Rows, q.Shape.Columns);
        if (pass.IsReference) Reference(pass, q, y, layer, shape, k.Shape.Columns);
        else Fast(pass, q, y, layer, shape, k.Shape.Columns);
        if (pass.Tape is { } tape)
        {
            var settings = pass.New(DType.U8, sizeof(AttentionShape));
            *(AttentionShape*)settings.Data = shape;
            tape.Push(new TapeRecord(pass.IsReference ? &Backward<double> : &Backward<float>, y, q, k, v, integer: layer, settings: settings));
        }
        return y;
    }

    private static void Store(Pass pass, Tensor k, Tensor v, int layer, int headDim)
    {
        if (pass.IsReference)
        {
            StoreReference(pass, k, v, layer, headDim);
            return;
        }
        var (cache, mark) = (pass.Cache, pass.Mark());
        var (keyBytes, valueBytes) = (cache.KeyType.Bytes(headDim), cache.ValueType.Bytes(headDim));
        var places = pass.New(DType.U8, pass.RowCount * (long)sizeof(Place));
        for (var t = 0; t < pass.RowCount; t++)
        {
            var row = pass.Rows[t];
            var (page, slot) = Math.DivRem(row.Position, KvCache.PageSize);
            ((Place*)places.Data)[t] = new Place
            {
                Keys = cache.Keys(layer, row.Sequence, page, 0) + (slot * keyBytes),
                Values = cache.Values(layer, row.Sequence, page, 0) + (slot * valueBytes),
            };
        }
        var job = new Storing
        {
            K = (float*)k.Data,
            V = (float*)v.Data,
            Places = (Place*)places.Data,
            HeadDim = headDim,
            Heads = (int)(k.Shape.Columns / headDim),
            KeyStride = cache.Keys(layer, 1) - cache.Keys(layer, 0),
            ValueStride = cache.Values(layer, 1) - cache.Values(layer, 0),
            RoundKeys = Rounding(cache.KeyType),
            RoundValues = Rounding(cache.ValueType),
        };
        pass.Workers.Run(pass.RowCount, 4 * k.Shape.Columns, &Store, &job);
        pass.Release(mark);
    }

    // Row t to its place in the pages of all heads.
    private static void Store(void* context, int part, long from, long to)
    {
        var job = (Storing*)context;
        for (var t = from; t < to; t++)
            for (var head = 0; head < job->Heads; head++)
            {
                var at = ((t * job->Heads) + head) * job->HeadDim;
                job->RoundKeys(job->K + at, job->Places[t].Keys + (head * job->KeyStride), job->HeadDim);
                job->RoundValues(job->V + at, job->Places[t].Values + (head * job->ValueStride), job->HeadDim);
            }
    }

    private static void StoreReference(Pass pass, Tensor k, Tensor v, int layer, int headDim)
    {
        var cache = pass.Cache;
        if (cache.KeyType != DType.F64 || cache.ValueType != DType.F64) throw new InvalidOperationException("a reference pass needs an F64 cache");
        for (var t = 0; t < pass.RowCount; t++)
        {
            var row = pass.Rows[t];
            for (var head = 0; head < k.Shape.Columns / headDim; head++)
            {
                Buffer.MemoryCopy((double*)k.Row(t) + (head * headDim), Key<double>(pass, layer, row.Sequence, row.Position, head, headDim), headDim * 8L, headDim * 8L);
                Buffer.MemoryCopy((double*)v.Row(t) + (head * headDim), Value<double>(pass, layer, row.Sequence, row.Position, head, headDim), headDim * 8L, headDim * 8L);
            }
        }
    }

    // Q8_0 as activations are rounded: the same rule, faster.
    private static delegate*<float*, byte*, long, void> Rounding(DType type) =>
        type == DType.F16 ? &F16.Quantize
        : type == DType.BF16 ? &BF16.Quantize
        : type == DType.Q8_0 ? &Q8_0.RoundActivation
        : type == DType.Q4_0 ? &Q4_0.Quantize
        : &F32.Quantize;

    private static void Fast(Pass pass, Tensor q, Tensor y, int layer, AttentionShape shape, long kvColumns)
    {
        var mark = pass.Mark();
        var kvHeads = (int)(kvColumns / shape.HeadDim);
        var group = (int)(q.Shape.Columns / kvColumns);
        var most = AttentionPlan.Tokens(pass.RowCount, kvHeads, group, pass.Workers.Threads);
        var work = new AttentionWork
        {
            RowStride = q.Shape.Columns,
            Group = group,
            HeadDim = shape.HeadDim,
            Window = shape.Window,
            Scale = (float)shape.Scale,
            SoftCap = shape.SoftCap,
            MostRows = most * group,
            Keys = AttentionFormat.Of(pass.Cache.KeyType, shape.HeadDim),
            Values = AttentionFormat.Of(pass.Cache.ValueType, shape.HeadDim),
            Items = (AttentionItem*)pass.New(DType.U8, (long)pass.RowCount * kvHeads * sizeof(AttentionItem)).Data,
        };
        var (items, tokens, longest) = Items(pass, q, y, layer, kvHeads, most, &work);
        work.ScratchFloats = AttentionScratch.Floats(work.MostRows, shape.HeadDim);
        work.Scratch = (float*)pass.New(DType.F32, pass.Workers.Threads, work.ScratchFloats).Data;
        work.Partitions = AttentionPlan.Partitions(items, tokens, longest, pass.Workers.Threads);
        var cost = 2L * work.MostRows * Math.Min(longest, shape.Window > 0 ? shape.Window : longest) * shape.HeadDim;
        if (work.Partitions == 1) pass.Workers.Run(items, cost, AttentionKernel.Items, &work);
        else
        {
            work.Partials = (float*)pass.New(DType.F32, (long)items * work.Partitions, work.PartialFloats).Data;
            pass.Workers.Run((long)items * work.Partitions, cost / work.Partitions, AttentionKernel.Partitions, &work);
            pass.Workers.Run(items, 2L * work.MostRows * work.Partitions * shape.HeadDim, AttentionKernel.Joined, &work);
        }
        pass.Release(mark);
    }

    // Cuts the rows into runs of one sequence and those into tiles; how many items that makes, the most tokens of one and the
    // longest text.
    private static (int Items, int Tokens, int Longest) Items(Pass pass, Tensor q, Tensor y, int layer, int kvHeads, int most, AttentionWork* work)
    {
        var (items, tokens, longest) = (0, 0, 0);
        for (int t = 0, end; t < pass.RowCount; t = end)
        {
            var row = pass.Rows[t];
            for (end = t + 1; end < pass.RowCount && pass.Rows[end].Sequence == row.Sequence; end++) { }
            var text = row.Position + end - t;
            longest = Math.Max(longest, text);
            // Workers see only plain memory.
            var pages = (int*)pass.New(DType.I32, KvPages.Entries(text)).Data;
            pass.Cache.PageNumbers(layer, row.Sequence)[..KvPages.Entries(text)].CopyTo(new Span<int>(pages, KvPages.Entries(text)));
            var tiles = (end - t + most - 1) / most;
            for (var i = 0; i < tiles; i++)
            {
                // Later tokens see more: tiles are taken from the end and the beginning in turns, so that all parts of the list
                // are equally long.
                var first = t + (most * (i % 2 == 0 ? tiles - 1 - (i / 2) : i / 2));
                var item = new AttentionItem { Pages = pages, Position = row.Position + first - t, Tokens = Math.Min(most, end - first) };
                tokens = Math.Max(tokens, item.Tokens);
                for (var head = 0; head < kvHeads; head++)
                {
                    item.Queries = (float*)q.Row(first) + (head * work->Group * work->HeadDim);
                    item.Results = (float*)y.Row(first) + (head * work->Group * work->HeadDim);
                    item.Keys = pass.Cache.Keys(layer, head);
                    item.Values = pass.Cache.Values(layer, head);
                    work->Items[items++] = item;
                }
            }
        }
        return (items, tokens, longest);
    }

    private static void Reference(Pass pass, Tensor q, Tensor y, int layer, AttentionShape shape, long kvColumns)
    {
        var headDim = shape.HeadDim;
        var heads = (int)(q.Shape.Columns / headDim);
        var group = heads / (int)(kvColumns / headDim);
        for (var t = 0; t < pass.RowCount; t++)
        {
            var row = pass.Rows[t];
            var (first, n) = (shape.First(row.Position), row.Position + 1);
            var p = (double*)pass.New(n).Data;
            for (var h = 0; h < heads; h++)
            {
                var to = (double*)y.Row(t) + (h * headDim);
                Scores(pass, layer, row.Sequence, h / group, (double*)q.Row(t) + (h * headDim), p, first, n, shape);
                Softmax.Reference(p + first, n - first);
                new Span<double>(to, headDim).Clear();
                for (var j = first; j < n; j++)
                {
                    var value = Value<double>(pass, layer, row.Sequence, j, h / group, headDim);
                    for (var d = 0; d < headDim; d++) to[d] += p[j] * value[d];
                }
            }
        }
    }

    // The scores of positions [first, n), scaled and capped, in place j of s.
    private static void Scores<T>(Pass pass, int layer, int sequence, int head, T* q, T* s, int first, int n, AttentionShape shape)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (scale, cap) = (T.CreateTruncating(shape.Scale), T.CreateTruncating(shape.SoftCap));
        for (var j = first; j < n; j++)
        {
            var key = Key<T>(pass, layer, sequence, j, head, shape.HeadDim);
            s[j] = T.Zero;
            for (var d = 0; d < shape.HeadDim; d++) s[j] += q[d] * key[d];
            s[j] *= scale;
            if (shape.SoftCap > 0) s[j] = cap * T.Tanh(s[j] / cap);
        }
    }

    private static T* Key<T>(Pass pass, int layer, int sequence, int position, int head, int headDim)
        where T : unmanaged => (T*)pass.Cache.Keys(layer, sequence, position / KvCache.PageSize, head) + (position % KvCache.PageSize * headDim);

    private static T* Value<T>(Pass pass, int layer, int sequence, int position, int head, int headDim)
        where T : unmanaged => (T*)pass.Cache.Values(layer, sequence, position / KvCache.PageSize, head) + (position % KvCache.PageSize * headDim);

    // With p the probabilities and g = dy·V: ds = p∘(g − p·g)·scale·(1 − (s/cap)²), dq = ds·K, dK += dsᵀ·q, dV += pᵀ·dy.
    // Gradients of keys and values belong to the rows of this pass that stored them; what an earlier pass stored is constant.
    private static void Backward<T>(Pass pass, in TapeRecord r)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (pass.Cache.KeyType != Operand.TypeOf<T>() || pass.Cache.ValueType != Operand.TypeOf<T>())
            throw new InvalidOperationException($"gradients need a cache of {Operand.TypeOf<T>()}, not {pass.Cache.KeyType} and {pass.Cache.ValueType}");
        var (layer, shape) = (r.Integer, *(AttentionShape*)r.Settings.Data);
        var headDim = shape.HeadDim;
        var heads = (int)(r.A.Shape.Columns / headDim);
        var group = heads / (int)(r.B.Shape.Columns / headDim);
        var dy = pass.Tape!.Gradient(r.Output);
        var dq = pass.Tape.Accumulate(pass, r.A);
        var dk = pass.Tape.Accumulate(pass, r.B);
        var dv = pass.Tape.Accumulate(pass, r.C);
        var rowOf = RowsByPosition(pass);
        for (var t = 0; t < pass.RowCount; t++)
        {
            var row = pass.Rows[t];
            var (first, n) = (shape.First(row.Position), row.Position + 1);
            var s = (T*)pass.New(n).Data;
            var p = (T*)pass.New(n).Data;
            var g = (T*)pass.New(n).Data;
            for (var h = 0; h < heads; h++)
            {
                var q = (T*)r.A.Row(t) + (h * headDim);
                var dyh = (T*)dy.Row(t) + (h * headDim);
                var dqh = (T*)dq.Row(t) + (h * headDim);
                Scores(pass, layer, row.Sequence, h / group, q, s, first, n, shape);
                new Span<T>(s + first, n - first).CopyTo(new Span<T>(p + first, n - first));
                Softmax.Reference(p + first, n - first);
                var mean = T.Zero;
                for (var j = first; j < n; j++)
                {
                    var value = Value<T>(pass, layer, row.Sequence, j, h / group, headDim);
                    g[j] = T.Zero;
                    for (var d = 0; d < headDim; d++) g[j] += dyh[d] * value[d];
                    mean += p[j] * g[j];
                }
                for (var j = first; j < n; j++)
                {
                    var share = shape.SoftCap > 0 ? s[j] / T.CreateTruncating(shape.SoftCap) : T.Zero;
                    var ds = p[j] * (g[j] - mean) * T.CreateTruncating(shape.Scale) * (T.One - (share * share));
                    var key = Key<T>(pass, layer, row.Sequence, j, h / group, headDim);
                    for (var d = 0; d < headDim; d++) dqh[d] += ds * key[d];
                    if (!rowOf.TryGetValue((row.Sequence, j), out var source)) continue;
                    var dkh = (T*)dk.Row(source) + (h / group * headDim);
                    var dvh = (T*)dv.Row(source) + (h / group * headDim);
                    for (var d = 0; d < headDim; d++)
                    {
                        dkh[d] += ds * q[d];
                        dvh[d] += p[j] * dyh[d];
                    }
                }
            }
        }
    }

    private static Dictionary<(int Sequence, int Position), int> RowsByPosition(Pass pass)
    {
        var rows = new Dictionary<(int, int), int>(pass.RowCount);
        for (var t = 0; t < pass.RowCount; t++) rows[(pass.Rows[t].Sequence, pass.Rows[t].Position)] = t;
        return rows;
    }

    // Where a row's first head is stored.
    private struct Place
    {
        public byte* Keys;
        public byte* Values;
    }

    private struct Storing
    {
        public float* K;
        public float* V;
        public Place* Places;
        public int HeadDim;
        public int Heads;
        public long KeyStride;  // bytes from one head's page to the next's
        public long ValueStride;
        public delegate*<float*, byte*, long, void> RoundKeys;
        public delegate*<float*, byte*, long, void> RoundValues;
    }
}
