using System.Numerics;
using Bantam.Tensors;

namespace Bantam.Kernels.Quant;

/// <summary>
/// The scales of a tensor's rows (<see cref="TensorScales"/>) as kernels need them: a pointer and no reference. The default
/// stands for a tensor without scales.
/// </summary>
internal readonly unsafe struct RowScales
{
    private readonly float* _values;
    private readonly long _perRow;
    private readonly long _rowBlock;
    private readonly long _firstRow;

    /// <summary>The scales of <paramref name="tensor"/>, rows counted from <paramref name="firstRow"/> of it.</summary>
    public RowScales(Tensor tensor, long firstRow = 0)
    {
        if (tensor.Scales is not { } scales) return;
        _values = (float*)scales.Values.Data;
        _perRow = scales.Values.Shape[1];
        _rowBlock = scales.RowBlock;
        _firstRow = scales.FirstRow + firstRow;
        ColumnBlock = scales.ColumnBlock;
    }

    /// <summary>Whether the tensor has scales.</summary>
    public bool Exist => _values is not null;

    /// <summary>Columns that share a scale.</summary>
    public long ColumnBlock { get; }

    /// <summary>The scales of row <paramref name="row"/>, one per block of columns.</summary>
    public float* Of(long row) => _values + ((_firstRow + row) / _rowBlock * _perRow);

    /// <summary>Decodes row <paramref name="row"/> of <paramref name="tensor"/> to floats, its scales multiplied in: the one place where a value of a weight comes from.</summary>
    public static void Unpack(Tensor tensor, long row, float* x)
    {
        BlockFormats.Of(tensor.DType).Unpack(tensor.Row(row), x, tensor.Shape.Columns);
        new RowScales(tensor).Apply(row, x, tensor.Shape.Columns);
    }

    /// <summary>Multiplies the <paramref name="n"/> decoded floats of row <paramref name="row"/> by their scales; leaves them where there are none.</summary>
    public void Apply(long row, float* x, long n)
    {
        if (!Exist) return;
        var scale = Of(row);
        for (long from = 0; from < n; from += ColumnBlock, scale++)
            Multiply(x + from, *scale, Math.Min(ColumnBlock, n - from));
    }

    // Each product is rounded on its own, so that the width of a register does not show.
    private static void Multiply(float* x, float scale, long n)
    {
        long k = 0;
        for (; k + Vector<float>.Count <= n; k += Vector<float>.Count) (Vector.Load(x + k) * scale).Store(x + k);
        for (; k < n; k++) x[k] *= scale;
    }
}
