using System.Numerics;
using Bantam.Execution;
using Bantam.Kernels.Quant;
using Bantam.Tensors;

namespace Bantam.Ops;

/// <summary>
/// y = x·Wᵀ. x [T, K], W [N, K] in any block format, y [T, N]. In inference, quantised weights meet activations rounded
/// per row to the format's 8-bit partner, and scales beside the weights multiply whole dot products; while recording, x stays F32 and weight rows are unpacked (docs/numerics.md).
/// </summary>
public static unsafe class MatMul
{
    /// <summary>Multiplies.</summary>
    public static Tensor Forward(Pass pass, Tensor x, Tensor weight)
    {
        if (x.Shape.Columns != weight.Shape[1]) throw new ArgumentException($"x {x.Shape} does not fit a matrix {weight.Shape}", nameof(x));
        var y = pass.New(x.Shape.Rows, weight.Shape[0]);
        if (pass.IsReference) Reference(pass, x, weight, y);
        else if (pass.Tape is not null) Unpacked(pass, x, weight, y);
        else Quantised(pass, x, weight, y);
        pass.Tape?.Push(new TapeRecord(pass.IsReference ? &Backward<double> : &Backward<float>, y, x, weight));
        return y;
    }

    private static void Quantised(Pass pass, Tensor x, Tensor weight, Tensor y)
    {
        var format = BlockFormats.Of(weight.DType);
        var mark = pass.Mark();
        var (k, n, t) = (x.Shape.Columns, weight.Shape[0], x.Shape.Rows);
        var product = new Product
        {
            W = weight.Data,
            Input = (float*)x.Data,
            X = x.Data,
            Y = (float*)y.Data,
            K = k,
            N = n,
            T = t,
            Scales = new RowScales(weight),
            ScratchBytes = format.ScratchBytes(k, n, t),
        };
        product.Scratch = pass.New(DType.U8, pass.Workers.Threads, product.ScratchBytes).Data;
        if (format.PreparedItems(n, t) is > 0 and var tiles)
        {
            product.X = pass.New(DType.U8, format.PreparedBytes(k, n, t)).Data;
            pass.Workers.Run(tiles, k * t / tiles, (delegate*<void*, int, long, long, void>)format.Prepare, &product);
        }
        var multiply = product.Scales.Exist ? format.MultiplyScaled : format.Multiply;
        pass.Workers.Run(format.Items(n), k * t * n / format.Items(n), (delegate*<void*, int, long, long, void>)multiply, &product);
        pass.Release(mark);
    }

    // Row by row of W: unpack it once, then dot it with every x in the lane order of F32.
    private static void Unpacked(Pass pass, Tensor x, Tensor weight, Tensor y)
    {
        var scratch = Operand.Scratch(pass, weight);
        for (long n = 0; n < weight.Shape[0]; n++)
        {
            var row = Operand.Row(weight, n, (float*)scratch.Data);
            for (long t = 0; t < x.Shape.Rows; t++)
                ((float*)y.Row(t))[n] = F32.Dot((byte*)row, x.Row(t), x.Shape.Columns);
        }
    }

    private static void Reference(Pass pass, Tensor x, Tensor weight, Tensor y)
    {
        var scratch = Operand.Scratch(pass, weight);
        for (long n = 0; n < weight.Shape[0]; n++)
        {
            var row = Operand.Row(weight, n, (double*)scratch.Data);
            for (long t = 0; t < x.Shape.Rows; t++)
            {
                var at = (double*)x.Row(t);
                var sum = 0.0;
                for (long k = 0; k < x.Shape.Columns; k++) sum += row[k] * at[k];
                ((double*)y.Row(t))[n] = sum;
            }
        }
    }

    // dx = dy·W and dW = dyᵀ·x; every element's sum runs in ascending n or t.
    private static void Backward<T>(Pass pass, in TapeRecord r)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (tokens, k, n) = (r.A.Shape.Rows, r.A.Shape.Columns, r.B.Shape[0]);
        var wantsWeight = pass.Tape!.Watches(r.B);
        var dy = pass.Tape.Gradient(r.Output);
        var dx = pass.Tape.Accumulate(pass, r.A);
        var dw = wantsWeight ? pass.Tape.Accumulate(pass, r.B) : default;
        var scratch = Operand.Scratch(pass, r.B);
        for (long row = 0; row < n; row++)
        {
            var w = Operand.Row(r.B, row, (T*)scratch.Data);
            for (long t = 0; t < tokens; t++)
            {
                var g = ((T*)dy.Row(t))[row];
                Add((T*)dx.Row(t), g, w, k);
                if (wantsWeight) Add((T*)dw.Row(row), g, (T*)r.A.Row(t), k);
            }
        }
    }

    private static void Add<T>(T* sum, T factor, T* x, long n)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (long i = 0; i < n; i++) sum[i] += factor * x[i];
    }
}
