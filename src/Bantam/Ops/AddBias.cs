using System.Numerics;
using Bantam.Execution;
using Bantam.Kernels;
using Bantam.Tensors;

namespace Bantam.Ops;

/// <summary>y += b in every row, in place. y [T, N]; b [N].</summary>
public static unsafe class AddBias
{
    /// <summary>Adds <paramref name="bias"/> to the rows of <paramref name="y"/>.</summary>
    /// <exception cref="BantamException"><paramref name="bias"/> is not of the type that the pass computes in (BT2101).</exception>
    public static Tensor Forward(Pass pass, Tensor y, Tensor bias)
    {
        if (bias.DType != pass.Compute)
            throw new BantamException("BT2101", $"a bias in {bias.DType} does not run in a pass that computes in {pass.Compute}");
        if (bias.Shape.Count != y.Shape.Columns) throw new ArgumentException($"a bias {bias.Shape} does not fit {y.Shape}", nameof(bias));
        if (pass.IsReference)
            for (long t = 0; t < y.Shape.Rows; t++) Sum((double*)y.Row(t), (double*)bias.Data, y.Shape.Columns);
        else
        {
            var job = new Job { Y = (float*)y.Data, Bias = (float*)bias.Data, Columns = y.Shape.Columns };
            pass.Workers.Run(y.Shape.Rows, 4 * y.Shape.Columns, &Rows, &job);
        }
        // In place: the gradient of y is the gradient of y before, so only the bias's is left to compute.
        if (pass.Tape?.Watches(bias) == true) pass.Tape.Push(new TapeRecord(pass.IsReference ? &Backward<double> : &Backward<float>, y, bias));
        return y;
    }

    private static void Rows(void* context, int part, long from, long to)
    {
        var job = (Job*)context;
        for (var t = from; t < to; t++)
        {
            var y = job->Y + (t * job->Columns);
            Elementwise.Run(new Add.Summed(y, job->Bias, y), 0, job->Columns);
        }
    }

    private static void Backward<T>(Pass pass, in TapeRecord r)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (dy, db) = (pass.Tape!.Gradient(r.Output), pass.Tape.Accumulate(pass, r.A));
        for (long t = 0; t < dy.Shape.Rows; t++) Sum((T*)db.Data, (T*)dy.Row(t), dy.Shape.Columns);
    }

    private static void Sum<T>(T* to, T* from, long n)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (long i = 0; i < n; i++) to[i] += from[i];
    }

    private struct Job
    {
        public float* Y;
        public float* Bias;
        public long Columns;
    }
}
