namespace Bantam.Tensors;

/// <summary>
/// Scales that lie beside a matrix and not among its blocks, as checkpoints in 8-bit floats keep them: a value is what its
/// own bits mean times the scale of the rectangle that it lies in, one product rounded to F32.
/// </summary>
public sealed class TensorScales
{
    /// <summary>Describes scales; whether they fit a tensor is checked where they are put beside it.</summary>
    /// <param name="values">F32 [row blocks, column blocks]; the last block of a row or a column may be incomplete.</param>
    /// <param name="rowBlock">Rows that share a scale: 1 for a scale per output, all rows for one per tensor.</param>
    /// <param name="columnBlock">Columns that share a scale.</param>
    /// <param name="firstRow">Where the first row of the tensor lies in the rows that the blocks are counted over; not 0 for a slice.</param>
    public TensorScales(Tensor values, long rowBlock, long columnBlock, long firstRow = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rowBlock, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(columnBlock, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(firstRow);
        if (values.DType != DType.F32 || values.Shape.Rank != 2)
            throw new ArgumentException($"scales are a matrix of F32, not {values}", nameof(values));
        (Values, RowBlock, ColumnBlock, FirstRow) = (values, rowBlock, columnBlock, firstRow);
    }

    /// <summary>F32 [row blocks, column blocks].</summary>
    public Tensor Values { get; }

    /// <summary>Rows that share a scale.</summary>
    public long RowBlock { get; }

    /// <summary>Columns that share a scale.</summary>
    public long ColumnBlock { get; }

    /// <summary>Where the first row of the tensor lies in the rows that the blocks are counted over.</summary>
    public long FirstRow { get; }

    /// <summary>How many blocks of <paramref name="block"/> it takes to cover <paramref name="length"/>.</summary>
    public static long Blocks(long length, long block) => length == 0 ? 0 : ((length - 1) / block) + 1;

    /// <summary>The same scales for the rows from <paramref name="start"/> on.</summary>
    internal TensorScales From(long start) => new(Values, RowBlock, ColumnBlock, FirstRow + start);

    /// <summary>Whether every element of a matrix of <paramref name="type"/> and <paramref name="shape"/> has exactly one scale, and no storage block has two.</summary>
    internal bool Fit(DType type, Shape shape) =>
        shape.Rank == 2
        && Values.Shape[1] == Blocks(shape[1], ColumnBlock)
        && Values.Shape[0] >= Blocks(FirstRow + shape[0], RowBlock)
        && (ColumnBlock >= shape[1] || ColumnBlock % type.BlockSize == 0);

    /// <inheritdoc/>
    public override string ToString() => $"{Values.Shape} of blocks [{RowBlock}, {ColumnBlock}]";
}
