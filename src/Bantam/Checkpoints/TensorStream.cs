using Bantam.Kernels.Quant;
using Bantam.Tensors;

namespace Bantam.Checkpoints;

/// <summary>Writes a tensor in another type and another order of rows, a few megabytes at a time.</summary>
internal static unsafe class TensorStream
{
    private const long PieceBytes = 4 << 20;

    /// <summary>
    /// Writes <paramref name="tensor"/> as <paramref name="type"/>. Row r of the output is row <paramref name="rows"/>(r) of
    /// the tensor, or r where that is null.
    /// </summary>
    public static void Write(Stream stream, Tensor tensor, DType type, Func<long, long>? rows, IProgress<long>? progress, CancellationToken cancellation)
    {
        var columns = tensor.Shape.Columns;
        var rowBytes = type.Bytes(columns);
        var perPiece = (int)Math.Clamp(PieceBytes / Math.Max(rowBytes, 1), 1, int.MaxValue);
        var piece = new byte[Math.Min(perPiece, tensor.Shape.Rows) * rowBytes];
        for (long first = 0; first < tensor.Shape.Rows; first += perPiece)
        {
            cancellation.ThrowIfCancellationRequested();
            var start = first;
            var count = (int)Math.Min(perPiece, tensor.Shape.Rows - first);
            Parallel.For(0, count, () => new float[columns], (i, _, floats) =>
            {
                fixed (byte* to = piece)
                fixed (float* x = floats)
                    Row(tensor, rows is null ? start + i : rows(start + i), type, to + (i * rowBytes), x);
                return floats;
            }, _ => { });
            stream.Write(piece, 0, checked((int)(count * rowBytes)));
            progress?.Report(count * rowBytes);
        }
    }

    private static void Row(Tensor tensor, long row, DType type, byte* to, float* scratch)
    {
        if (type == tensor.DType)
        {
            Buffer.MemoryCopy(tensor.Row(row), to, tensor.RowBytes, tensor.RowBytes);
            return;
        }
        BlockFormats.Of(tensor.DType).Unpack(tensor.Row(row), scratch, tensor.Shape.Columns);
        BlockFormats.Of(type).Quantize(scratch, to, tensor.Shape.Columns);
    }
}
