using System.Numerics;
using System.Runtime.CompilerServices;
using Bantam.Execution;
using Bantam.Kernels;
using Bantam.Kernels.Quant;
using Bantam.Tensors;

namespace Bantam.Ops;

/// <summary>
/// Layer normalisation (arXiv 1607.06450): y = (x − mean) / √(variance + ε) · w + b, per row. x, y [T, C]; w, b [C].
/// </summary>
public static unsafe class LayerNorm
{
    /// <summary>Normalises every row of <paramref name="x"/>.</summary>
    /// <exception cref="BantamException">Gain or bias is not of the type that the pass computes in (BT2101).</exception>
    public static Tensor Forward(Pass pass, Tensor x, Tensor weight, Tensor bias, float eps)
    {
        if (weight.DType != pass.Compute || bias.DType != pass.Compute)
            throw new BantamException("BT2101", $"gains of a norm in {weight.DType} do not run in a pass that computes in {pass.Compute}");
        if (weight.Shape.Count != x.Shape.Columns || bias.Shape.Count != x.Shape.Columns)
            throw new ArgumentException($"gains {weight.Shape} and biases {bias.Shape} do not fit {x.Shape}", nameof(weight));
        var y = pass.New(x.Shape.Rows, x.Shape.Columns);
        if (pass.IsReference) Reference((double*)x.Data, (double*)weight.Data, (double*)bias.Data, (double*)y.Data, x.Shape.Rows, x.Shape.Columns, eps);
        else
        {
            var job = new Job { X = (float*)x.Data, W = (float*)weight.Data, B = (float*)bias.Data, Y = (float*)y.Data, Columns = x.Shape.Columns, Eps = eps };
            pass.Workers.Run(x.Shape.Rows, 8 * x.Shape.Columns, &Rows, &job);
        }
        pass.Tape?.Push(new TapeRecord(pass.IsReference ? &Backward<double> : &Backward<float>, y, x, weight, bias, scalar: eps));
        return y;
    }

    private static void Reference<T>(T* x, T* w, T* b, T* y, long rows, long c, float eps)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (; rows > 0; rows--, x += c, y += c)
        {
            var (mean, scale) = Moments(x, c, eps);
            for (long i = 0; i < c; i++) y[i] = ((x[i] - mean) * scale * w[i]) + b[i];
        }
    }

    private static void Rows(void* context, int part, long from, long to)
    {
        var job = (Job*)context;
        var c = job->Columns;
        for (var t = from; t < to; t++)
        {
            float* x = job->X + (t * c), y = job->Y + (t * c);
            Elementwise.Run(new Centred(x, y, Lanes.Sum(x, c) / c), 0, c);
            var scale = 1 / MathF.Sqrt((F32.Dot((byte*)y, (byte*)y, c) / c) + job->Eps);
            Elementwise.Run(new Scaled(y, job->W, job->B, scale), 0, c);
        }
    }

    private static (T Mean, T Scale) Moments<T>(T* x, long c, float eps)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (n, mean, variance) = (T.CreateTruncating(c), T.Zero, T.Zero);
        for (long i = 0; i < c; i++) mean += x[i] / n;
        for (long i = 0; i < c; i++) variance += (x[i] - mean) * (x[i] - mean) / n;
        return (mean, T.One / T.Sqrt(variance + T.CreateTruncating(eps)));
    }

    // With z = (x − mean)·s and g = w∘dy: dx = s·(g − mean(g) − z·mean(g∘z)), dw = Σ_rows dy∘z, db = Σ_rows dy.
    private static void Backward<T>(Pass pass, in TapeRecord r)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var c = r.A.Shape.Columns;
        var n = T.CreateTruncating(c);
        var w = (T*)r.B.Data;
        var dx = pass.Tape!.Accumulate(pass, r.A);
        var dw = pass.Tape.Watches(r.B) ? (T*)pass.Tape.Accumulate(pass, r.B).Data : null;
        var db = pass.Tape.Watches(r.C) ? (T*)pass.Tape.Accumulate(pass, r.C).Data : null;
        var gradient = pass.Tape.Gradient(r.Output);
        for (long t = 0; t < r.A.Shape.Rows; t++)
        {
            var x = (T*)r.A.Row(t);
            var dy = (T*)gradient.Row(t);
            var to = (T*)dx.Row(t);
            var (mean, scale) = Moments(x, c, (float)r.Scalar);
            var (meanG, meanGz) = (T.Zero, T.Zero);
            for (long i = 0; i < c; i++)
            {
                meanG += w[i] * dy[i] / n;
                meanGz += w[i] * dy[i] * (x[i] - mean) * scale / n;
            }
            for (long i = 0; i < c; i++)
            {
                var z = (x[i] - mean) * scale;
                to[i] += scale * ((w[i] * dy[i]) - meanG - (z * meanGz));
                if (dw is not null) dw[i] += dy[i] * z;
                if (db is not null) db[i] += dy[i];
            }
        }
    }

    // y = x − mean.
    private readonly struct Centred(float* x, float* y, float mean) : IElementwise
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<TWidth, TVector>(long i)
            where TWidth : struct, IWidth<TVector>
            where TVector : struct => TWidth.Store(TWidth.Subtract(TWidth.Load(x + i), TWidth.Create(mean)), y + i);
    }

    // y = y·scale·w + b.
    private readonly struct Scaled(float* y, float* w, float* b, float scale) : IElementwise
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<TWidth, TVector>(long i)
            where TWidth : struct, IWidth<TVector>
            where TVector : struct =>
            TWidth.Store(TWidth.Add(TWidth.Multiply(TWidth.Multiply(TWidth.Load(y + i), TWidth.Create(scale)), TWidth.Load(w + i)), TWidth.Load(b + i)), y + i);
    }

    private struct Job
    {
        public float* X;
        public float* W;
        public float* B;
        public float* Y;
        public long Columns;
        public float Eps;
    }
}
