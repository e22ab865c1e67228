using System.Numerics;
using System.Runtime.InteropServices;
using Bantam.Tensors;

namespace Bantam.Kernels.Quant;

/// <summary>
/// Stores a tensor in another block format: every row is unpacked to F32, its scales multiplied in, and quantised again,
/// rows spread over threads. A tensor that is in the format already and has no scales is copied bit for bit. The bytes do not depend on the number of threads.
/// </summary>
public static unsafe class TensorEncoder
{
    // Multiply-adds per element that encoding is worth, roughly: the searches for a scale try a dozen.
    private const long CostPerElement = 64;

    /// <summary>Whether <paramref name="source"/> can be stored as <paramref name="target"/>: both formats run, and its rows divide into whole blocks.</summary>
    public static bool CanEncode(Tensor source, DType target) =>
        BlockFormats.TryOf(source.DType, out _) && BlockFormats.TryOf(target, out _) && source.Shape.Columns % target.BlockSize == 0;

    /// <summary>The whole of <paramref name="source"/> as <paramref name="target"/>, in native memory of its own: whoever asks disposes its owner.</summary>
    /// <param name="source">In any block format, any shape; blocks run along its last dimension.</param>
    /// <param name="target">Any block format whose block divides the last dimension.</param>
    /// <param name="workers">Who computes.</param>
    /// <exception cref="BantamException">One of the formats does not run (BT2101), a row does not divide into blocks (BT2107), or an element is no finite number and the target has blocks, which would make one of it (BT2111).</exception>
    public static Tensor Encode(Tensor source, DType target, Workers workers)
    {
        Check(source, target);
        var encoded = new NativeStorage(target.Bytes(source.Shape.Count), clear: false).View(target, source.Shape);
        EncodeRows(source, 0, source.Shape.Rows, target, workers, encoded.Data);
        return encoded;
    }

    /// <summary>Some rows, for a writer that streams a tensor of any size through a buffer.</summary>
    /// <param name="source">In any block format.</param>
    /// <param name="firstRow">The first row to encode, over all outer dimensions.</param>
    /// <param name="count">How many.</param>
    /// <param name="target">Any block format whose block divides the last dimension.</param>
    /// <param name="workers">Who computes.</param>
    /// <param name="destination">Receives exactly <paramref name="count"/> rows.</param>
    /// <returns>How many bytes were written.</returns>
    /// <inheritdoc cref="Encode" path="/exception"/>
    public static int EncodeRows(Tensor source, long firstRow, long count, DType target, Workers workers, Span<byte> destination)
    {
        Check(source, target);
        var bytes = target.Bytes(checked(count * source.Shape.Columns));
        if (bytes > destination.Length)
            throw new ArgumentException($"{count} rows of {source.Shape} take {bytes} bytes as {target} and the destination has {destination.Length}", nameof(destination));
        fixed (byte* to = destination) EncodeRows(source, firstRow, count, target, workers, to);
        return (int)bytes;
    }

    private static void EncodeRows(Tensor source, long firstRow, long count, DType target, Workers workers, byte* destination)
    {
        if (firstRow < 0 || count < 0 || count > source.Shape.Rows - firstRow)
            throw new ArgumentOutOfRangeException(nameof(firstRow), firstRow, $"{count} rows from there leave {source.Shape}");
        var from = source.Row(firstRow);
        if (source.DType == target && source.Scales is null)
        {
            var bytes = count * source.RowBytes;
            Buffer.MemoryCopy(from, destination, bytes, bytes);
            return;
        }
        var isSound = 1;
        var scratch = (float*)NativeMemory.AlignedAlloc((nuint)(workers.Threads * source.Shape.Columns * sizeof(float)), 64);
        try
        {
            var job = new Job
            {
                Source = Index(source.DType),
                Target = Index(target),
                From = from,
                To = destination,
                FromBytes = source.RowBytes,
                ToBytes = target.Bytes(source.Shape.Columns),
                Columns = source.Shape.Columns,
                Scales = new RowScales(source, firstRow),
                Scratch = scratch,
                IsSound = target.IsBlocked ? &isSound : null,
            };
            workers.Run(count, CostPerElement * source.Shape.Columns, &Rows, &job);
            if (isSound == 0) throw Unsound(source, firstRow, count, target, scratch);
        }
        finally
        {
            NativeMemory.AlignedFree(scratch);
        }
    }

    private static void Rows(void* context, int part, long from, long to)
    {
        var job = (Job*)context;
        var (unpack, quantize) = (BlockFormats.All[job->Source], BlockFormats.All[job->Target]);
        var scratch = job->Scratch + (part * job->Columns);
        for (var row = from; row < to; row++)
        {
            unpack.Unpack(job->From + (row * job->FromBytes), scratch, job->Columns);
            job->Scales.Apply(row, scratch, job->Columns);
            // Work must not throw; whoever finds something tells.
            if (job->IsSound is not null && !AreFinite(scratch, job->Columns)) Volatile.Write(ref *job->IsSound, 0);
            quantize.Quantize(scratch, job->To + (row * job->ToBytes), job->Columns);
        }
    }

    // Zero times a finite number is zero; times anything else it is NaN.
    private static bool AreFinite(float* x, long n)
    {
        var sum = Vector<float>.Zero;
        long k = 0;
        for (; k + Vector<float>.Count <= n; k += Vector<float>.Count) sum += Vector.Load(x + k) * 0;
        var rest = Vector.Sum(sum);
        for (; k < n; k++) rest += x[k] * 0;
        return rest == 0;
    }

    private static BantamException Unsound(Tensor source, long firstRow, long count, DType target, float* scratch)
    {
        var (row, column) = (firstRow - 1, source.Shape.Columns);
        while (column == source.Shape.Columns && ++row < firstRow + count)
        {
            RowScales.Unpack(source, row, scratch);
            for (column = 0; column < source.Shape.Columns && float.IsFinite(scratch[column]);) column++;
        }
        return new BantamException("BT2111", $"a tensor {source} has {scratch[column]} in column {column} of row {row}, and blocks of {target} would make a number of it; is the file damaged? F16 keeps it as it is");
    }

    // A job holds no references: a format travels as its row of the table.
    internal static int Index(DType type)
    {
        var index = 0;
        while (BlockFormats.All[index].DType != type) index++;
        return index;
    }

    private static void Check(Tensor source, DType target)
    {
        _ = BlockFormats.Of(source.DType);
        _ = BlockFormats.Of(target);
        if (source.Shape.Columns % target.BlockSize != 0)
            throw new BantamException("BT2107", $"rows of {source.Shape.Columns} elements do not divide into {target} blocks of {target.BlockSize}; F16 fits any row");
    }

    private struct Job
    {
        public int Source;
        public int Target;
        public byte* From;
        public byte* To;
        public long FromBytes;
        public long ToBytes;
        public long Columns;
        public RowScales Scales;
        public float* Scratch;
        public int* IsSound;    // cleared where an element is no finite number; null where that does not matter
    }
}
