using System.Numerics;
using System.Runtime.CompilerServices;
using Bantam.Execution;
using Bantam.Kernels;
using Bantam.Tensors;

namespace Bantam.Ops;

/// <summary>y = a + b, element by element; the residual connection. a, b, y [T, C].</summary>
public static unsafe class Add
{
    /// <summary>Adds.</summary>
    public static Tensor Forward(Pass pass, Tensor a, Tensor b)
    {
        Check(a, b);
        var y = pass.New(a.Shape.Rows, a.Shape.Columns);
        Compute(pass, a, b, y);
        pass.Tape?.Push(new TapeRecord(pass.IsReference ? &Backward<double> : &Backward<float>, y, a, b));
        return y;
    }

    /// <summary>a = a + b: where nothing records, the sum takes the place of <paramref name="a"/>, which nobody may want any more.</summary>
    public static Tensor Into(Pass pass, Tensor a, Tensor b)
    {
        if (pass.Tape is not null) return Forward(pass, a, b);
        Check(a, b);
        Compute(pass, a, b, a);
        return a;
    }

    private static void Check(Tensor a, Tensor b)
    {
        if (a.Shape.Count != b.Shape.Count) throw new ArgumentException($"cannot add {a.Shape} and {b.Shape}", nameof(b));
    }

    private static void Compute(Pass pass, Tensor a, Tensor b, Tensor y)
    {
        if (pass.IsReference) Sum((double*)a.Data, (double*)b.Data, (double*)y.Data, y.Shape.Count);
        else Elementwise.Run(pass.Workers, y.Shape.Count, 4, new Summed((float*)a.Data, (float*)b.Data, (float*)y.Data));
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

    /// <summary>y = a + b.</summary>
    internal readonly struct Summed(float* a, float* b, float* y) : IElementwise
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<TWidth, TVector>(long i)
            where TWidth : struct, IWidth<TVector>
            where TVector : struct => TWidth.Store(TWidth.Add(TWidth.Load(a + i), TWidth.Load(b + i)), y + i);
    }
}
