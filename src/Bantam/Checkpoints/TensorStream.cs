using System.Runtime.InteropServices;
using Bantam.Kernels;
using Bantam.Kernels.Quant;
using Bantam.Tensors;

namespace Bantam.Checkpoints;

/// <summary>Writes a tensor in another type, order of rows or direction, a few megabytes at a time.</summary>
internal static class TensorStream
{
    private const long PieceBytes = 4 << 20;

    /// <summary>Writes all parts of <paramref name="tensor"/> one after the other. Progress is told the bytes of each piece.</summary>
    public static void Write(Stream stream, ExportedTensor tensor, Workers workers, IProgress<long>? progress, CancellationToken cancellation)
    {
        foreach (var part in tensor.Parts)
        {
            if (tensor.Transposed) WriteColumns(stream, part, tensor.Type, workers, progress, cancellation);
            else if (part.Shape.Rank == 1 && (tensor.Rows is not null || tensor.Added != 0)) WriteVector(stream, part, tensor, workers, progress);
            else Write(stream, part, tensor.Type, tensor.Rows, workers, progress, cancellation);
        }
    }

    /// <summary>
    /// Writes <paramref name="tensor"/> as <paramref name="type"/>. Row r of the output is row <paramref name="rows"/>(r) of
    /// the tensor, or r where that is null.
    /// </summary>
    private static void Write(Stream stream, Tensor tensor, DType type, Func<long, long>? rows, Workers workers, IProgress<long>? progress, CancellationToken cancellation)
    {
        var rowBytes = type.Bytes(tensor.Shape.Columns);
        var perPiece = RowsPerPiece(rowBytes, tensor.Shape.Rows);
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

    // A piece is some columns of the tensor; each pass over its rows gathers one.
    private static void WriteColumns(Stream stream, Tensor tensor, DType type, Workers workers, IProgress<long>? progress, CancellationToken cancellation)
    {
        var (rows, columns) = (tensor.Shape.Rows, tensor.Shape.Columns);
        var perPiece = RowsPerPiece(rows * sizeof(float), columns);
        using var storage = new NativeStorage(perPiece * rows * sizeof(float));
        var row = new float[columns];
        var piece = new byte[type.Bytes(perPiece * rows)];
        for (long first = 0; first < columns; first += perPiece)
        {
            var count = Math.Min(perPiece, columns - first);
            var turned = storage.View(DType.F32, new Shape(count, rows));
            var values = turned.AsSpan<float>();
            for (long r = 0; r < rows; r++)
            {
                cancellation.ThrowIfCancellationRequested();
                TensorEncoder.EncodeRows(tensor, r, 1, DType.F32, workers, MemoryMarshal.AsBytes(row.AsSpan()));
                for (long c = 0; c < count; c++) values[(int)((c * rows) + r)] = row[first + c];
            }
            var bytes = TensorEncoder.EncodeRows(turned, 0, count, type, workers, piece);
            stream.Write(piece, 0, bytes);
            progress?.Report(bytes);
        }
    }

    private static void WriteVector(Stream stream, Tensor tensor, ExportedTensor target, Workers workers, IProgress<long>? progress)
    {
        var values = new float[tensor.Shape.Columns];
        TensorEncoder.EncodeRows(tensor, 0, 1, DType.F32, workers, MemoryMarshal.AsBytes(values.AsSpan()));
        using var storage = new NativeStorage(values.Length * sizeof(float));
        var changed = storage.View(DType.F32, tensor.Shape);
        var span = changed.AsSpan<float>();
        for (var i = 0; i < span.Length; i++) span[i] = values[target.Rows is { } rows ? rows(i) : i] + target.Added;
        var bytes = new byte[target.Type.Bytes(values.Length)];
        TensorEncoder.EncodeRows(changed, 0, 1, target.Type, workers, bytes);
        stream.Write(bytes);
        progress?.Report(bytes.Length);
    }

    private static long RowsPerPiece(long rowBytes, long rows) => Math.Clamp(PieceBytes / Math.Max(rowBytes, 1), 1, Math.Max(rows, 1));
}
