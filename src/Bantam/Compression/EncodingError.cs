using System.Runtime.InteropServices;
using Bantam.Kernels;
using Bantam.Kernels.Quant;
using Bantam.Tensors;

namespace Bantam.Compression;

/// <summary>How much of a tensor is lost in another format: Σ (w − ŵ)² and Σ w², without keeping the encoded tensor.</summary>
internal static unsafe class EncodingError
{
    /// <summary>
    /// ‖w − ŵ‖² / ‖w‖²; 0 for a tensor of zeros, infinite where the format cannot hold the values. Rows are summed in their
    /// order, so the number of threads does not matter.
    /// </summary>
    public static double Relative(Tensor source, DType target, Workers workers)
    {
        if (source.DType == target && source.Scales is null) return 0;
        var (rows, columns) = (source.Shape.Rows, source.Shape.Columns);
        // Per thread: the row, the row as it comes back, and the row encoded, which is never longer than F32.
        var scratch = (float*)NativeMemory.AlignedAlloc((nuint)(workers.Threads * 3 * columns * sizeof(float)), 64);
        var sums = (double*)NativeMemory.AllocZeroed((nuint)(rows * 2), sizeof(double));
        try
        {
            var job = new Job
            {
                Source = TensorEncoder.Index(source.DType),
                Target = TensorEncoder.Index(target),
                From = source.Data,
                FromBytes = source.RowBytes,
                Columns = columns,
                Scales = new RowScales(source),
                Scratch = scratch,
                Sums = sums,
            };
            workers.Run(rows, 64 * columns, &Rows, &job);
            double error = 0, norm = 0;
            for (long row = 0; row < rows; row++) (error, norm) = (error + sums[2 * row], norm + sums[(2 * row) + 1]);
            if (!double.IsFinite(error)) return double.PositiveInfinity;
            return norm == 0 ? 0 : error / norm;
        }
        finally
        {
            NativeMemory.AlignedFree(scratch);
            NativeMemory.Free(sums);
        }
    }

    private static void Rows(void* context, int part, long from, long to)
    {
        var job = (Job*)context;
        var (unpack, quantize) = (BlockFormats.All[job->Source], BlockFormats.All[job->Target]);
        var n = job->Columns;
        float* w = job->Scratch + (part * 3 * n), back = w + n, encoded = back + n;
        for (var row = from; row < to; row++)
        {
            unpack.Unpack(job->From + (row * job->FromBytes), w, n);
            job->Scales.Apply(row, w, n);
            quantize.Quantize(w, (byte*)encoded, n);
            quantize.Unpack((byte*)encoded, back, n);
            double error = 0, norm = 0;
            for (long k = 0; k < n; k++)
            {
                var lost = (double)w[k] - back[k];
                error += lost * lost;
                norm += (double)w[k] * w[k];
            }
            job->Sums[2 * row] = error;
            job->Sums[(2 * row) + 1] = norm;
        }
    }

    private struct Job
    {
        public int Source;
        public int Target;
        public byte* From;
        public long FromBytes;
        public long Columns;
        public RowScales Scales;
        public float* Scratch;
        public double* Sums;
    }
}
