using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Bantam.Tensors;

namespace Bantam.Tests.Kernels;

/// <summary>
/// What ggml and Bantam are both asked to encode and decode: shared by the test and by the program in bench/peers/llama.cpp
/// that asks ggml. Only exact operations, so both see the same bits.
/// </summary>
internal static class GgmlCases
{
    /// <summary>Rows for every format: ordinary, degenerate, and at the edges of what a half-precision scale can say.</summary>
    public static IReadOnlyList<(string Name, float[] Values)> Rows { get; } =
    [
        Row("bell", (r, _) => r.Bell()),
        Row("bell, long", (r, _) => r.Bell(), 1 << 17),
        Row("bell, small", (r, _) => r.Bell() / 64),
        Row("uniform", (r, _) => (int)r.Next() / 2147483648f),
        Row("all equal, positive", (_, _) => 0.7f),
        Row("all equal, negative", (_, _) => -0.7f),
        Row("zeros", (_, _) => 0f),
        Row("negative zeros", (_, _) => -0f),
        Row("positive only", (r, _) => MathF.Abs(r.Bell()) + 0.25f),
        Row("negative only", (r, _) => -MathF.Abs(r.Bell()) - 0.25f),
        Row("an outlier in each 32", (r, i) => i % 32 == 13 ? 100 * r.Bell() : r.Bell()),
        Row("an outlier in each 256", (r, i) => i % 256 == 77 ? -1000f : r.Bell()),
        Row("one in eight is not zero", (r, _) => r.Below(8) == 0 ? r.Bell() : 0f),
        Row("every other 32 are zeros", (r, i) => i / 32 % 2 == 0 ? r.Bell() : 0f),
        Row("one of 256 is not zero", (_, i) => i % 256 == 200 ? 3f : 0f),
        Row("equal magnitudes, alternating signs", (_, i) => i % 2 == 0 ? 1f : -1f),
        Row("a ramp", (_, i) => i % 256 - 128),
        Row("sub-blocks of very different size", (r, i) => r.Bell() * MathF.ScaleB(1, -(i / 16 % 16))),
        // With the extreme at 127 the scale of Q8_0 is 1 and halves are ties; with −8 so it is in Q4_0, with −32 in Q6_K.
        Row("ties of Q8_0", (r, i) => i % 32 == 5 ? 127f : (r.Below(507) - 253) / 2f),
        Row("ties of Q4_0", (r, i) => i % 32 == 5 ? -8f : (r.Below(31) - 15) / 2f),
        Row("ties of Q6_K", (r, i) => i % 16 == 5 ? -32f : (r.Below(127) - 63) / 2f),
        Row("ties of Q4_K", (r, i) => i % 32 == 5 ? 15f : i % 32 == 6 ? 0f : r.Below(31) / 2f),
        Row("scales are subnormal halves", (r, _) => r.Bell() * MathF.ScaleB(1, -15)),
        Row("scales hardly differ from zero", (r, _) => r.Bell() * MathF.ScaleB(1, -20)),
        Row("scales round to zero", (r, _) => r.Bell() * MathF.ScaleB(1, -40)),
        Row("below every threshold", (r, _) => r.Bell() * MathF.ScaleB(1, -100)),
        Row("huge", (r, _) => r.Bell() * 8192),
        Row("the range of a half", (r, i) => i % 32 == 5 ? -65504f : r.Below(131009) - 65504),
    ];

    /// <summary>Rows for F16 and BF16 alone: floats that lie between two neighbours, and any finite bits.</summary>
    public static IReadOnlyList<(string Name, float[] Values)> FloatRows { get; } =
    [
        Row("ties of F16", (r, _) => Bits((r.Next() & 0x8fffe000) | 0x1000 | 0x30000000)),
        Row("ties among subnormal halves", (r, _) => (r.Below(4096) - 2048 + 0.5f) * MathF.ScaleB(1, -24)),
        Row("ties of BF16", (r, _) => Bits((r.Next() & 0xbfff0000) | 0x8000)),
        Row("any finite bits", (r, _) => Bits(r.Next() is var bits && (bits & 0x7f800000) == 0x7f800000 ? bits & ~0x00800000u : bits)),
        Row("beyond the range of a half", (r, _) => r.Bell() * 100000),
        Row("infinite", (_, i) => i % 2 == 0 ? float.PositiveInfinity : float.NegativeInfinity),
    ];

    /// <summary>
    /// Bytes to decode: all 65,536 elements of the 16-bit formats, random ones of F32, and 256 blocks of random bytes with
    /// finite scales of every other format.
    /// </summary>
    public static byte[] RandomBlocks(DType type)
    {
        if (type.BlockSize == 1 && type.BlockBytes == 2)
            return MemoryMarshal.AsBytes(Enumerable.Range(0, 65536).Select(i => (ushort)i).ToArray().AsSpan()).ToArray();
        var random = new ExactRandom(7);
        var bytes = new byte[256 * type.BlockBytes];
        for (var i = 0; i < bytes.Length; i++) bytes[i] = (byte)random.Below(256);
        foreach (var at in HalvesOf(type.Name))
            for (var block = 0; block < 256; block++)
                // Exponent 31 would be infinite or no number.
                if ((bytes[(block * type.BlockBytes) + at + 1] & 0x7c) == 0x7c) bytes[(block * type.BlockBytes) + at + 1] &= 0xbf;
        // Every exponent once, the largest and the least among them.
        if (type.Name == "MXFP4")
            for (var block = 0; block < 256; block++) bytes[block * type.BlockBytes] = (byte)block;
        return bytes;
    }

    /// <summary>Σ (a − b)², in double precision.</summary>
    public static double SquareError(float[] a, float[] b) => a.Zip(b, (x, y) => ((double)x - y) * ((double)x - y)).Sum();

    /// <summary>The first eight bytes of the SHA-256 of bytes.</summary>
    public static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 8));

    /// <summary>The same of floats, bit for bit; which of the many NaNs one is does not count.</summary>
    public static string Hash(ReadOnlySpan<float> values)
    {
        var copy = values.ToArray();
        foreach (ref var value in copy.AsSpan())
            if (float.IsNaN(value)) value = float.NaN;
        return Hash(MemoryMarshal.AsBytes<float>(copy));
    }

    private static int[] HalvesOf(string type) => type switch
    {
        "Q8_0" or "Q4_0" or "Q5_0" or "IQ4_NL" or "IQ4_XS" => [0],
        "Q4_1" or "Q5_1" or "Q4_K" or "Q5_K" => [0, 2],
        "Q2_K" => [80, 82],
        "Q3_K" => [108],
        "Q6_K" => [208],
        _ => [],
    };

    private static float Bits(uint bits) => BitConverter.UInt32BitsToSingle(bits);

    // Eight super-blocks unless told otherwise.
    private static (string, float[]) Row(string name, Func<ExactRandom, int, float> value, int length = 2048)
    {
        var random = new ExactRandom(1);
        return (name, [.. Enumerable.Range(0, length).Select(i => value(random, i))]);
    }
}
