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
        else Multiply(pass, x, [weight], [y]);
        pass.Tape?.Push(new TapeRecord(pass.IsReference ? &Backward<double> : &Backward<float>, y, x, weight));
        return y;
    }

    /// <summary>Multiplies one x with several matrices, as queries, keys and values want it: it is prepared once for all that want it so, and the threads meet once.</summary>
    /// <param name="pass">One that does not record.</param>
    /// <param name="x">[T, K].</param>
    /// <param name="weights">[N, K] each, of any formats.</param>
    /// <param name="results">Receives [T, N] each.</param>
    internal static void Forward(Pass pass, Tensor x, ReadOnlySpan<Tensor> weights, Span<Tensor> results)
    {
        if (pass.IsReference || pass.Tape is not null) throw new InvalidOperationException("a pass that records multiplies one by one");
        for (var i = 0; i < weights.Length; i++)
        {
            if (x.Shape.Columns != weights[i].Shape[1]) throw new ArgumentException($"x {x.Shape} does not fit a matrix {weights[i].Shape}", nameof(x));
            results[i] = pass.New(x.Shape.Rows, weights[i].Shape[0]);
        }
        Multiply(pass, x, weights, results);
    }

    private static void Multiply(Pass pass, Tensor x, ReadOnlySpan<Tensor> weights, ReadOnlySpan<Tensor> results)
    {
        var mark = pass.Mark();
        var (k, t) = (x.Shape.Columns, x.Shape.Rows);
        var products = stackalloc Product[weights.Length];
        var scratchBytes = 0L;
        for (var i = 0; i < weights.Length; i++) scratchBytes = Math.Max(scratchBytes, BlockFormats.Of(weights[i].DType).ScratchBytes(k, weights[i].Shape[0], t));
        var scratch = pass.New(DType.U8, pass.Workers.Threads, scratchBytes).Data;
        long items = 0, cost = 0;
        for (var i = 0; i < weights.Length; i++)
        {
            var (weight, format, n) = (weights[i], BlockFormats.Of(weights[i].DType), weights[i].Shape[0]);
            ref var product = ref products[i];
            product = new Product
            {
                W = weight.Data,
                Input = (float*)x.Data,
                X = x.Data,
                Y = (float*)results[i].Data,
                K = k,
                N = n,
                T = t,
                Scales = new RowScales(weight),
                Scratch = scratch,
                ScratchBytes = scratchBytes,
                FirstItem = items,
                Items = format.Items(n),
            };
            product.Kernel = product.Scales.Exist ? format.MultiplyScaled : format.Multiply;
            items += product.Items;
            cost += k * t * n;
            if (format.PreparedItems(n, t) is not (> 0 and var tiles)) continue;
            product.X = Prepared(weights[..i], products, format, n, t);
            if (product.X is not null) continue;
            product.X = pass.New(DType.U8, format.PreparedBytes(k, n, t)).Data;
            fixed (Product* p = &product)
                pass.Workers.Run(tiles, k * t / tiles, (delegate*<void*, int, long, long, void>)format.Prepare, p);
        }
        pass.Workers.Run(items, cost / items, &Each, products);
        pass.Release(mark);
    }

    // What was prepared for an earlier matrix, if it suits this one.
    private static byte* Prepared(ReadOnlySpan<Tensor> earlier, Product* products, BlockFormat format, long n, long t)
    {
        for (var i = 0; i < earlier.Length; i++)
        {
            var other = BlockFormats.Of(earlier[i].DType);
            if (other.PreparedAs == format.PreparedAs && other.PreparedItems(products[i].N, t) == format.PreparedItems(n, t)) return products[i].X;
        }
        return null;
    }

    // Items of several products, one after the other.
    private static void Each(void* context, int part, long from, long to)
    {
        for (var p = (Product*)context; from < to; p++)
        {
            var end = Math.Min(to, p->FirstItem + p->Items);
            if (from >= end) continue;
            p->Kernel(p, part, from - p->FirstItem, end - p->FirstItem);
            from = end;
        }
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
