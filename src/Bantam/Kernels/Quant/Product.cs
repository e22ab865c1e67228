namespace Bantam.Kernels.Quant;

/// <summary>
/// Y = X·Wᵀ: w [N, K] in a block format, perhaps with scales, x [T, K] in its activation type, y [T, N] in F32. The kernel computes columns
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
    public RowScales Scales;
    public byte* Scratch;      // [threads, ScratchBytes]: part number times that is a thread's own
    public long ScratchBytes;
}
