using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

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

    /// <summary>Pairs 64·<paramref name="group"/> … 64·<paramref name="group"/> + 63.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Codes64(byte* packed, int group)
    {
        var bytes = Vector256.Load(packed + (group / 2 * 32));
        var shifts = Vector512.Create(Vector256.Create((ushort)(group % 2 * 4)), Vector256.Create((ushort)((group % 2 * 4) + 2)));
        return Avx512BW.ShiftRightLogicalVariable(Vector512.Create(bytes, bytes).AsUInt16(), shifts).AsByte() & Vector512.Create((byte)3);
    }

    /// <summary>Bits 2·<paramref name="group"/> of 32 bytes, then their next higher ones: what is in the bytes' lowest place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Bits64(byte* packed, int group)
    {
        var bytes = Vector256.Load(packed);
        var shifts = Vector512.Create(Vector256.Create((ushort)(2 * group)), Vector256.Create((ushort)((2 * group) + 1)));
        return Avx512BW.ShiftRightLogicalVariable(Vector512.Create(bytes, bytes).AsUInt16(), shifts).AsByte() & Vector512<byte>.One;
    }

    /// <summary>Adds pair <paramref name="i"/> to bytes that were cleared.</summary>
    public static void Put(byte* packed, int i, int pair) => packed[(i / 128 * 32) + (i % 32)] |= (byte)(pair << (i % 128 / 32 * 2));
}
