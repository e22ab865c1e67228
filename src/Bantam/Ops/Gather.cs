using System.Numerics;
using Bantam.Execution;
using Bantam.Tensors;

namespace Bantam.Ops;

/// <summary>Picks the rows of <see cref="Pass.Rows"/> that want logits: x [T, C], y [W, C].</summary>
public static unsafe class Gather
{
    /// <summary>Copies the wanted rows, in order; all of them in place when every row is wanted.</summary>
    public static Tensor Forward(Pass pass, Tensor x)
    {
        if (x.Shape.Rows != pass.RowCount) throw new ArgumentException($"{x.Shape} are not the pass's {pass.RowCount} rows", nameof(x));
        var wanted = 0;
        foreach (var row in pass.Rows)
            if (row.WantsLogits) wanted++;
        if (wanted == pass.RowCount) return x;

        var y = pass.New(wanted, x.Shape.Columns);
        long w = 0;
        for (var t = 0; t < pass.RowCount; t++)
            if (pass.Rows[t].WantsLogits) Buffer.MemoryCopy(x.Row(t), y.Row(w++), y.RowBytes, y.RowBytes);
        pass.Tape?.Push(new TapeRecord(pass.IsReference ? &Backward<double> : &Backward<float>, y, x));
        return y;
    }

    private static void Backward<T>(Pass pass, in TapeRecord r)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var dy = pass.Tape!.Gradient(r.Output);
        var dx = pass.Tape.Accumulate(pass, r.A);
        long w = 0;
        for (var t = 0; t < pass.RowCount; t++)
        {
            if (!pass.Rows[t].WantsLogits) continue;
            var from = (T*)dy.Row(w++);
            var to = (T*)dx.Row(t);
            for (long i = 0; i < dx.Shape.Columns; i++) to[i] += from[i];
        }
    }
}
