using System.Numerics;
using System.Runtime.Intrinsics;
using Bantam.Execution;
using Bantam.Tensors;

namespace Bantam.Ops;

/// <summary>y = gelu(x), the tanh form (arXiv 1606.08415), element by element: GPT-2. x, y [T, F].</summary>
public static unsafe class Gelu
{
    /// <summary>Applies the activation.</summary>
    public static Tensor Forward(Pass pass, Tensor x)
    {
        var y = pass.New(x.Shape.Rows, x.Shape.Columns);
        if (pass.IsReference)
            for (long i = 0; i < y.Shape.Count; i++) ((double*)y.Data)[i] = GeluTanh.Reference(((double*)x.Data)[i]);
        else Fast((float*)x.Data, (float*)y.Data, y.Shape.Count);
        pass.Tape?.Push(new TapeRecord(pass.IsReference ? &Backward<double> : &Backward<float>, y, x));
        return y;
    }

    private static void Fast(float* x, float* y, long n)
    {
        long i = 0;
        if (Vector256.IsHardwareAccelerated)
            for (; i + 8 <= n; i += 8) GeluTanh.Of(Vector256.Load(x + i)).Store(y + i);
        for (; i < n; i++) y[i] = GeluTanh.Of(x[i]);
    }

    private static void Backward<T>(Pass pass, in TapeRecord r)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var x = (T*)r.A.Data;
        var dy = (T*)pass.Tape!.Gradient(r.Output).Data;
        var dx = (T*)pass.Tape.Accumulate(pass, r.A).Data;
        for (long i = 0; i < r.Output.Shape.Count; i++) dx[i] += dy[i] * GeluTanh.Slope(x[i]);
    }
}
