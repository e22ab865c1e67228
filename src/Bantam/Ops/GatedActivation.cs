using System.Numerics;
using System.Runtime.CompilerServices;
using Bantam.Execution;
using Bantam.Kernels;
using Bantam.Tensors;

namespace Bantam.Ops;

/// <summary>y = f(gate)∘up (arXiv 2002.05202), for any non-linearity f. gate, up, y [T, F]; y in the place of gate where nothing records.</summary>
internal static unsafe class GatedActivation<TActivation>
    where TActivation : struct, IActivation
{
    public static Tensor Forward(Pass pass, Tensor gate, Tensor up)
    {
        if (up.Shape.Count != gate.Shape.Count) throw new ArgumentException($"a gate {gate.Shape} does not fit {up.Shape}", nameof(up));
        // The widest tensors of a block: one less of them.
        var y = pass.Tape is null && !pass.IsReference ? gate : pass.New(gate.Shape.Rows, gate.Shape.Columns);
        if (pass.IsReference) Reference((double*)gate.Data, (double*)up.Data, (double*)y.Data, y.Shape.Count);
        else Elementwise.Run(pass.Workers, y.Shape.Count, 20, new Gated((float*)gate.Data, (float*)up.Data, (float*)y.Data));
        pass.Tape?.Push(new TapeRecord(pass.IsReference ? &Backward<double> : &Backward<float>, y, gate, up));
        return y;
    }

    private static void Reference<T>(T* gate, T* up, T* y, long n)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (long i = 0; i < n; i++) y[i] = TActivation.Reference(gate[i]) * up[i];
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

    private readonly struct Gated(float* gate, float* up, float* y) : IElementwise
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<TWidth, TVector>(long i)
            where TWidth : struct, IWidth<TVector>
            where TVector : struct =>
            TWidth.Store(TWidth.Multiply(TActivation.Of<TWidth, TVector>(TWidth.Load(gate + i)), TWidth.Load(up + i)), y + i);
    }
}
