namespace Bantam.Kernels.Quant;

/// <summary>
/// Y = X·Wᵀ: w [N, K] in a block format, perhaps with scales, x [T, K] as the format has prepared it, y [T, N] in F32. A
/// kernel computes items [from, to) of work: one or several rows of w each, that is, columns of y.
/// </summary>
internal unsafe struct Product
{
    public byte* W;
    public float* Input;       // x [T, K] as it came
    public byte* X;            // what the format made of it, or the same
    public float* Y;
    public long K;
    public long N;
    public long T;
    public RowScales Scales;
    public byte* Scratch;      // [threads, ScratchBytes]: part number times that is a thread's own
    public long ScratchBytes;
    public delegate*<Product*, int, long, long, void> Kernel;
    public long FirstItem;     // among those of several products
    public long Items;
}
