using System.Numerics;
using Bantam.Execution;
using Bantam.Tensors;

namespace Bantam.Ops;

/// <summary>
/// y += s·delta, in place, for the rows that use an adapter: how low-rank adapters (arXiv 2106.09685) join their base, so
/// that one pass can serve rows of several adapters and of none. y, delta [T, N].
/// </summary>
public static unsafe class AddAdapter
{
    /// <summary>Adds <paramref name="scale"/>·<paramref name="delta"/> to the rows of <paramref name="y"/> whose <see cref="Row.Adapter"/> is <paramref name="adapter"/>.</summary>
    public static Tensor Forward(Pass pass, Tensor y, Tensor delta, float scale, int adapter)
    {
        // A row's adapter is known by its place in the pass; experts and the head see other rows.
        if (y.Shape.Rows != pass.RowCount)
            throw new BantamException("BT2122", $"an adapter on a linear that sees {y.Shape.Rows} of the pass's {pass.RowCount} rows (an expert's, the head's) is not supported");
        if (delta.Shape != y.Shape) throw new ArgumentException($"a change {delta.Shape} does not fit {y.Shape}", nameof(delta));
        if (pass.IsReference) Accumulate<double>(pass, delta, y, scale, adapter);
        else Accumulate<float>(pass, delta, y, scale, adapter);
        // In place: the gradient of y is the gradient of y before, so only delta's is left to compute.
        pass.Tape?.Push(new TapeRecord(&Backward, y, delta, scalar: scale, integer: adapter));
        return y;
    }

    private static void Backward(Pass pass, in TapeRecord r)
    {
        var (dy, delta) = (pass.Tape!.Gradient(r.Output), pass.Tape.Accumulate(pass, r.A));
        if (pass.IsReference) Accumulate<double>(pass, dy, delta, (float)r.Scalar, r.Integer);
        else Accumulate<float>(pass, dy, delta, (float)r.Scalar, r.Integer);
    }

    private static void Accumulate<T>(Pass pass, Tensor from, Tensor to, float scale, int adapter)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var s = T.CreateTruncating(scale);
        for (var t = 0; t < pass.RowCount; t++)
        {
            if (pass.Rows[t].Adapter != adapter) continue;
            var x = (T*)from.Row(t);
            var y = (T*)to.Row(t);
            for (long i = 0; i < to.Shape.Columns; i++) y[i] += s * x[i];
        }
    }
}
