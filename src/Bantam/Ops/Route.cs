using System.Numerics;
using Bantam.Execution;
using Bantam.Kernels;
using Bantam.Tensors;

namespace Bantam.Ops;

/// <summary>
/// Chooses each row's experts (arXiv 2401.04088, §2.1): the k largest of softmax(logits), whose probabilities are their
/// weights, scaled to a sum of one where the family does so. logits [T, E]; experts, weights [T, k].
/// </summary>
public static unsafe class Route
{
    /// <summary>Routes; equal logits go to the expert with the lower number.</summary>
    public static (Tensor Experts, Tensor Weights) Forward(Pass pass, Tensor logits, int k, bool normalise)
    {
        if (k < 1 || k > logits.Shape.Columns) throw new ArgumentOutOfRangeException(nameof(k), k, $"there are {logits.Shape.Columns} experts");
        var experts = pass.New(DType.I32, logits.Shape.Rows, k);
        var weights = pass.New(logits.Shape.Rows, k);
        var mark = pass.Mark();
        var p = pass.New(logits.Shape.Columns);
        for (long t = 0; t < logits.Shape.Rows; t++)
        {
            Buffer.MemoryCopy(logits.Row(t), p.Data, p.Bytes, p.Bytes);
            var chosen = (int*)experts.Row(t);
            if (pass.IsReference)
            {
                Softmax.Reference((double*)p.Data, (int)p.Shape.Count);
                Choose((double*)p.Data, p.Shape.Count, chosen, (double*)weights.Row(t), k, normalise);
            }
            else
            {
                Probabilities((float*)p.Data, p.Shape.Count);
                Choose((float*)p.Data, p.Shape.Count, chosen, (float*)weights.Row(t), k, normalise);
            }
        }
        pass.Release(mark);
        pass.Tape?.Push(new TapeRecord(pass.IsReference ? &Backward<double> : &Backward<float>, weights, logits, experts, integer: normalise ? 1 : 0));
        return (experts, weights);
    }

    private static void Probabilities(float* x, long n)
    {
        var max = x[0];
        for (long i = 1; i < n; i++) max = MathF.Max(max, x[i]);
        Softmax.Exponentials(x, n, max);
        var inverse = 1 / Lanes.Sum(x, n);
        for (long i = 0; i < n; i++) x[i] *= inverse;
    }

    private static void Choose<T>(T* p, long n, int* chosen, T* weights, int k, bool normalise)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var sum = T.Zero;
        for (var s = 0; s < k; s++)
        {
            var best = -1;
            // A probability that has been taken is negative. NaN is never greater: the lowest numbers left answer for it,
            // and no expert is chosen twice.
            for (var e = 0; e < n; e++)
                if (p[e] != T.NegativeOne && (best < 0 || p[e] > p[best])) best = e;
            chosen[s] = best;
            weights[s] = p[best];
            sum += p[best];
            p[best] = T.NegativeOne;
        }
        if (!normalise) return;
        for (var s = 0; s < k; s++) weights[s] /= sum;
    }

    // Normalised, the weights are a softmax over the chosen alone; otherwise over all, of which only the chosen are used.
    // dlogit = p∘(dw − Σ p·dw) in both, with the weights of the former or the probabilities of the latter as p.
    private static void Backward<T>(Pass pass, in TapeRecord r)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (e, k) = ((int)r.A.Shape.Columns, (int)r.B.Shape.Columns);
        var dw = pass.Tape!.Gradient(r.Output);
        var dlogits = pass.Tape.Accumulate(pass, r.A);
        var p = (T*)pass.New(e).Data;
        for (long t = 0; t < r.A.Shape.Rows; t++)
        {
            var chosen = (int*)r.B.Row(t);
            var g = (T*)dw.Row(t);
            var to = (T*)dlogits.Row(t);
            new Span<T>(p, e).Clear();
            if (r.Integer == 1)
                for (var s = 0; s < k; s++) p[chosen[s]] = ((T*)r.Output.Row(t))[s];
            else
            {
                Buffer.MemoryCopy(r.A.Row(t), p, e * (long)sizeof(T), e * (long)sizeof(T));
                Softmax.Reference(p, e);
            }
            var mean = T.Zero;
            for (var s = 0; s < k; s++) mean += p[chosen[s]] * g[s];
            for (var i = 0; i < e; i++) to[i] -= p[i] * mean;
            for (var s = 0; s < k; s++) to[chosen[s]] += p[chosen[s]] * g[s];
        }
    }
}
