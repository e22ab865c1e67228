using System.Numerics;
using Bantam.Execution;
using Bantam.Tensors;

namespace Bantam.Ops;

/// <summary>y = a + b, element by element; the residual connection. a, b, y [T, C].</summary>
public static unsafe class Add
{
    /// <summary>Adds.</summary>
    public static Tensor Forward(Pass pass, Tensor a, Tensor b)
    {
        if (a.Shape.Count != b.Shape.Count) throw new ArgumentException($"cannot add {a.Shape} and {b.Shape}", nameof(b));
        var y = pass.New(a.Shape.Rows, a.Shape.Columns);
        if (pass.IsReference) Sum((double*)a.Data, (double*)b.Data, (double*)y.Data, y.Shape.Count);
        else Sum((float*)a.Data, (float*)b.Data, (float*)y.Data, y.Shape.Count);
        pass.Tape?.Push(new TapeRecord(pass.IsReference ? &Backward<double> : &Backward<float>, y, a, b));
        return y;
    }

    private static void Sum<T>(T* a, T* b, T* y, long n)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (long i = 0; i < n; i++) y[i] = a[i] + b[i];
    }

    private static void Backward<T>(Pass pass, in TapeRecord r)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var dy = (T*)pass.Tape!.Gradient(r.Output).Data;
        var da = (T*)pass.Tape.Accumulate(pass, r.A).Data;
        var db = (T*)pass.Tape.Accumulate(pass, r.B).Data;
        Sum(da, dy, da, r.Output.Shape.Count);
        Sum(db, dy, db, r.Output.Shape.Count);
    }
}
