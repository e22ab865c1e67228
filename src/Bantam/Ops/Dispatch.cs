using System.Numerics;
using Bantam.Execution;
using Bantam.Tensors;

namespace Bantam.Ops;

/// <summary>
/// Sends rows to an expert and brings them back: only the experts that some row has chosen are computed, each once over
/// all of its rows. x, y [T, C]; experts, weights [T, k] of <see cref="Route"/>; an expert's own rows [n, C].
/// </summary>
public static unsafe class Dispatch
{
    /// <summary>The rows of <paramref name="x"/> that chose <paramref name="expert"/>, in order; a tensor that does not exist where none did.</summary>
    public static Tensor Forward(Pass pass, Tensor x, Tensor experts, int expert)
    {
        if (experts.Shape.Rows != x.Shape.Rows) throw new ArgumentException($"choices {experts.Shape} are not those of {x.Shape}", nameof(experts));
        var n = Count(experts, expert);
        if (n == 0) return default;

        var y = pass.New(n, x.Shape.Columns);
        long i = 0;
        for (long t = 0; t < x.Shape.Rows; t++)
            if (Slot(experts, t, expert) >= 0) Buffer.MemoryCopy(x.Row(t), y.Row(i++), y.RowBytes, y.RowBytes);
        pass.Tape?.Push(new TapeRecord(pass.IsReference ? &Backward<double> : &Backward<float>, y, x, experts, integer: expert));
        return y;
    }

    /// <summary>How many rows chose <paramref name="expert"/>.</summary>
    internal static long Count(Tensor experts, int expert)
    {
        long n = 0;
        for (long t = 0; t < experts.Shape.Rows; t++)
            if (Slot(experts, t, expert) >= 0) n++;
        return n;
    }

    /// <summary>Which of a row's choices <paramref name="expert"/> is, or −1.</summary>
    internal static int Slot(Tensor experts, long t, int expert) =>
        new ReadOnlySpan<int>(experts.Row(t), (int)experts.Shape.Columns).IndexOf(expert);

    private static void Backward<T>(Pass pass, in TapeRecord r)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (dy, dx) = (pass.Tape!.Gradient(r.Output), pass.Tape.Accumulate(pass, r.A));
        long i = 0;
        for (long t = 0; t < dx.Shape.Rows; t++)
        {
            if (Slot(r.B, t, r.Integer) < 0) continue;
            var from = (T*)dy.Row(i++);
            var to = (T*)dx.Row(t);
            for (long c = 0; c < dx.Shape.Columns; c++) to[c] += from[c];
        }
    }
}
