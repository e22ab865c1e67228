using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Bantam.Execution;
using Bantam.Kernels;
using Bantam.Kernels.Quant;
using Bantam.Tensors;

namespace Bantam.Ops;

/// <summary>
/// y = x·W for a matrix that lies [K, N], inputs first, as GPT-2's Hugging Face checkpoints have it. x [T, K], y [T, N];
/// W in F32, F16 or BF16. Products join in the same sixteen lanes as in <see cref="MatMul"/>, so a checkpoint and its
/// transpose give the same bits.
/// </summary>
public static unsafe class MatMulInputFirst
{
    // Outputs that are computed together: their lanes, 16 × 16 floats, stay in the first-level cache.
    private const int Width = 16;

    // Transposing costs a few operations per weight, and a token through the tiles saves some.
    private const int WorthTransposing = 16;

    /// <summary>Multiplies.</summary>
    /// <exception cref="BantamException">W is in a block format, whose rows cannot be read across (BT2101).</exception>
    public static Tensor Forward(Pass pass, Tensor x, Tensor weight)
    {
        if (weight.Scales is not null) throw new ArgumentException($"a matrix that lies [in, out] has no scales, and {weight} has {weight.Scales}", nameof(weight));
        if (x.Shape.Columns != weight.Shape[0]) throw new ArgumentException($"x {x.Shape} does not fit a matrix {weight.Shape} that lies [in, out]", nameof(x));
        var y = pass.New(x.Shape.Rows, weight.Shape[1]);
        if (pass.IsReference) Reference(pass, x, weight, y);
        else Fast(pass, x, weight, y);
        pass.Tape?.Push(new TapeRecord(pass.IsReference ? &Backward<double> : &Backward<float>, y, x, weight));
        return y;
    }

    private static void Fast(Pass pass, Tensor x, Tensor weight, Tensor y)
    {
        if (weight.DType == DType.F32) Run<F32>(pass, x, weight, y);
        else if (weight.DType == DType.F16) Run<F16>(pass, x, weight, y);
        else if (weight.DType == DType.BF16) Run<BF16>(pass, x, weight, y);
        else throw new BantamException("BT2101", $"a matrix that lies [in, out] runs in F32, F16 or BF16, not in {weight.DType}; convert the model to GGUF first");
    }

    private static void Run<TFormat>(Pass pass, Tensor x, Tensor weight, Tensor y)
        where TFormat : struct, IFloatFormat
    {
        var mark = pass.Mark();
        var product = new Product { W = weight.Data, X = x.Data, Y = (float*)y.Data, K = x.Shape.Columns, N = weight.Shape[1], T = x.Shape.Rows };
        if (product.T >= WorthTransposing && Lanes128.IsSupported && pass.Tape is null)
        {
            product.ScratchBytes = FloatPanel.ScratchBytes<InputsFirst<TFormat>>(product.K, product.N, product.T);
            product.Scratch = pass.New(DType.U8, pass.Workers.Threads, product.ScratchBytes).Data;
        }
        delegate*<void*, int, long, long, void> kernel =
            product.Scratch is null ? &Blocks<TFormat>
            : Lanes512.IsSupported ? &Panels<Lanes512, Vector512<float>, TFormat>
            : Lanes256.IsSupported ? &Panels<Lanes256, Vector256<float>, TFormat>
            : &Panels<Lanes128, Vector128<float>, TFormat>;
        pass.Workers.Run((product.N + Width - 1) / Width, Width * product.K * product.T, kernel, &product);
        pass.Release(mark);
    }

    // Whole blocks through the kernels of an ordinary matrix, transposed as they are widened.
    private static void Panels<TLanes, V, TFormat>(void* context, int part, long from, long to)
        where TLanes : struct, IFloatLanes<V>
        where V : struct
        where TFormat : struct, IFloatFormat
    {
        var p = (Product*)context;
        var whole = Math.Clamp(p->N / Width, from, to);
        FloatPanel.Multiply<TLanes, V, InputsFirst<TFormat>>(p, part, from * Width, whole * Width);
        Blocks<TFormat>(context, part, whole, to);
    }

    // Item b is outputs [16·b, 16·b + 16).
    private static void Blocks<TFormat>(void* context, int part, long from, long to)
        where TFormat : struct, IFloatFormat
    {
        var p = (Product*)context;
        var lanes = stackalloc float[Lanes.Count * Width];
        for (var b = from; b < to; b++)
        {
            var width = (int)Math.Min(Width, p->N - (b * Width));
            for (long t = 0; t < p->T; t++)
            {
                new Span<float>(lanes, Lanes.Count * Width).Clear();
                var x = (float*)p->X + (t * p->K);
                var w = p->W + (b * Width * TFormat.Size);
                for (long k = 0; k < p->K; k++, w += p->N * TFormat.Size)
                    Add<TFormat>(lanes + (k % Lanes.Count * Width), w, x[k], width);
                // The fold of Lanes, for all outputs of the block at once.
                for (var half = Lanes.Count / 2; half > 0; half /= 2)
                    for (var i = 0; i < half * Width; i++) lanes[i] += lanes[i + (half * Width)];
                new ReadOnlySpan<float>(lanes, width).CopyTo(new Span<float>(p->Y + (t * p->N) + (b * Width), width));
            }
        }
    }

    private static void Add<TFormat>(float* lane, byte* w, float x, int width)
        where TFormat : struct, IFloatFormat
    {
        var i = 0;
        if (Vector256.IsHardwareAccelerated)
            for (; i + 8 <= width; i += 8)
                Vector256.FusedMultiplyAdd(TFormat.Widen256(w + (i * TFormat.Size)), Vector256.Create(x), Vector256.Load(lane + i)).Store(lane + i);
        for (; i < width; i++) lane[i] = MathF.FusedMultiplyAdd(TFormat.Widen(w + (i * TFormat.Size)), x, lane[i]);
    }

    private static void Reference(Pass pass, Tensor x, Tensor weight, Tensor y)
    {
        NativeMemory.Clear(y.Data, (nuint)y.Bytes);
        var scratch = Operand.Scratch(pass, weight);
        for (long k = 0; k < weight.Shape[0]; k++)
        {
            var row = Operand.Row(weight, k, (double*)scratch.Data);
            for (long t = 0; t < x.Shape.Rows; t++)
                for (long n = 0; n < weight.Shape[1]; n++) ((double*)y.Row(t))[n] += ((double*)x.Row(t))[k] * row[n];
        }
    }

    // dx = dy·Wᵀ and dW = xᵀ·dy.
    private static void Backward<T>(Pass pass, in TapeRecord r)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var n = r.B.Shape[1];
        var dy = pass.Tape!.Gradient(r.Output);
        var dx = pass.Tape.Accumulate(pass, r.A);
        var dw = pass.Tape.Watches(r.B) ? pass.Tape.Accumulate(pass, r.B) : default;
        var scratch = Operand.Scratch(pass, r.B);
        for (long k = 0; k < r.B.Shape[0]; k++)
        {
            var w = Operand.Row(r.B, k, (T*)scratch.Data);
            for (long t = 0; t < r.A.Shape.Rows; t++)
            {
                var g = (T*)dy.Row(t);
                var (x, sum) = (((T*)r.A.Row(t))[k], T.Zero);
                for (long i = 0; i < n; i++) sum += g[i] * w[i];
                ((T*)dx.Row(t))[k] += sum;
                if (!dw.Exists) continue;
                for (long i = 0; i < n; i++) ((T*)dw.Row(k))[i] += x * g[i];
            }
        }
    }
}
