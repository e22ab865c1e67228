using System.Runtime.CompilerServices;

namespace Bantam.Tensors;

/// <summary>
/// A typed, contiguous view of storage. A value type: making one costs nothing, and a forward pass makes many.
/// </summary>
public readonly unsafe struct Tensor
{
    internal Tensor(Storage owner, byte* data, DType type, Shape shape, TensorScales? scales = null)
    {
        Owner = owner;
        Data = data;
        DType = type;
        Shape = shape;
        Scales = scales;
    }

    /// <summary>What keeps the bytes alive.</summary>
    public Storage Owner { get; }

    /// <summary>First byte.</summary>
    public byte* Data { get; }

    /// <summary>How the values lie in memory.</summary>
    public DType DType { get; }

    /// <summary>Dimensions, outermost first.</summary>
    public Shape Shape { get; }

    /// <summary>
    /// Scales that every value is multiplied by, or null for most tensors. <see cref="Data"/>, <see cref="Row"/> and the
    /// spans are the stored bits without them.
    /// </summary>
    public TensorScales? Scales { get; }

    /// <summary>Whether this is a tensor at all; <c>default</c> stands for "none".</summary>
    public bool Exists => Owner is not null;

    /// <summary>Length in bytes, without <see cref="Scales"/>.</summary>
    public long Bytes => DType.Bytes(Shape.Count);

    /// <summary>Bytes of one row (the contiguous dimension).</summary>
    public long RowBytes => DType.Bytes(Shape.Columns);

    /// <summary>First byte of row <paramref name="row"/>, counted over all outer dimensions.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* Row(long row) => Data + (row * RowBytes);

    /// <summary>All elements as a span. Only for types of one element per block whose size is <typeparamref name="T"/>'s, and below 2³¹ elements.</summary>
    public Span<T> AsSpan<T>()
        where T : unmanaged
    {
        Check<T>();
        return new Span<T>(Data, checked((int)Shape.Count));
    }

    /// <summary>One row as a span; see <see cref="AsSpan{T}"/>.</summary>
    public Span<T> RowSpan<T>(long row)
        where T : unmanaged
    {
        Check<T>();
        return new Span<T>(Row(row), checked((int)Shape.Columns));
    }

    /// <summary>The same bytes under another shape of as many elements.</summary>
    public Tensor Reshape(params ReadOnlySpan<long> dims) => WithShape(new Shape(dims));

    /// <summary>The same bytes under <paramref name="shape"/>, of as many elements; a tensor with scales keeps its shape.</summary>
    public Tensor WithShape(Shape shape)
    {
        if (shape.Count != Shape.Count)
            throw new ArgumentException($"{Shape} has {Shape.Count} elements and {shape} has {shape.Count}", nameof(shape));
        if (Scales is not null && shape != Shape)
            throw new ArgumentException($"the scales of {this} belong to its shape and not to {shape}", nameof(shape));
        return new Tensor(Owner, Data, DType, shape, Scales);
    }

    /// <summary>The same bytes with <paramref name="scales"/> beside them.</summary>
    /// <exception cref="ArgumentException">The tensor is no matrix, or they do not cover it.</exception>
    public Tensor WithScales(TensorScales scales) => scales.Fit(DType, Shape)
        ? new Tensor(Owner, Data, DType, Shape, scales)
        : throw new ArgumentException($"scales {scales} do not cover {this}", nameof(scales));

    /// <summary>Rows <paramref name="start"/> up to <paramref name="start"/> + <paramref name="count"/> as a matrix.</summary>
    public Tensor Slice(long start, long count) =>
        start >= 0 && count >= 0 && count <= Shape.Rows - start
            ? new Tensor(Owner, Row(start), DType, new Shape(count, Shape.Columns), Scales?.From(start))
            : throw new ArgumentOutOfRangeException(nameof(start), start, $"{count} rows from there leave {Shape}");

    /// <inheritdoc/>
    public override string ToString() => Exists ? $"{DType}{Shape}" : "none";

    private void Check<T>()
        where T : unmanaged
    {
        if (DType.IsBlocked || sizeof(T) != DType.BlockBytes)
            throw new InvalidOperationException($"a {DType} tensor cannot be read as {typeof(T).Name}");
    }
}
