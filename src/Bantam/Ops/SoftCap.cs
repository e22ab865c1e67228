using System.Numerics;
using Bantam.Execution;
using Bantam.Kernels;
using Bantam.Tensors;

namespace Bantam.Ops;

/// <summary>x = cap·tanh(x / cap), in place: how Gemma 2 bounds its logits (arXiv 2408.00118, §2). x [W, V].</summary>
public static unsafe class SoftCap
{
    /// <summary>Caps every element.</summary>
    public static Tensor Forward(Pass pass, Tensor x, float cap)
    {
        if (pass.IsReference)
            for (long i = 0; i < x.Shape.Count; i++) ((double*)x.Data)[i] = cap * Math.Tanh(((double*)x.Data)[i] / cap);
        else Tanh.Cap(pass.Workers, (float*)x.Data, x.Shape.Count, cap);
        pass.Tape?.Push(new TapeRecord(pass.IsReference ? &Backward<double> : &Backward<float>, x, x, scalar: cap));
        return x;
    }

    // In place, by the value alone: dx = dy·(1 − (y / cap)²).
    private static void Backward<T>(Pass pass, in TapeRecord r)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var y = (T*)r.Output.Data;
        var dy = (T*)pass.Tape!.Gradient(r.Output).Data;
        for (long i = 0; i < r.Output.Shape.Count; i++)
        {
            var share = y[i] / T.CreateTruncating(r.Scalar);
            dy[i] *= T.One - (share * share);
        }
    }
}
