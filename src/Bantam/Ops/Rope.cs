using System.Numerics;
using System.Runtime.CompilerServices;
using Bantam.Execution;
using Bantam.Kernels;
using Bantam.Tensors;

namespace Bantam.Ops;

/// <summary>Which two elements of a head form a rotated pair; R is the rotated width, D where the whole head rotates.</summary>
public enum RopePairing
{
    /// <summary>Elements i and i + R/2: Hugging Face checkpoints.</summary>
    Halves,

    /// <summary>Elements 2i and 2i + 1: the original Llama checkpoints, llama2.c, and GGUF files of the Llama family.</summary>
    Interleaved,
}

/// <summary>
/// Rotary position embedding (arXiv 2104.09864): pair i of a head turns by position times frequency i. The first R elements
/// of a head rotate, the others stay. x [T, H·D], in place: a rotation needs no copy of its input on the way back.
/// </summary>
public static unsafe class Rope
{
    /// <summary>
    /// Cosines and sines for the positions of <see cref="Pass.Rows"/>: [T, R], the R/2 cosines before the R/2 sines. Angles
    /// are computed in double precision; one table serves all layers that rotate alike.
    /// </summary>
    /// <param name="pass">Its rows have the positions.</param>
    /// <param name="frequencies">Radians per position of each pair, [R/2].</param>
    /// <param name="factor">On cosines and sines: the attention factor of some scalings.</param>
    public static Tensor Table(Pass pass, ReadOnlySpan<double> frequencies, double factor = 1)
    {
        var table = pass.New(pass.RowCount, 2 * frequencies.Length);
        fixed (Row* rows = pass.Rows)
        fixed (double* radians = frequencies)
        {
            var job = new TableJob { Rows = rows, Frequencies = radians, Count = frequencies.Length, Factor = factor, Table = table.Data };
            pass.Workers.Run(pass.RowCount, 100L * frequencies.Length, pass.IsReference ? &Fill<double> : &Fill<float>, &job);
        }
        return table;
    }

    /// <summary>Rotates the heads of <paramref name="x"/>, each <paramref name="headDim"/> wide, in place.</summary>
    public static Tensor Forward(Pass pass, Tensor x, Tensor table, int headDim, RopePairing pairing)
    {
        if (table.Shape.Columns > headDim || headDim < 1 || x.Shape.Columns % headDim != 0 || x.Shape.Rows != table.Shape.Rows)
            throw new ArgumentException($"rotations {table.Shape} do not fit heads of {headDim} in {x.Shape}", nameof(table));
        if (pass.IsReference) Rotate<double>(x, table, headDim, pairing, 1);
        else
        {
            var mark = pass.Mark();
            var job = new RotationJob
            {
                X = (float*)x.Data,
                Columns = x.Shape.Columns,
                Table = (float*)table.Data,
                Width = table.Shape.Columns,
                HeadDim = headDim,
                Scratch = pairing == RopePairing.Interleaved ? (float*)pass.New(pass.Workers.Threads, 2 * table.Shape.Columns).Data : null,
            };
            pass.Workers.Run(x.Shape.Rows, 4 * x.Shape.Columns, pairing == RopePairing.Halves ? &Halves : &Neighbours, &job);
            pass.Release(mark);
        }
        pass.Tape?.Push(new TapeRecord(&Backward, x, table, integer: (int)pairing, scalar: headDim));
        return x;
    }

    private static void Fill<T>(void* context, int part, long from, long to)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var job = (TableJob*)context;
        for (var t = from; t < to; t++)
        {
            var cosines = (T*)job->Table + (2 * t * job->Count);
            var sines = cosines + job->Count;
            for (var i = 0; i < job->Count; i++)
            {
                var (sin, cos) = Math.SinCos(job->Rows[t].Position * job->Frequencies[i]);
                cosines[i] = T.CreateTruncating(cos * job->Factor);
                sines[i] = T.CreateTruncating(sin * job->Factor);
            }
        }
    }

    private static void Halves(void* context, int part, long from, long to)
    {
        var job = (RotationJob*)context;
        for (var t = from; t < to; t++)
        {
            var cosines = job->Table + (t * job->Width);
            var end = job->X + ((t + 1) * job->Columns);
            for (var head = job->X + (t * job->Columns); head < end; head += job->HeadDim)
                Elementwise.Run(new Turned(head, cosines, job->Width / 2), 0, job->Width / 2);
        }
    }

    // Neighbours a, b become a·cos + b·(−sin), b·cos + a·sin: with every cosine twice, every sine with both signs, and the
    // neighbours exchanged, a whole register turns at once.
    private static void Neighbours(void* context, int part, long from, long to)
    {
        var job = (RotationJob*)context;
        var cosines = job->Scratch + (2 * part * job->Width);
        var sines = cosines + job->Width;
        for (var t = from; t < to; t++)
        {
            var table = job->Table + (t * job->Width);
            for (long i = 0; i < job->Width / 2; i++)
            {
                cosines[2 * i] = cosines[(2 * i) + 1] = table[i];
                sines[(2 * i) + 1] = table[i + (job->Width / 2)];
                sines[2 * i] = -sines[(2 * i) + 1];
            }
            var end = job->X + ((t + 1) * job->Columns);
            for (var head = job->X + (t * job->Columns); head < end; head += job->HeadDim) Turn(head, cosines, sines, job->Width);
        }
    }

    private static void Turn(float* head, float* cosines, float* sines, long n)
    {
        long i = 0;
        for (; i + Vector<float>.Count <= n; i += Vector<float>.Count)
        {
            var x = Vector.Load(head + i);
            var pairs = Vector.AsVectorUInt64(x);
            var exchanged = Vector.AsVectorSingle((pairs << 32) | (pairs >>> 32));
            ((x * Vector.Load(cosines + i)) + (exchanged * Vector.Load(sines + i))).Store(head + i);
        }
        for (; i < n; i += 2)
            (head[i], head[i + 1]) = ((head[i] * cosines[i]) + (head[i + 1] * sines[i]), (head[i + 1] * cosines[i]) + (head[i] * sines[i + 1]));
    }

    private static void Rotate<T>(Tensor x, Tensor table, int headDim, RopePairing pairing, int direction)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var half = table.Shape.Columns / 2;
        var (step, distance) = pairing == RopePairing.Halves ? (1L, half) : (2L, 1L);
        for (long t = 0; t < table.Shape.Rows; t++)
        {
            var cos = (T*)table.Row(t);
            var sin = cos + half;
            var end = (T*)x.Row(t) + x.Shape.Columns;
            for (var head = (T*)x.Row(t); head < end; head += headDim)
                for (long i = 0; i < half; i++)
                {
                    var a = head + (i * step);
                    var b = a + distance;
                    var s = direction > 0 ? sin[i] : -sin[i];
                    (*a, *b) = ((*a * cos[i]) - (*b * s), (*a * s) + (*b * cos[i]));
                }
        }
    }

    // The gradient goes through the transpose: the rotation turned back, times the same factor.
    private static void Backward(Pass pass, in TapeRecord r)
    {
        var dx = pass.Tape!.Gradient(r.Output);
        if (pass.IsReference) Rotate<double>(dx, r.A, (int)r.Scalar, (RopePairing)r.Integer, -1);
        else Rotate<float>(dx, r.A, (int)r.Scalar, (RopePairing)r.Integer, -1);
    }

    // Elements i and i + half of a head, for as many i as fill a register.
    private readonly struct Turned(float* head, float* cosines, long half) : IElementwise
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<TWidth, TVector>(long i)
            where TWidth : struct, IWidth<TVector>
            where TVector : struct
        {
            var (a, b) = (TWidth.Load(head + i), TWidth.Load(head + half + i));
            var (cos, sin) = (TWidth.Load(cosines + i), TWidth.Load(cosines + half + i));
            TWidth.Store(TWidth.Subtract(TWidth.Multiply(a, cos), TWidth.Multiply(b, sin)), head + i);
            TWidth.Store(TWidth.Add(TWidth.Multiply(a, sin), TWidth.Multiply(b, cos)), head + half + i);
        }
    }

    private struct TableJob
    {
        public Row* Rows;
        public double* Frequencies;
        public int Count;
        public double Factor;
        public byte* Table;
    }

    private struct RotationJob
    {
        public float* X;
        public long Columns;
        public float* Table;
        public long Width;      // of the table and of what rotates in a head
        public int HeadDim;
        public float* Scratch;  // a row of the table for neighbours, twice as wide, for each thread
    }
}
