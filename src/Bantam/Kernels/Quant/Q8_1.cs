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
        // As in Q8_0, d and s together.
        const int Together = 8;
        var numbers = stackalloc float[2 * Together];
        var halves = stackalloc uint[Together];
        for (var left = n / Q8Block.Size; left > 0; left -= Together)
        {
            var count = (int)Math.Min(Together, left);
            for (var b = 0; b < count; b++, x += Q8Block.Size)
            {
                var d = Q8Block.Round(x, (sbyte*)blocks + (b * Bytes) + 4, out var sum);
                (numbers[2 * b], numbers[(2 * b) + 1]) = (d, d * sum);
            }
            F16.Quantize(numbers, (byte*)halves, 2 * count);
            for (var b = 0; b < count; b++, blocks += Bytes) *(uint*)blocks = halves[b];
        }
    }

    /// <summary>s of the block.</summary>
    public static float Sum(byte* block) => F16.Widen(*(ushort*)(block + 2));
}
