using System.Numerics;
using System.Runtime.CompilerServices;
using Bantam.Execution;
using Bantam.Kernels;
using Bantam.Tensors;

namespace Bantam.Ops;

/// <summary>
/// y += weight·(what an expert made of the row), in place, for the rows that chose it. Experts are combined in ascending
/// order, so that a row's sum does not depend on its company. y [T, C]; made [n, C]; experts, weights [T, k].
/// </summary>
public static unsafe class Combine
{
    /// <summary>Adds what <paramref name="expert"/> <paramref name="made"/> of its rows, see <see cref="Dispatch"/>.</summary>
    public static Tensor Forward(Pass pass, Tensor y, Tensor made, Tensor experts, Tensor weights, int expert)
    {
        if (experts.Shape.Rows != y.Shape.Rows || weights.Shape != experts.Shape || made.Shape.Columns != y.Shape.Columns || made.Shape.Rows != Dispatch.Count(experts, expert))
            throw new ArgumentException($"{made.Shape} is not what expert {expert} makes of {y.Shape} by choices {experts.Shape} and weights {weights.Shape}", nameof(made));
        if (pass.IsReference) Add<double>(y, made, experts, weights, expert);
        else
        {
            long i = 0;
            for (long t = 0; t < y.Shape.Rows; t++)
                if (Dispatch.Slot(experts, t, expert) is >= 0 and var slot)
                    Elementwise.Run(new Weighted((float*)y.Row(t), (float*)made.Row(i++), ((float*)weights.Row(t))[slot]), 0, y.Shape.Columns);
        }
        // In place: the gradient of y is the gradient of y before; those of the expert's rows and the weights are left.
        pass.Tape?.Push(new TapeRecord(pass.IsReference ? &Backward<double> : &Backward<float>, y, made, experts, weights, integer: expert));
        return y;
    }

    private static void Add<T>(Tensor y, Tensor made, Tensor experts, Tensor weights, int expert)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        long i = 0;
        for (long t = 0; t < y.Shape.Rows; t++)
        {
            if (Dispatch.Slot(experts, t, expert) is not (>= 0 and var slot)) continue;
            var w = ((T*)weights.Row(t))[slot];
            var from = (T*)made.Row(i++);
            var to = (T*)y.Row(t);
            for (long c = 0; c < y.Shape.Columns; c++) to[c] += w * from[c];
        }
    }

    private static void Backward<T>(Pass pass, in TapeRecord r)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var dy = pass.Tape!.Gradient(r.Output);
        var (dmade, dweights) = (pass.Tape.Accumulate(pass, r.A), pass.Tape.Accumulate(pass, r.C));
        long i = 0;
        for (long t = 0; t < dy.Shape.Rows; t++)
        {
            if (Dispatch.Slot(r.B, t, r.Integer) is not (>= 0 and var slot)) continue;
            var made = (T*)r.A.Row(i);
            var to = (T*)dmade.Row(i);
            var g = (T*)dy.Row(t);
            var w = ((T*)r.C.Row(t))[slot];
            var dw = T.Zero;
            for (long c = 0; c < dy.Shape.Columns; c++)
            {
                to[c] += w * g[c];
                dw += made[c] * g[c];
            }
            ((T*)dweights.Row(t))[slot] += dw;
            i++;
        }
    }

    // y = y + w·x, each product rounded.
    private readonly struct Weighted(float* y, float* x, float w) : IElementwise
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<TWidth, TVector>(long i)
            where TWidth : struct, IWidth<TVector>
            where TVector : struct =>
            TWidth.Store(TWidth.Add(TWidth.Load(y + i), TWidth.Multiply(TWidth.Create(w), TWidth.Load(x + i))), y + i);
    }
}
