using Bantam.Kernels;
using Bantam.Kernels.Quant;
using Bantam.Tensors;

namespace Bantam.Checkpoints;

/// <summary>Writes a tensor in another type and another order of rows, a few megabytes at a time.</summary>
internal static class TensorStream
{
    private const long PieceBytes = 4 << 20;

    /// <summary>
    /// Writes <paramref name="tensor"/> as <paramref name="type"/>. Row r of the output is row <paramref name="rows"/>(r) of
    /// the tensor, or r where that is null. Progress is told the bytes of each piece.
    /// </summary>
    public static void Write(Stream stream, Tensor tensor, DType type, Func<long, long>? rows, Workers workers, IProgress<long>? progress, CancellationToken cancellation)
    {
        var rowBytes = type.Bytes(tensor.Shape.Columns);
        var perPiece = Math.Clamp(PieceBytes / Math.Max(rowBytes, 1), 1, Math.Max(tensor.Shape.Rows, 1));
        var piece = new byte[perPiece * rowBytes];
        for (long first = 0; first < tensor.Shape.Rows; first += perPiece)
        {
            cancellation.ThrowIfCancellationRequested();
            var count = Math.Min(perPiece, tensor.Shape.Rows - first);
            var bytes = (int)(count * rowBytes);
            if (rows is null)
                TensorEncoder.EncodeRows(tensor, first, count, type, workers, piece);
            else
                for (long i = 0; i < count; i++)
                    TensorEncoder.EncodeRows(tensor, rows(first + i), 1, type, workers, piece.AsSpan((int)(i * rowBytes)));
            stream.Write(piece, 0, bytes);
            progress?.Report(bytes);
        }
    }
}
