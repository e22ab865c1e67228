namespace Bantam.Kernels.Quant;

/// <summary>
/// The activation partner of 32-element formats with a minimum: Q8_0 with the sum of what the codes stand for, rounded to
/// a half as ggml rounds it, for the same logits. Never in a file. Layout after ggml's <c>block_q8_1</c>: d (2 bytes),
/// s = d·Σq (2 bytes), then the 32 codes.
/// </summary>
internal static unsafe class Q8_1
{
    public const int Bytes = 4 + Q8Block.Size;

    /// <summary>Codes and d as of <see cref="Q8_0"/>; s is of the unrounded d. A sum beyond the range of a half becomes infinite.</summary>
    public static void Round(float* x, byte* blocks, long n)
    {
        for (; n > 0; n -= Q8Block.Size, x += Q8Block.Size, blocks += Bytes)
        {
            var d = Q8Block.Round(x, (sbyte*)blocks + 4, out var sum);
            *(ushort*)blocks = F16.Narrow(d);
            *(ushort*)(blocks + 2) = F16.Narrow(d * sum);
        }
    }

    /// <summary>s of the block.</summary>
    public static float Sum(byte* block) => F16.Widen(*(ushort*)(block + 2));
}
