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

    /// <summary>
    /// y[t, r] = w[r] · x[t] for rows r in [<paramref name="from"/>, <paramref name="to"/>) and all
    /// <paramref name="tokens"/> activation rows: w [N, K] in this format, x [T, K] in <see cref="Activation"/>, y [T, N].
    /// </summary>
    internal abstract void Multiply(byte* w, byte* x, float* y, long k, long n, long tokens, long from, long to);
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

    internal override void Multiply(byte* w, byte* x, float* y, long k, long n, long tokens, long from, long to)
    {
        var weightBytes = TFormat.DType.Bytes(k);
        var activationBytes = TFormat.Activation.Bytes(k);
        // A weight row is read once from memory and then meets all tokens from the first-level cache.
        for (var r = from; r < to; r++)
            for (long t = 0; t < tokens; t++)
                y[(t * n) + r] = TFormat.Dot(w + (r * weightBytes), x + (t * activationBytes), k);
    }
}
