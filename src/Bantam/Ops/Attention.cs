using System.Numerics;
using System.Runtime.Intrinsics;
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
        var cache = pass.Cache;
        for (var t = 0; t < pass.RowCount; t++)
        {
            var row = pass.Rows[t];
            var (page, slot) = Math.DivRem(row.Position, KvCache.PageSize);
            for (var head = 0; head < k.Shape.Columns / headDim; head++)
            {
                Write(pass, k.Row(t), cache.Keys(layer, row.Sequence, page, head) + (slot * cache.KeyType.Bytes(headDim)), head, headDim, cache.KeyType);
                Write(pass, v.Row(t), cache.Values(layer, row.Sequence, page, head) + (slot * cache.ValueType.Bytes(headDim)), head, headDim, cache.ValueType);
            }
        }
    }

    private static void Write(Pass pass, byte* row, byte* to, int head, int headDim, DType type)
    {
        if (pass.IsReference)
        {
            if (type != DType.F64) throw new InvalidOperationException("a reference pass needs an F64 cache");
            Buffer.MemoryCopy((double*)row + (head * headDim), to, headDim * 8L, headDim * 8L);
        }
        else BlockFormats.Of(type).Quantize((float*)row + (head * headDim), to, headDim);
    }

    private static void Fast(Pass pass, Tensor q, Tensor y, int layer, AttentionShape shape, long kvColumns)
    {
        var mark = pass.Mark();
        // What every item reads: workers see only plain memory.
        var heads = (int)(q.Shape.Columns / shape.HeadDim);
        var group = heads / (int)(kvColumns / shape.HeadDim);
        var kvHeads = heads / group;
        var items = (long)pass.RowCount * heads;
        // Every item knows its pages: those of its key/value head from the page on that it sees first.
        var pages = 0L;
        foreach (var row in pass.Rows) pages += PagesSeen(row.Position, shape);
        var table = pass.New(DType.U8, items * sizeof(Item));
        var addresses = pass.New(DType.U8, 2 * pages * kvHeads * sizeof(byte*));
        var longest = 0;
        var next = (byte**)addresses.Data;
        for (var t = 0; t < pass.RowCount; t++)
        {
            var row = pass.Rows[t];
            var first = shape.First(row.Position);
            longest = Math.Max(longest, row.Position + 1 - first);
            for (var head = 0; head < kvHeads; head++)
            {
                var seen = PagesSeen(row.Position, shape);
                for (var i = 0; i < seen; i++)
                {
                    next[i] = pass.Cache.Keys(layer, row.Sequence, (first / KvCache.PageSize) + i, head);
                    next[seen + i] = pass.Cache.Values(layer, row.Sequence, (first / KvCache.PageSize) + i, head);
                }
                var item = new Item { Keys = next, Values = next + seen, Slot = first % KvCache.PageSize, Count = row.Position + 1 - first };
                for (var h = 0; h < group; h++) ((Item*)table.Data)[((long)t * heads) + (head * group) + h] = item;
                next += 2 * seen;
            }
        }
        var stride = longest + shape.HeadDim;
        var scratch = pass.New(DType.F32, pass.Workers.Threads, stride);
        var job = new Job
        {
            Q = (float*)q.Data,
            Y = (float*)y.Data,
            Items = (Item*)table.Data,
            Scratch = (float*)scratch.Data,
            ScratchStride = stride,
            KeyBytes = pass.Cache.KeyType.Bytes(shape.HeadDim),
            ValueBytes = pass.Cache.ValueType.Bytes(shape.HeadDim),
            UnpackKey = Unpacker(pass.Cache.KeyType),
            UnpackValue = Unpacker(pass.Cache.ValueType),
            Shape = shape,
        };
        pass.Workers.Run(items, 2L * longest * shape.HeadDim, &Heads, &job);
        pass.Release(mark);
    }

    private static int PagesSeen(int position, AttentionShape shape) =>
        (position / KvCache.PageSize) - (shape.First(position) / KvCache.PageSize) + 1;

    private static delegate*<byte*, float*, long, void> Unpacker(DType type) => type.Name switch
    {
        "F16" => &Unpack<F16>,
        "BF16" => &Unpack<BF16>,
        "Q8_0" => &Unpack<Q8_0>,
        "Q4_0" => &Unpack<Q4_0>,
        _ => &Unpack<F32>,
    };

    private static void Unpack<TFormat>(byte* from, float* to, long n)
        where TFormat : struct, IBlockFormat => TFormat.Unpack(from, to, n);

    // Item (t, h) reads and writes floats [item·D, item·D + D) of q and y.
    private static void Heads(void* context, int part, long from, long to)
    {
        var job = (Job*)context;
        var d = job->Shape.HeadDim;
        var wide = job->Scratch + (part * job->ScratchStride);
        var scores = wide + d;
        for (var i = from; i < to; i++)
        {
            var item = job->Items[i];
            var q = job->Q + (i * d);
            var y = job->Y + (i * d);
            for (var j = 0; j < item.Count; j++)
            {
                job->UnpackKey(At(item.Keys, item.Slot + j, job->KeyBytes), wide, d);
                scores[j] = F32.Dot((byte*)wide, (byte*)q, d) * (float)job->Shape.Scale;
            }
            if (job->Shape.SoftCap > 0) Tanh.Cap(scores, item.Count, job->Shape.SoftCap);
            var max = float.NegativeInfinity;
            for (var j = 0; j < item.Count; j++) max = MathF.Max(max, scores[j]);
            Softmax.Exponentials(scores, item.Count, max);
            var inverse = 1 / Lanes.Sum(scores, item.Count);
            // Each element's sum in ascending j.
            new Span<float>(y, d).Clear();
            for (var j = 0; j < item.Count; j++)
            {
                job->UnpackValue(At(item.Values, item.Slot + j, job->ValueBytes), wide, d);
                AddScaled(y, scores[j], wide, d);
            }
            for (var k = 0; k < d; k++) y[k] *= inverse;
        }
    }

    private static byte* At(byte** pages, int slot, long bytes) => pages[slot / KvCache.PageSize] + (slot % KvCache.PageSize * bytes);

    // y += p·v
    private static void AddScaled(float* y, float p, float* v, int n)
    {
        var d = 0;
        if (Vector256.IsHardwareAccelerated)
            for (; d + 8 <= n; d += 8)
                Vector256.FusedMultiplyAdd(Vector256.Create(p), Vector256.Load(v + d), Vector256.Load(y + d)).Store(y + d);
        for (; d < n; d++) y[d] = MathF.FusedMultiplyAdd(p, v[d], y[d]);
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

    private struct Item
    {
        public byte** Keys;     // pages, from the one on that holds the first position that is seen
        public byte** Values;
        public int Slot;        // of that position
        public int Count;
    }

    private struct Job
    {
        public float* Q;
        public float* Y;
        public Item* Items;
        public float* Scratch;  // [threads, D + longest]
        public long ScratchStride;
        public long KeyBytes;
        public long ValueBytes;
        public delegate*<byte*, float*, long, void> UnpackKey;
        public delegate*<byte*, float*, long, void> UnpackValue;
        public AttentionShape Shape;
    }
}
