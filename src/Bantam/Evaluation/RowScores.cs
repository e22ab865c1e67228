using Bantam.Kernels;
using Bantam.Ops;
using Bantam.Tensors;

namespace Bantam.Evaluation;

/// <summary>What one predicted token says, in nats.</summary>
/// <param name="Nll">−ln p(target) of the model, or of the reference.</param>
/// <param name="CandidateNll">−ln q(target) of the candidate.</param>
/// <param name="Kl">Σ p·ln(p/q) over the vocabulary.</param>
/// <param name="SameTop">Whether both think the same token most likely.</param>
internal readonly record struct RowScore(double Nll, double CandidateNll, double Kl, bool SameTop);

/// <summary>Scores rows of logits in double precision, rows spread over threads.</summary>
internal static unsafe class RowScores
{
    /// <summary>Losses of one model. logits [n, V]; targets and scores have n entries; the softmax is over the first <paramref name="columns"/> ids.</summary>
    public static void Losses(Workers workers, Tensor logits, ReadOnlySpan<int> targets, int columns, Span<RowScore> scores) =>
        Run(workers, logits, default, targets, columns, scores, &LossOf);

    /// <summary>Losses of both models and the divergence of <paramref name="candidate"/> from <paramref name="reference"/>.</summary>
    public static void Divergences(Workers workers, Tensor reference, Tensor candidate, ReadOnlySpan<int> targets, int columns, Span<RowScore> scores) =>
        Run(workers, reference, candidate, targets, columns, scores, &DivergenceOf);

    private static void Run(Workers workers, Tensor a, Tensor b, ReadOnlySpan<int> targets, int columns, Span<RowScore> scores, delegate*<void*, int, long, long, void> work)
    {
        fixed (int* t = targets)
        fixed (RowScore* s = scores)
        {
            var job = new Job
            {
                A = (float*)a.Data,
                B = b.Exists ? (float*)b.Data : null,
                StrideA = a.Shape.Columns,
                StrideB = b.Exists ? b.Shape.Columns : 0,
                Columns = columns,
                Targets = t,
                Scores = s,
            };
            workers.Run(targets.Length, 16L * columns, work, &job);
        }
    }

    private static void LossOf(void* context, int part, long from, long to)
    {
        var job = (Job*)context;
        for (var row = from; row < to; row++)
        {
            var a = job->A + (row * job->StrideA);
            job->Scores[row] = new RowScore(Softmax.LogSumExp(new ReadOnlySpan<float>(a, job->Columns)) - a[job->Targets[row]], 0, 0, true);
        }
    }

    private static void DivergenceOf(void* context, int part, long from, long to)
    {
        var job = (Job*)context;
        for (var row = from; row < to; row++)
            job->Scores[row] = Diverge(job->A + (row * job->StrideA), job->B + (row * job->StrideB), job->Columns, job->Targets[row]);
    }

    // With ln p = a − A and ln q = b − B (A, B the log-sum-exps): Σ p·(ln p − ln q) = Σ p·(a − b) − (A − B). One exponential
    // per model and id, and exactly zero for equal logits.
    private static RowScore Diverge(float* a, float* b, int n, int target)
    {
        var (topA, topB) = (Top(a, n), Top(b, n));
        double maxA = a[topA], maxB = b[topB];
        double sumA = 0, sumB = 0, difference = 0;
        for (var i = 0; i < n; i++)
        {
            var p = Math.Exp(a[i] - maxA);
            sumA += p;
            difference += p * ((double)a[i] - b[i]);
            sumB += Math.Exp(b[i] - maxB);
        }
        var (logA, logB) = (maxA + Math.Log(sumA), maxB + Math.Log(sumB));
        return new RowScore(logA - a[target], logB - b[target], (difference / sumA) - (logA - logB), topA == topB);
    }

    // The first of equals.
    private static int Top(float* x, int n)
    {
        var top = 0;
        for (var i = 1; i < n; i++)
            if (x[i] > x[top]) top = i;
        return top;
    }

    private struct Job
    {
        public float* A;
        public float* B;
        public long StrideA;
        public long StrideB;
        public int Columns;
        public int* Targets;
        public RowScore* Scores;
    }
}
