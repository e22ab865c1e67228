using System.Numerics;
using System.Runtime.Intrinsics;
using Bantam.Execution;
using Bantam.Kernels;
using Bantam.Kernels.Quant;
using Bantam.Tensors;

namespace Bantam.Ops;

/// <summary>
/// Causal grouped-query attention (arXiv 2305.13245) over a key/value cache: softmax(q·Kᵀ/√D)·V per row and head. Keys and
/// values of this pass are stored first and then read as the cache stores them, so that any cutting of a text into chunks
/// gives the same numbers.
/// </summary>
public static unsafe class Attention
{
    /// <summary>Stores k and v [T, Hkv·D] of <paramref name="layer"/> and attends with q [T, H·D]; returns [T, H·D].</summary>
    public static Tensor Forward(Pass pass, Tensor q, Tensor k, Tensor v, int layer, int headDim)
    {
        pass.Cache.Expect(headDim, k.Shape.Columns);
        Store(pass, k, v, layer, headDim);
        var y = pass.New(q.Shape.Rows, q.Shape.Columns);
        if (pass.IsReference) Reference(pass, q, y, layer, headDim, k.Shape.Columns);
        else Fast(pass, q, y, layer, headDim, k.Shape.Columns);
        pass.Tape?.Push(new TapeRecord(pass.IsReference ? &Backward<double> : &Backward<float>, y, q, k, v, integer: layer, scalar: headDim));
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
                var offset = (long)row.Position * headDim * cache.DType.BlockBytes;
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

    private static void Fast(Pass pass, Tensor q, Tensor y, int layer, int headDim, long kvColumns)
    {
        var longest = 0;
        foreach (var row in pass.Rows) longest = Math.Max(longest, row.Position + 1);
        var mark = pass.Mark();
        var scratch = pass.New(DType.F32, pass.Workers.Threads, longest);
        // The table of K and V addresses: workers see only plain memory.
        var heads = (int)(q.Shape.Columns / headDim);
        var group = heads / (int)(kvColumns / headDim);
        var items = (long)pass.RowCount * heads;
        var table = pass.New(DType.I64, items, 3);
        for (long item = 0; item < items; item++)
        {
            var row = pass.Rows[(int)(item / heads)];
            var entry = (nint*)table.Row(item);
            entry[0] = (nint)pass.Cache.Keys(layer, row.Sequence, (int)(item % heads) / group);
            entry[1] = (nint)pass.Cache.Values(layer, row.Sequence, (int)(item % heads) / group);
            entry[2] = row.Position + 1;
        }
        var job = new Job
        {
            Q = (float*)q.Data,
            Y = (float*)y.Data,
            Table = (nint*)table.Data,
            Scratch = (float*)scratch.Data,
            ScratchStride = longest,
            HeadDim = headDim,
        };
        pass.Workers.Run(items, 2L * longest * headDim, pass.Cache.DType == DType.F16 ? &Heads<F16> : &Heads<F32>, &job);
        pass.Release(mark);
    }

    // Item (t, h) reads and writes floats [item·D, item·D + D) of q and y.
    private static void Heads<TFormat>(void* context, int part, long from, long to)
        where TFormat : struct, IBlockFormat, IFloatFormat
    {
        var job = (Job*)context;
        var scores = job->Scratch + (part * job->ScratchStride);
        for (var item = from; item < to; item++)
        {
            var q = job->Q + (item * job->HeadDim);
            var keys = (byte*)job->Table[3 * item];
            var values = (byte*)job->Table[(3 * item) + 1];
            var n = job->Table[(3 * item) + 2];
            var stride = (long)job->HeadDim * TFormat.Size;
            var scale = 1 / MathF.Sqrt(job->HeadDim);
            var max = float.NegativeInfinity;
            for (long j = 0; j < n; j++)
            {
                scores[j] = TFormat.Dot(keys + (j * stride), (byte*)q, job->HeadDim) * scale;
                max = MathF.Max(max, scores[j]);
            }
            Softmax.Exponentials(scores, n, max);
            var inverse = 1 / Lanes.Sum(scores, n);
            WeightedSum<TFormat>(scores, values, n, stride, job->Y + (item * job->HeadDim), job->HeadDim, inverse);
        }
    }

    // y = (Σ p[j]·V[j]) · inverse, each element's sum in ascending j.
    private static void WeightedSum<TFormat>(float* p, byte* values, long n, long stride, float* y, int headDim, float inverse)
        where TFormat : struct, IFloatFormat
    {
        var d = 0;
        if (Vector256.IsHardwareAccelerated)
            for (; d + 8 <= headDim; d += 8)
            {
                var sum = Vector256<float>.Zero;
                for (long j = 0; j < n; j++)
                    sum = Vector256.FusedMultiplyAdd(Vector256.Create(p[j]), TFormat.Widen256(values + (j * stride) + (d * TFormat.Size)), sum);
                (sum * inverse).Store(y + d);
            }
        for (; d < headDim; d++)
        {
            var sum = 0f;
            for (long j = 0; j < n; j++)
                sum = MathF.FusedMultiplyAdd(p[j], TFormat.Widen(values + (j * stride) + (d * TFormat.Size)), sum);
            y[d] = sum * inverse;
        }
    }

    private static void Reference(Pass pass, Tensor q, Tensor y, int layer, int headDim, long kvColumns)
    {
        var heads = (int)(q.Shape.Columns / headDim);
        var group = heads / (int)(kvColumns / headDim);
        for (var t = 0; t < pass.RowCount; t++)
        {
            var row = pass.Rows[t];
            var p = (double*)pass.New(row.Position + 1).Data;
            for (var h = 0; h < heads; h++)
            {
                var values = (double*)pass.Cache.Values(layer, row.Sequence, h / group);
                var to = (double*)y.Row(t) + (h * headDim);
                Probabilities((double*)q.Row(t) + (h * headDim), (double*)pass.Cache.Keys(layer, row.Sequence, h / group), p, row.Position + 1, headDim);
                for (var d = 0; d < headDim; d++)
                {
                    to[d] = 0;
                    for (var j = 0; j <= row.Position; j++) to[d] += p[j] * values[(j * headDim) + d];
                }
            }
        }
    }

    private static void Probabilities<T>(T* q, T* keys, T* p, int n, int headDim)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var scale = T.One / T.Sqrt(T.CreateTruncating(headDim));
        for (var j = 0; j < n; j++)
        {
            p[j] = T.Zero;
            for (var d = 0; d < headDim; d++) p[j] += q[d] * keys[(j * headDim) + d];
            p[j] *= scale;
        }
        Softmax.Reference(p, n);
    }

    // With p the probabilities and g = dy·V: ds = p∘(g − p·g)/√D, dq = ds·K, dK += dsᵀ·q, dV += pᵀ·dy. Gradients of keys and
    // values belong to the rows of this pass that stored them; what an earlier pass stored is constant.
    private static void Backward<T>(Pass pass, in TapeRecord r)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (pass.Cache.DType != Operand.TypeOf<T>())
            throw new InvalidOperationException($"gradients need a cache of {Operand.TypeOf<T>()}, not {pass.Cache.DType}");
        var (layer, headDim) = (r.Integer, (int)r.Scalar);
        var heads = (int)(r.A.Shape.Columns / headDim);
        var group = heads / (int)(r.B.Shape.Columns / headDim);
        var dy = pass.Tape!.Gradient(r.Output);
        var dq = pass.Tape.Accumulate(pass, r.A);
        var dk = pass.Tape.Accumulate(pass, r.B);
        var dv = pass.Tape.Accumulate(pass, r.C);
        var scale = T.One / T.Sqrt(T.CreateTruncating(headDim));
        var rowOf = RowsByPosition(pass);
        for (var t = 0; t < pass.RowCount; t++)
        {
            var row = pass.Rows[t];
            var n = row.Position + 1;
            var p = (T*)pass.New(n).Data;
            var g = (T*)pass.New(n).Data;
            for (var h = 0; h < heads; h++)
            {
                var q = (T*)r.A.Row(t) + (h * headDim);
                var keys = (T*)pass.Cache.Keys(layer, row.Sequence, h / group);
                var values = (T*)pass.Cache.Values(layer, row.Sequence, h / group);
                var dyh = (T*)dy.Row(t) + (h * headDim);
                var dqh = (T*)dq.Row(t) + (h * headDim);
                Probabilities(q, keys, p, n, headDim);
                var mean = T.Zero;
                for (var j = 0; j < n; j++)
                {
                    g[j] = T.Zero;
                    for (var d = 0; d < headDim; d++) g[j] += dyh[d] * values[(j * headDim) + d];
                    mean += p[j] * g[j];
                }
                for (var j = 0; j < n; j++)
                {
                    var ds = p[j] * (g[j] - mean) * scale;
                    for (var d = 0; d < headDim; d++) dqh[d] += ds * keys[(j * headDim) + d];
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

    private struct Job
    {
        public float* Q;
        public float* Y;
        public nint* Table;     // per item: keys, values, how many positions
        public float* Scratch;  // [threads, longest]
        public long ScratchStride;
        public int HeadDim;
    }
}
