using System.Numerics;
using System.Runtime.Intrinsics;
using Bantam.Execution;
using Bantam.Kernels;
using Bantam.Tensors;

namespace Bantam.Ops;

/// <summary>y = silu(gate)∘up with silu(g) = g / (1 + e⁻ᵍ) (arXiv 2002.05202). gate, up, y [T, F].</summary>
public static unsafe class SwiGlu
{
    /// <summary>Applies the gated activation.</summary>
    public static Tensor Forward(Pass pass, Tensor gate, Tensor up)
    {
        var y = pass.New(gate.Shape.Rows, gate.Shape.Columns);
        if (pass.IsReference) Reference((double*)gate.Data, (double*)up.Data, (double*)y.Data, y.Shape.Count);
        else Fast((float*)gate.Data, (float*)up.Data, (float*)y.Data, y.Shape.Count);
        pass.Tape?.Push(new TapeRecord(pass.IsReference ? &Backward<double> : &Backward<float>, y, gate, up));
        return y;
    }

    /// <summary>The definition.</summary>
    internal static void Reference<T>(T* gate, T* up, T* y, long n)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (long i = 0; i < n; i++) y[i] = gate[i] / (T.One + T.Exp(-gate[i])) * up[i];
    }

    private static void Fast(float* gate, float* up, float* y, long n)
    {
        long i = 0;
        if (Vector256.IsHardwareAccelerated)
            for (; i + 8 <= n; i += 8)
            {
                var g = Vector256.Load(gate + i);
                (g / (Vector256<float>.One + Exp.Of(-g)) * Vector256.Load(up + i)).Store(y + i);
            }
        // One float goes through the same operations as eight: the tail has the same bits wherever it begins.
        for (; i < n; i++) y[i] = gate[i] / (1 + Exp.Of(-gate[i])) * up[i];
    }

    // With σ = 1/(1 + e⁻ᵍ): dup = dy·g·σ and dgate = dy·up·σ·(1 + g·(1 − σ)).
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
            var sigma = T.One / (T.One + T.Exp(-gate[i]));
            dgate[i] += dy[i] * up[i] * sigma * (T.One + (gate[i] * (T.One - sigma)));
            dup[i] += dy[i] * gate[i] * sigma;
        }
    }
}
