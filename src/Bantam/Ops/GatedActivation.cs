using System.Numerics;
using System.Runtime.Intrinsics;
using Bantam.Execution;
using Bantam.Tensors;

namespace Bantam.Ops;

/// <summary>y = f(gate)∘up (arXiv 2002.05202), for any non-linearity f. gate, up, y [T, F].</summary>
internal static unsafe class GatedActivation<TActivation>
    where TActivation : struct, IActivation
{
    public static Tensor Forward(Pass pass, Tensor gate, Tensor up)
    {
        if (up.Shape.Count != gate.Shape.Count) throw new ArgumentException($"a gate {gate.Shape} does not fit {up.Shape}", nameof(up));
        var y = pass.New(gate.Shape.Rows, gate.Shape.Columns);
        if (pass.IsReference) Reference((double*)gate.Data, (double*)up.Data, (double*)y.Data, y.Shape.Count);
        else Fast((float*)gate.Data, (float*)up.Data, (float*)y.Data, y.Shape.Count);
        pass.Tape?.Push(new TapeRecord(pass.IsReference ? &Backward<double> : &Backward<float>, y, gate, up));
        return y;
    }

    private static void Reference<T>(T* gate, T* up, T* y, long n)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (long i = 0; i < n; i++) y[i] = TActivation.Reference(gate[i]) * up[i];
    }

    private static void Fast(float* gate, float* up, float* y, long n)
    {
        long i = 0;
        if (Vector256.IsHardwareAccelerated)
            for (; i + 8 <= n; i += 8)
                (TActivation.Of(Vector256.Load(gate + i)) * Vector256.Load(up + i)).Store(y + i);
        // One float goes through the same operations as eight: the tail has the same bits wherever it begins.
        for (; i < n; i++) y[i] = TActivation.Of(gate[i]) * up[i];
    }

    // dup = dy·f(gate) and dgate = dy·up·f′(gate).
    private static void Backward<T>(Pass pass, in TapeRecord r)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var gate = (T*)r.A.Data;
        var up = (T*)r.B.Data;
        var dy = (T*)pass.Tape!.Gradient(r.Output).Data;
        var dgate = (T*)pass.Tape.Accumulate(pass, r.A).Data;
        var dup = (T*)pass.Tape.Accumulate(pass, r.B).Data;
        for (long i = 0; i < r.Output.Shape.Count; i++)
        {
            dgate[i] += dy[i] * up[i] * TActivation.Slope(gate[i]);
            dup[i] += dy[i] * TActivation.Reference(gate[i]);
        }
    }
}
