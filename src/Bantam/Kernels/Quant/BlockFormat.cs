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
}

/// <summary><typeparamref name="TFormat"/> as a row of the table; the type argument lets the compiler inline its kernels.</summary>
internal sealed unsafe class BlockFormat<TFormat> : BlockFormat
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

    private static void Rows(Product* p, int part, long from, long to)
    {
        var weightBytes = TFormat.DType.Bytes(p->K);
        var activationBytes = TFormat.Activation.Bytes(p->K);
        // A weight row is read once from memory and then meets all tokens from the first-level cache.
        for (var r = from; r < to; r++)
            for (long t = 0; t < p->T; t++)
                p->Y[(t * p->N) + r] = TFormat.Dot(p->W + (r * weightBytes), p->X + (t * activationBytes), p->K);
    }
}

/// <summary>
/// Y = X·Wᵀ: w [N, K] in a block format, x [T, K] in its activation type, y [T, N] in F32. The kernel computes columns
/// [from, to) of y, that is, whole rows of w.
/// </summary>
internal unsafe struct Product
{
    public byte* W;
    public byte* X;
    public float* Y;
    public long K;
    public long N;
    public long T;
}
