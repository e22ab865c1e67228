using System.Numerics;
using System.Runtime.CompilerServices;
using Bantam.Execution;
using Bantam.Kernels;
using Bantam.Kernels.Quant;
using Bantam.Tensors;

namespace Bantam.Ops;

/// <summary>
/// Root-mean-square normalisation (arXiv 1910.07467): y = x / √(mean(x²) + ε) · w, per row; with 1 + w for gains that are
/// stored less one (Gemma). x, y [T, C]; w [C].
/// </summary>
public static unsafe class RmsNorm
{
    /// <summary>Normalises every row of <paramref name="x"/>.</summary>
    /// <exception cref="BantamException"><paramref name="weight"/> is not of the type that the pass computes in (BT2101).</exception>
    public static Tensor Forward(Pass pass, Tensor x, Tensor weight, float eps, bool unitOffset = false)
    {
        if (weight.DType != pass.Compute)
            throw new BantamException("BT2101", $"gains of a norm in {weight.DType} do not run in a pass that computes in {pass.Compute}");
        if (weight.Shape.Count != x.Shape.Columns) throw new ArgumentException($"gains {weight.Shape} do not fit {x.Shape}", nameof(weight));
        var y = pass.New(x.Shape.Rows, x.Shape.Columns);
        var offset = unitOffset ? 1 : 0;
        if (pass.IsReference) Reference((double*)x.Data, (double*)weight.Data, (double*)y.Data, x.Shape.Rows, x.Shape.Columns, eps, offset);
        else
        {
            var job = new Job { X = (float*)x.Data, W = (float*)weight.Data, Y = (float*)y.Data, Columns = x.Shape.Columns, Eps = eps, Offset = offset };
            pass.Workers.Run(x.Shape.Rows, 6 * x.Shape.Columns, &Rows, &job);
        }
        pass.Tape?.Push(new TapeRecord(pass.IsReference ? &Backward<double> : &Backward<float>, y, x, weight, scalar: eps, integer: offset));
        return y;
    }

    // The definition.
    private static void Reference<T>(T* x, T* w, T* y, long rows, long c, float eps, T offset)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (; rows > 0; rows--, x += c, y += c)
        {
            var scale = Scale(x, c, eps);
            for (long i = 0; i < c; i++) y[i] = x[i] * scale * (offset + w[i]);
        }
    }

    private static void Rows(void* context, int part, long from, long to)
    {
        var job = (Job*)context;
        var c = job->Columns;
        for (var t = from; t < to; t++)
        {
            var x = job->X + (t * c);
            var scale = 1 / MathF.Sqrt((F32.Dot((byte*)x, (byte*)x, c) / c) + job->Eps);
            Elementwise.Run(new Scaled(x, job->W, job->Y + (t * c), scale, job->Offset), 0, c);
        }
    }

    private static T Scale<T>(T* x, long c, float eps)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var sum = T.Zero;
        for (long i = 0; i < c; i++) sum += x[i] * x[i];
        return T.One / T.Sqrt((sum / T.CreateTruncating(c)) + T.CreateTruncating(eps));
    }

    // With s = (mean(x²) + ε)^(−½) and g = (offset + w)∘dy: dx = s·g − x·s³·(g·x)/C and dw = Σ_rows dy∘x·s.
    private static void Backward<T>(Pass pass, in TapeRecord r)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (rows, c) = (r.A.Shape.Rows, r.A.Shape.Columns);
        var wantsWeight = pass.Tape!.Watches(r.B);
        var offset = T.CreateTruncating(r.Integer);
        var x = (T*)r.A.Data;
        var w = (T*)r.B.Data;
        var dy = (T*)pass.Tape.Gradient(r.Output).Data;
        var dx = (T*)pass.Tape.Accumulate(pass, r.A).Data;
        var dw = wantsWeight ? (T*)pass.Tape.Accumulate(pass, r.B).Data : null;
        for (; rows > 0; rows--, x += c, dy += c, dx += c)
        {
            var s = Scale(x, c, (float)r.Scalar);
            var gx = T.Zero;
            for (long i = 0; i < c; i++) gx += (offset + w[i]) * dy[i] * x[i];
            var pull = s * s * s * gx / T.CreateTruncating(c);
            for (long i = 0; i < c; i++)
            {
                dx[i] += (s * (offset + w[i]) * dy[i]) - (pull * x[i]);
                if (wantsWeight) dw[i] += dy[i] * x[i] * s;
            }
        }
    }

    // y = x·scale·(offset + w).
    private readonly struct Scaled(float* x, float* w, float* y, float scale, float offset) : IElementwise
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<TWidth, TVector>(long i)
            where TWidth : struct, IWidth<TVector>
            where TVector : struct =>
            TWidth.Store(TWidth.Multiply(TWidth.Multiply(TWidth.Load(x + i), TWidth.Create(scale)), TWidth.Add(TWidth.Create(offset), TWidth.Load(w + i))), y + i);
    }

    private struct Job
    {
        public float* X;
        public float* W;
        public float* Y;
        public long Columns;
        public float Eps;
        public float Offset;
    }
}
