using Bantam.Tensors;

namespace Bantam.Kernels.Quant;

/// <summary>A format as a value: a row of <see cref="BlockFormats"/>.</summary>
public abstract unsafe class BlockFormat
{
    /// <summary>Layout of the blocks.</summary>
    public abstract DType DType { get; }

    /// <summary>What activations are rounded to.</summary>
    public abstract DType Activation { get; }

    /// <summary>Encodes <paramref name="n"/> floats.</summary>
    public abstract void Quantize(float* x, byte* blocks, long n);

    /// <summary>Rounds an activation row of <paramref name="n"/> floats to <see cref="Activation"/>.</summary>
    public abstract void RoundActivation(float* x, byte* activation, long n);

    /// <summary>Decodes <paramref name="n"/> elements, the scalar specification.</summary>
    public abstract void Dequantize(byte* blocks, float* x, long n);

    /// <summary>Decodes <paramref name="n"/> elements, fast.</summary>
    public abstract void Unpack(byte* blocks, float* x, long n);

    /// <summary>Dot product, the scalar specification.</summary>
    public abstract float DotReference(byte* row, byte* activation, long n);

    /// <summary>Dot product, fast.</summary>
    public abstract float Dot(byte* row, byte* activation, long n);

    /// <summary>The kernel of this format that <see cref="Product"/> describes.</summary>
    internal abstract delegate*<Product*, int, long, long, void> Multiply { get; }

    /// <summary>The same for weights with scales: <see cref="Product.Scales"/> exist.</summary>
    internal abstract delegate*<Product*, int, long, long, void> MultiplyScaled { get; }

    /// <summary>Items of work that <see cref="Multiply"/> splits a matrix of <paramref name="n"/> rows into.</summary>
    internal virtual long Items(long n) => n;

    /// <summary>Bytes of scratch memory that each thread needs to prepare and multiply: w [n, k], x [t, k].</summary>
    internal virtual long ScratchBytes(long k, long n, long t) => 0;

    /// <summary>Makes <see cref="Product.X"/> of <see cref="Product.Input"/>; what it is depends on the format and the shape.</summary>
    internal virtual delegate*<Product*, int, long, long, void> Prepare => null;

    /// <summary>Formats with the same answer prepare activations alike.</summary>
    internal virtual DType PreparedAs => DType;

    /// <summary>Items of work of <see cref="Prepare"/>; 0 where activations are used as they lie.</summary>
    internal virtual long PreparedItems(long n, long t) => 0;

    /// <summary>Bytes of what <see cref="Prepare"/> makes.</summary>
    internal virtual long PreparedBytes(long k, long n, long t) => 0;
}

/// <summary><typeparamref name="TFormat"/> as a row of the table; the type argument lets the compiler inline its kernels.</summary>
internal unsafe class BlockFormat<TFormat> : BlockFormat
    where TFormat : struct, IBlockFormat
{
    public override DType DType => TFormat.DType;

    public override DType Activation => TFormat.Activation;

    public override void Quantize(float* x, byte* blocks, long n) => TFormat.Quantize(x, blocks, n);

    public override void RoundActivation(float* x, byte* activation, long n) => TFormat.RoundActivation(x, activation, n);

    public override void Dequantize(byte* blocks, float* x, long n) => TFormat.Dequantize(blocks, x, n);

    public override void Unpack(byte* blocks, float* x, long n) => TFormat.Unpack(blocks, x, n);

    public override float DotReference(byte* row, byte* activation, long n) => TFormat.DotReference(row, activation, n);

    public override float Dot(byte* row, byte* activation, long n) => TFormat.Dot(row, activation, n);

    internal override delegate*<Product*, int, long, long, void> Multiply => &Rows;

    internal override delegate*<Product*, int, long, long, void> MultiplyScaled => &ScaledRows;

    private static void Rows(Product* p, int part, long from, long to)
    {
        var weightBytes = TFormat.DType.Bytes(p->K);
        var activationBytes = TFormat.Activation.Bytes(p->K);
        // A weight row is read once from memory and then meets all tokens from the first-level cache.
        for (var r = from; r < to; r++)
            for (long t = 0; t < p->T; t++)
                p->Y[(t * p->N) + r] = TFormat.Dot(p->W + (r * weightBytes), p->X + (t * activationBytes), p->K);
    }

    private static void ScaledRows(Product* p, int part, long from, long to)
    {
        var weightBytes = TFormat.DType.Bytes(p->K);
        var activationBytes = TFormat.Activation.Bytes(p->K);
        for (var r = from; r < to; r++)
            for (long t = 0; t < p->T; t++)
                p->Y[(t * p->N) + r] = ScaledDot(p->W + (r * weightBytes), p->X + (t * activationBytes), p->Scales.Of(r), p->Scales.ColumnBlock, p->K);
    }

    // Each block of columns has its own dot product, in its own lanes; scaled, they are added in ascending order.
    private static float ScaledDot(byte* row, byte* activation, float* scales, long block, long n)
    {
        var sum = *scales * TFormat.Dot(row, activation, Math.Min(block, n));
        for (var k = block; k < n; k += block)
            sum += *++scales * TFormat.Dot(row + TFormat.DType.Bytes(k), activation + TFormat.Activation.Bytes(k), Math.Min(block, n - k));
        return sum;
    }
}
