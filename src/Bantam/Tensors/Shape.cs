namespace Bantam.Tensors;

/// <summary>
/// Up to four dimensions, outermost first; the last one is contiguous: a linear's weight is <c>[out, in]</c>. (GGUF lists
/// them the other way round.) A value type, so that a forward pass allocates nothing.
/// </summary>
public readonly struct Shape : IEquatable<Shape>
{
    private readonly long _d0;
    private readonly long _d1;
    private readonly long _d2;
    private readonly long _d3;
    private readonly long _count;

    /// <summary>A shape of <paramref name="dims"/>, outermost first, at most four.</summary>
    public Shape(params ReadOnlySpan<long> dims)
    {
        if (dims.Length > 4) throw new ArgumentException($"a shape has at most 4 dimensions, not {dims.Length}", nameof(dims));
        foreach (var dim in dims)
            ArgumentOutOfRangeException.ThrowIfNegative(dim, nameof(dims));
        Rank = dims.Length;
        _d0 = dims.Length > 0 ? dims[0] : 1;
        _d1 = dims.Length > 1 ? dims[1] : 1;
        _d2 = dims.Length > 2 ? dims[2] : 1;
        _d3 = dims.Length > 3 ? dims[3] : 1;
        _count = checked(_d0 * _d1 * _d2 * _d3);
    }

    /// <summary>How many dimensions, 0 (a scalar) to 4.</summary>
    public int Rank { get; }

    /// <summary>How many elements; a scalar (also <c>default</c>) has one.</summary>
    public long Count => Rank == 0 ? 1 : _count;

    /// <summary>The contiguous dimension: the length of a row.</summary>
    public long Columns => Rank == 0 ? 1 : this[Rank - 1];

    /// <summary>How many rows: the product of all dimensions but the last.</summary>
    public long Rows => Columns == 0 ? 0 : Count / Columns;

    /// <summary>Dimension <paramref name="i"/>, outermost first.</summary>
    public long this[int i] => (uint)i >= (uint)Rank
        ? throw new ArgumentOutOfRangeException(nameof(i), i, $"the shape {this} has {Rank} dimensions")
        : i switch { 0 => _d0, 1 => _d1, 2 => _d2, _ => _d3 };

    /// <inheritdoc/>
    public bool Equals(Shape other) =>
        Rank == other.Rank && _d0 == other._d0 && _d1 == other._d1 && _d2 == other._d2 && _d3 == other._d3;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Shape other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Rank, _d0, _d1, _d2, _d3);

    /// <summary>Whether both have the same dimensions.</summary>
    public static bool operator ==(Shape a, Shape b) => a.Equals(b);

    /// <summary>Whether the dimensions differ.</summary>
    public static bool operator !=(Shape a, Shape b) => !a.Equals(b);

    /// <summary>The dimensions as text: <c>[512, 64]</c>.</summary>
    public override string ToString()
    {
        var shape = this;
        return $"[{string.Join(", ", Enumerable.Range(0, Rank).Select(i => shape[i]))}]";
    }
}
