using System.Numerics;
using Bantam.Execution;
using Bantam.Tensors;

namespace Bantam.Ops;

/// <summary>
/// The mean over rows of −log softmax(logits)[target], in nats. logits [W, V]; the loss is a scalar. Rows whose target is
/// negative are not supervised and do not count.
/// </summary>
public static unsafe class CrossEntropy
{
    /// <summary>Computes the loss.</summary>
    /// <exception cref="ArgumentException">No row is supervised, or the counts differ.</exception>
    public static Tensor Forward(Pass pass, Tensor logits, ReadOnlySpan<int> targets)
    {
        if (targets.Length != logits.Shape.Rows)
            throw new ArgumentException($"{targets.Length} targets for logits {logits.Shape}", nameof(targets));
        var kept = pass.New(DType.I32, targets.Length);
        targets.CopyTo(kept.AsSpan<int>());
        var supervised = 0;
        foreach (var target in targets)
        {
            if (target >= logits.Shape.Columns)
                throw new ArgumentException($"target {target} is outside the vocabulary of {logits.Shape.Columns}", nameof(targets));
            if (target >= 0) supervised++;
        }
        if (supervised == 0) throw new ArgumentException("no row has a target: the loss would mean nothing", nameof(targets));

        var loss = pass.New(1L);
        if (pass.IsReference) *(double*)loss.Data = Mean<double>(logits, kept, supervised);
        else *(float*)loss.Data = (float)Mean<float>(logits, kept, supervised);
        pass.Tape?.Push(new TapeRecord(pass.IsReference ? &Backward<double> : &Backward<float>, loss, logits, kept, integer: supervised));
        return loss;
    }

    private static double Mean<T>(Tensor logits, Tensor targets, int supervised)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var sum = 0.0;
        for (long w = 0; w < logits.Shape.Rows; w++)
        {
            var target = ((int*)targets.Data)[w];
            if (target < 0) continue;
            var row = (T*)logits.Row(w);
            var max = row[0];
            for (long i = 1; i < logits.Shape.Columns; i++) max = T.Max(max, row[i]);
            var exponentials = 0.0;
            for (long i = 0; i < logits.Shape.Columns; i++) exponentials += Math.Exp(double.CreateTruncating(row[i] - max));
            sum += Math.Log(exponentials) - double.CreateTruncating(row[target] - max);
        }
        return sum / supervised;
    }

    // dlogits = (softmax − one-hot)·dloss / supervised.
    private static void Backward<T>(Pass pass, in TapeRecord r)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var v = (int)r.A.Shape.Columns;
        var factor = *(T*)pass.Tape!.Gradient(r.Output).Data / T.CreateTruncating(r.Integer);
        var gradient = pass.Tape.Accumulate(pass, r.A);
        var p = (T*)pass.New(v).Data;
        for (long w = 0; w < r.A.Shape.Rows; w++)
        {
            var target = ((int*)r.B.Data)[w];
            if (target < 0) continue;
            new ReadOnlySpan<T>(r.A.Row(w), v).CopyTo(new Span<T>(p, v));
            Softmax.Reference(p, v);
            p[target] -= T.One;
            var to = (T*)gradient.Row(w);
            for (var i = 0; i < v; i++) to[i] += factor * p[i];
        }
    }
}
