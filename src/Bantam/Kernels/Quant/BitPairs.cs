using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Bantam.Kernels.Quant;

/// <summary>
/// How 256 codes of two bits lie in 64 bytes: of each 128 elements, element 32·q + l has bits 2q and 2q + 1 of byte l. The
/// K formats keep so their lower (Q2_K, Q3_K) or upper (Q6_K) bits.
/// </summary>
internal static unsafe class BitPairs
{
    /// <summary>Pair <paramref name="i"/>, 0…3.</summary>
    public static int Code(byte* packed, int i) => (packed[(i / 128 * 32) + (i % 32)] >> (i % 128 / 32 * 2)) & 3;

    /// <summary>Pairs 32·<paramref name="part"/> … 32·<paramref name="part"/> + 31.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Codes(byte* packed, int part) =>
        // The shift is of 16-bit lanes: what crosses from the neighbouring byte is masked away.
        (Vector256.Load(packed + (part / 4 * 32)).AsUInt16() >> (part % 4 * 2)).AsByte() & Vector256.Create((byte)3);

    /// <summary>Adds pair <paramref name="i"/> to bytes that were cleared.</summary>
    public static void Put(byte* packed, int i, int pair) => packed[(i / 128 * 32) + (i % 32)] |= (byte)(pair << (i % 128 / 32 * 2));
}
