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
            for (var head = 0; head < k.Shape.Columns / headDim; head++)
            {
                var offset = (long)cache.Slot(layer, row.Position) * headDim * cache.DType.BlockBytes;
                Write(pass, k.Row(t), cache.Keys(layer, row.Sequence, head) + offset, head, headDim, cache.DType);
                Write(pass, v.Row(t), cache.Values(layer, row.Sequence, head) + offset, head, headDim, cache.DType);
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
        var items = (long)pass.RowCount * heads;
        var table = pass.New(DType.U8, items * sizeof(Item));
        var longest = 0;
        for (long i = 0; i < items; i++)
        {
            var row = pass.Rows[(int)(i / heads)];
            var first = shape.First(row.Position);
            longest = Math.Max(longest, row.Position + 1 - first);
            ((Item*)table.Data)[i] = new Item
            {
                Keys = pass.Cache.Keys(layer, row.Sequence, (int)(i % heads) / group),
                Values = pass.Cache.Values(layer, row.Sequence, (int)(i % heads) / group),
                Slot = pass.Cache.Slot(layer, first),
                Count = row.Position + 1 - first,
            };
        }
        var scratch = pass.New(DType.F32, pass.Workers.Threads, longest);
        var job = new Job
        {
            Q = (float*)q.Data,
            Y = (float*)y.Data,
            Items = (Item*)table.Data,
            Scratch = (float*)scratch.Data,
            ScratchStride = longest,
            Slots = pass.Cache.Slots(layer),
            Shape = shape,
        };
        pass.Workers.Run(items, 2L * longest * shape.HeadDim, pass.Cache.DType == DType.F16 ? &Heads<F16> : &Heads<F32>, &job);
        pass.Release(mark);
    }

    // Item (t, h) reads and writes floats [item·D, item·D + D) of q and y.
    private static void Heads<TFormat>(void* context, int part, long from, long to)
        where TFormat : struct, IBlockFormat, IFloatFormat
    {
        var job = (Job*)context;
        var d = job->Shape.HeadDim;
        var scores = job->Scratch + (part * job->ScratchStride);
        for (var i = from; i < to; i++)
        {
            var item = job->Items[i];
            var q = job->Q + (i * d);
            var stride = (long)d * TFormat.Size;
            // The positions lie in a row, or at the end and then the beginning of a ring.
            var straight = Math.Min(item.Count, job->Slots - item.Slot);
            var first = item.Keys + (item.Slot * stride);
            var max = Scores<TFormat>(q, first, scores, straight, stride, job->Shape);
            max = MathF.Max(max, Scores<TFormat>(q, item.Keys, scores + straight, item.Count - straight, stride, job->Shape));
            Softmax.Exponentials(scores, item.Count, max);
            var inverse = 1 / Lanes.Sum(scores, item.Count);
            WeightedSum<TFormat>(scores, item.Values + (item.Slot * stride), straight, item.Values, item.Count, stride, job->Y + (i * d), d, inverse);
        }
    }

    private static float Scores<TFormat>(float* q, byte* keys, float* scores, int n, long stride, AttentionShape shape)
        where TFormat : struct, IBlockFormat, IFloatFormat
    {
        var scale = (float)shape.Scale;
        for (long j = 0; j < n; j++) scores[j] = TFormat.Dot(keys + (j * stride), (byte*)q, shape.HeadDim) * scale;
        if (shape.SoftCap > 0) Tanh.Cap(scores, n, shape.SoftCap);
        var max = float.NegativeInfinity;
        for (long j = 0; j < n; j++) max = MathF.Max(max, scores[j]);
        return max;
    }

    // y = (Σ p[j]·V[j]) · inverse, each element's sum in ascending j; the values of the first positions lie at one place,
    // the rest, from position number straight on, at another.
    private static void WeightedSum<TFormat>(float* p, byte* first, int straight, byte* rest, int n, long stride, float* y, int headDim, float inverse)
        where TFormat : struct, IFloatFormat
    {
        var d = 0;
        if (Vector256.IsHardwareAccelerated)
            for (; d + 8 <= headDim; d += 8)
            {
                var sum = Vector256<float>.Zero;
                for (long j = 0; j < straight; j++)
                    sum = Vector256.FusedMultiplyAdd(Vector256.Create(p[j]), TFormat.Widen256(first + (j * stride) + (d * TFormat.Size)), sum);
                for (long j = straight; j < n; j++)
                    sum = Vector256.FusedMultiplyAdd(Vector256.Create(p[j]), TFormat.Widen256(rest + ((j - straight) * stride) + (d * TFormat.Size)), sum);
                (sum * inverse).Store(y + d);
            }
        for (; d < headDim; d++)
        {
            var sum = 0f;
            for (long j = 0; j < straight; j++)
                sum = MathF.FusedMultiplyAdd(p[j], TFormat.Widen(first + (j * stride) + (d * TFormat.Size)), sum);
            for (long j = straight; j < n; j++)
                sum = MathF.FusedMultiplyAdd(p[j], TFormat.Widen(rest + ((j - straight) * stride) + (d * TFormat.Size)), sum);
            y[d] = sum * inverse;
        }
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
                var keys = pass.Cache.Keys(layer, row.Sequence, h / group);
                var values = pass.Cache.Values(layer, row.Sequence, h / group);
                var to = (double*)y.Row(t) + (h * headDim);
                Scores(pass, layer, (double*)q.Row(t) + (h * headDim), (double*)keys, p, first, n, shape);
                Softmax.Reference(p + first, n - first);
                for (var d = 0; d < headDim; d++)
                {
                    to[d] = 0;
                    for (var j = first; j < n; j++) to[d] += p[j] * ((double*)values)[((long)pass.Cache.Slot(layer, j) * headDim) + d];
                }
            }
        }
    }

    // The scores of positions [first, n), scaled and capped, in place j of s.
    private static void Scores<T>(Pass pass, int layer, T* q, T* keys, T* s, int first, int n, AttentionShape shape)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (scale, cap) = (T.CreateTruncating(shape.Scale), T.CreateTruncating(shape.SoftCap));
        for (var j = first; j < n; j++)
        {
            var key = keys + ((long)pass.Cache.Slot(layer, j) * shape.HeadDim);
            s[j] = T.Zero;
            for (var d = 0; d < shape.HeadDim; d++) s[j] += q[d] * key[d];
            s[j] *= scale;
            if (shape.SoftCap > 0) s[j] = cap * T.Tanh(s[j] / cap);
        }
    }

    // With p the probabilities and g = dy·V: ds = p∘(g − p·g)·scale·(1 − (s/cap)²), dq = ds·K, dK += dsᵀ·q, dV += pᵀ·dy.
    // Gradients of keys and values belong to the rows of this pass that stored them; what an earlier pass stored is constant.
    private static void Backward<T>(Pass pass, in TapeRecord r)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (pass.Cache.DType != Operand.TypeOf<T>())
            throw new InvalidOperationException($"gradients need a cache of {Operand.TypeOf<T>()}, not {pass.Cache.DType}");
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
                var keys = (T*)pass.Cache.Keys(layer, row.Sequence, h / group);
                var values = (T*)pass.Cache.Values(layer, row.Sequence, h / group);
                var dyh = (T*)dy.Row(t) + (h * headDim);
                var dqh = (T*)dq.Row(t) + (h * headDim);
                Scores(pass, layer, q, keys, s, first, n, shape);
                new Span<T>(s + first, n - first).CopyTo(new Span<T>(p + first, n - first));
                Softmax.Reference(p + first, n - first);
                var mean = T.Zero;
                for (var j = first; j < n; j++)
                {
                    g[j] = T.Zero;
                    for (var d = 0; d < headDim; d++) g[j] += dyh[d] * values[((long)pass.Cache.Slot(layer, j) * headDim) + d];
                    mean += p[j] * g[j];
                }
                for (var j = first; j < n; j++)
                {
                    var share = shape.SoftCap > 0 ? s[j] / T.CreateTruncating(shape.SoftCap) : T.Zero;
                    var ds = p[j] * (g[j] - mean) * T.CreateTruncating(shape.Scale) * (T.One - (share * share));
                    var key = keys + ((long)pass.Cache.Slot(layer, j) * headDim);
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
        public byte* Keys;      // of slot 0
        public byte* Values;
        public int Slot;        // of the first position that is seen
        public int Count;
    }

    private struct Job
    {
        public float* Q;
        public float* Y;
        public Item* Items;
        public float* Scratch;  // [threads, longest]
        public long ScratchStride;
        public int Slots;
        public AttentionShape Shape;
    }
}
