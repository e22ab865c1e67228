using System.Numerics;
using Bantam.Execution;
using Bantam.Tensors;

namespace Bantam.Ops;

/// <summary>Which two elements of a head form a rotated pair.</summary>
public enum RopePairing
{
    /// <summary>Elements i and i + D/2: Hugging Face checkpoints.</summary>
    Halves,

    /// <summary>Elements 2i and 2i + 1: the original Llama checkpoints, llama2.c, and GGUF files of the Llama family.</summary>
    Interleaved,
}

/// <summary>
/// Rotary position embedding (arXiv 2104.09864): pair i of a head turns by position·θ^(−2i/D). x [T, H·D], in place: a
/// rotation needs no copy of its input on the way back.
/// </summary>
public static unsafe class Rope
{
    /// <summary>
    /// Cosines and sines for the positions of <see cref="Pass.Rows"/>: [T, D], the D/2 cosines before the D/2 sines. Angles
    /// are computed in double precision; one table serves all layers.
    /// </summary>
    public static Tensor Table(Pass pass, int headDim, float theta)
    {
        var table = pass.New(pass.RowCount, headDim);
        if (pass.IsReference) Fill<double>(pass, table, theta);
        else Fill<float>(pass, table, theta);
        return table;
    }

    /// <summary>Rotates the heads of <paramref name="x"/>, in place.</summary>
    public static Tensor Forward(Pass pass, Tensor x, Tensor table, RopePairing pairing)
    {
        if (pass.IsReference) Rotate<double>(x, table, pairing, 1);
        else Rotate<float>(x, table, pairing, 1);
        pass.Tape?.Push(new TapeRecord(&Backward, x, table, integer: (int)pairing));
        return x;
    }

    private static void Fill<T>(Pass pass, Tensor table, float theta)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var half = (int)table.Shape.Columns / 2;
        for (var t = 0; t < pass.RowCount; t++)
        {
            var row = (T*)table.Row(t);
            for (var i = 0; i < half; i++)
            {
                var (sin, cos) = Math.SinCos(pass.Rows[t].Position * Math.Pow(theta, -(double)i / half));
                row[i] = T.CreateTruncating(cos);
                row[half + i] = T.CreateTruncating(sin);
            }
        }
    }

    private static void Rotate<T>(Tensor x, Tensor table, RopePairing pairing, int direction)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var headDim = table.Shape.Columns;
        var half = headDim / 2;
        var (step, distance) = pairing == RopePairing.Halves ? (1L, half) : (2L, 1L);
        for (long t = 0; t < table.Shape.Rows; t++)
        {
            var cos = (T*)table.Row(t);
            var sin = cos + half;
            var end = (T*)x.Row(t) + x.Shape.Columns;
            for (var head = (T*)x.Row(t); head < end; head += headDim)
                for (long i = 0; i < half; i++)
                {
                    var a = head + (i * step);
                    var b = a + distance;
                    var s = direction > 0 ? sin[i] : -sin[i];
                    (*a, *b) = ((*a * cos[i]) - (*b * s), (*a * s) + (*b * cos[i]));
                }
        }
    }

    // The inverse of a rotation is its transpose: the gradient turns back.
    private static void Backward(Pass pass, in TapeRecord r)
    {
        var dx = pass.Tape!.Gradient(r.Output);
        if (pass.IsReference) Rotate<double>(dx, r.A, (RopePairing)r.Integer, -1);
        else Rotate<float>(dx, r.A, (RopePairing)r.Integer, -1);
    }
}
