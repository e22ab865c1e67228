using System.Numerics;
using Bantam.Execution;
using Bantam.Tensors;

namespace Bantam.Ops;

/// <summary>Which two elements of a head form a rotated pair; R is the rotated width, D where the whole head rotates.</summary>
public enum RopePairing
{
    /// <summary>Elements i and i + R/2: Hugging Face checkpoints.</summary>
    Halves,

    /// <summary>Elements 2i and 2i + 1: the original Llama checkpoints, llama2.c, and GGUF files of the Llama family.</summary>
    Interleaved,
}

/// <summary>
/// Rotary position embedding (arXiv 2104.09864): pair i of a head turns by position times frequency i. The first R elements
/// of a head rotate, the others stay. x [T, H·D], in place: a rotation needs no copy of its input on the way back.
/// </summary>
public static unsafe class Rope
{
    /// <summary>
    /// Cosines and sines for the positions of <see cref="Pass.Rows"/>: [T, R], the R/2 cosines before the R/2 sines. Angles
    /// are computed in double precision; one table serves all layers that rotate alike.
    /// </summary>
    /// <param name="pass">Its rows have the positions.</param>
    /// <param name="frequencies">Radians per position of each pair, [R/2].</param>
    /// <param name="factor">On cosines and sines: the attention factor of some scalings.</param>
    public static Tensor Table(Pass pass, ReadOnlySpan<double> frequencies, double factor = 1)
    {
        var table = pass.New(pass.RowCount, 2 * frequencies.Length);
        if (pass.IsReference) Fill<double>(pass, table, frequencies, factor);
        else Fill<float>(pass, table, frequencies, factor);
        return table;
    }

    /// <summary>Rotates the heads of <paramref name="x"/>, each <paramref name="headDim"/> wide, in place.</summary>
    public static Tensor Forward(Pass pass, Tensor x, Tensor table, int headDim, RopePairing pairing)
    {
        if (table.Shape.Columns > headDim || headDim < 1 || x.Shape.Columns % headDim != 0 || x.Shape.Rows != table.Shape.Rows)
            throw new ArgumentException($"rotations {table.Shape} do not fit heads of {headDim} in {x.Shape}", nameof(table));
        if (pass.IsReference) Rotate<double>(x, table, headDim, pairing, 1);
        else Rotate<float>(x, table, headDim, pairing, 1);
        pass.Tape?.Push(new TapeRecord(&Backward, x, table, integer: (int)pairing, scalar: headDim));
        return x;
    }

    private static void Fill<T>(Pass pass, Tensor table, ReadOnlySpan<double> frequencies, double factor)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (var t = 0; t < pass.RowCount; t++)
        {
            var row = (T*)table.Row(t);
            for (var i = 0; i < frequencies.Length; i++)
            {
                var (sin, cos) = Math.SinCos(pass.Rows[t].Position * frequencies[i]);
                row[i] = T.CreateTruncating(cos * factor);
                row[frequencies.Length + i] = T.CreateTruncating(sin * factor);
            }
        }
    }

    private static void Rotate<T>(Tensor x, Tensor table, int headDim, RopePairing pairing, int direction)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var half = table.Shape.Columns / 2;
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

    // The gradient goes through the transpose: the rotation turned back, times the same factor.
    private static void Backward(Pass pass, in TapeRecord r)
    {
        var dx = pass.Tape!.Gradient(r.Output);
        if (pass.IsReference) Rotate<double>(dx, r.A, (int)r.Scalar, (RopePairing)r.Integer, -1);
        else Rotate<float>(dx, r.A, (int)r.Scalar, (RopePairing)r.Integer, -1);
    }
}
