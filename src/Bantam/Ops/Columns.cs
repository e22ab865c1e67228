using System.Numerics;
using Bantam.Execution;
using Bantam.Tensors;

namespace Bantam.Ops;

/// <summary>Some columns of every row: how the results of stacked projections (Phi-3, GPT-2) come apart. x [T, N], y [T, count].</summary>
public static unsafe class Columns
{
    /// <summary>Copies columns <paramref name="start"/> up to <paramref name="start"/> + <paramref name="count"/>.</summary>
    public static Tensor Forward(Pass pass, Tensor x, long start, long count)
    {
        if (start < 0 || count < 1 || count > x.Shape.Columns - start)
            throw new ArgumentOutOfRangeException(nameof(start), start, $"{count} columns from there leave {x.Shape}");
        var y = pass.New(x.Shape.Rows, count);
        var job = new Job { From = x.Row(0) + (start * x.DType.BlockBytes), FromBytes = x.RowBytes, To = y.Data, ToBytes = y.RowBytes };
        pass.Workers.Run(y.Shape.Rows, count, &Rows, &job);
        pass.Tape?.Push(new TapeRecord(pass.IsReference ? &Backward<double> : &Backward<float>, y, x, integer: checked((int)start)));
        return y;
    }

    private static void Rows(void* context, int part, long from, long to)
    {
        var job = (Job*)context;
        for (var t = from; t < to; t++)
            Buffer.MemoryCopy(job->From + (t * job->FromBytes), job->To + (t * job->ToBytes), job->ToBytes, job->ToBytes);
    }

    private static void Backward<T>(Pass pass, in TapeRecord r)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (dy, dx) = (pass.Tape!.Gradient(r.Output), pass.Tape.Accumulate(pass, r.A));
        for (long t = 0; t < dy.Shape.Rows; t++)
        {
            var to = (T*)dx.Row(t) + r.Integer;
            var from = (T*)dy.Row(t);
            for (long i = 0; i < dy.Shape.Columns; i++) to[i] += from[i];
        }
    }

    private struct Job
    {
        public byte* From;
        public long FromBytes;
        public byte* To;
        public long ToBytes;
    }
}
