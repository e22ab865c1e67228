using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Bantam.Kernels.Quant;

/// <summary>
/// How 256 codes of four bits lie in the 128 bytes of <see cref="Q4_K"/> and <see cref="Q5_K"/>: each 32 bytes hold 64
/// elements, the first 32 in the low halves, the next 32 in the high ones.
/// </summary>
internal static unsafe class SuperNibbles
{
    /// <summary>Code <paramref name="i"/>.</summary>
    public static int Code(byte* packed, int i) => (packed[(i / 64 * 32) + (i % 32)] >> (i % 64 / 32 * 4)) & 15;

    /// <summary>Codes 32·<paramref name="part"/> … 32·<paramref name="part"/> + 31.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Codes(byte* packed, int part) =>
        // The shift is of 16-bit lanes: what crosses from the neighbouring byte is masked away.
        (Vector256.Load(packed + (part / 2 * 32)).AsUInt16() >> (part % 2 * 4)).AsByte() & Vector256.Create((byte)15);

    /// <summary>Codes 64·<paramref name="group"/> … 64·<paramref name="group"/> + 63.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Codes64(byte* packed, int group)
    {
        var bytes = Vector256.Load(packed + (group * 32));
        return Vector512.Create(bytes, (bytes.AsUInt16() >> 4).AsByte()) & Vector512.Create((byte)15);
    }

    /// <summary>Packs the low four bits of 256 codes.</summary>
    public static void Pack(byte* codes, byte* packed)
    {
        for (var i = 0; i < Q8_K.Size / 2; i++)
        {
            var first = (i / 32 * 64) + (i % 32);
            packed[i] = (byte)((codes[first] & 15) | (codes[first + 32] << 4));
        }
    }
}
