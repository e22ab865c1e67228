using System.Numerics;
using System.Runtime.CompilerServices;
using Bantam.Execution;
using Bantam.Kernels;
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
        else Elementwise.Run(pass.Workers, y.Shape.Count, 20, new Activated((float*)x.Data, (float*)y.Data));
        pass.Tape?.Push(new TapeRecord(pass.IsReference ? &Backward<double> : &Backward<float>, y, x));
        return y;
    }

    private static void Backward<T>(Pass pass, in TapeRecord r)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var x = (T*)r.A.Data;
        var dy = (T*)pass.Tape!.Gradient(r.Output).Data;
        var dx = (T*)pass.Tape.Accumulate(pass, r.A).Data;
        for (long i = 0; i < r.Output.Shape.Count; i++) dx[i] += dy[i] * GeluTanh.Slope(x[i]);
    }

    private readonly struct Activated(float* x, float* y) : IElementwise
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<TWidth, TVector>(long i)
            where TWidth : struct, IWidth<TVector>
            where TVector : struct =>
            TWidth.Store(GeluTanh.Of<TWidth, TVector>(TWidth.Load(x + i)), y + i);
    }
}
