using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Bantam.Kernels.Quant;

/// <summary>
/// How 32 codes of four bits lie in sixteen bytes: number j holds element j in its low and element j + 16 in its high half.
/// A fifth bit of each lies in a 32-bit integer, bit i for element i.
/// </summary>
internal static unsafe class Nibbles
{
    private const int Half = 16;

    /// <summary>Code <paramref name="i"/>.</summary>
    public static int Code(byte* packed, int i) => (packed[i % Half] >> (i < Half ? 0 : 4)) & 15;

    /// <summary>Code <paramref name="i"/> with its fifth bit.</summary>
    public static int Code(byte* packed, uint fifth, int i) => Code(packed, i) | ((int)((fifth >> i) & 1) << 4);

    /// <summary>All 32 codes in element order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Codes(byte* packed)
    {
        var bytes = Vector128.Load(packed);
        // The shift is of 16-bit lanes: what crosses from the neighbouring byte is masked away.
        return Vector256.Create(bytes, (bytes.AsUInt16() >> 4).AsByte()) & Vector256.Create((byte)15);
    }

    /// <summary>What 32 nibbles of <paramref name="packed"/> mean in a code book of sixteen signed bytes, in element order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<sbyte> Codes(byte* packed, ReadOnlySpan<sbyte> book)
    {
        var half = Vector128.Create(book);
        var codes = Codes(packed).AsSByte();
        return Avx2.IsSupported
            ? Avx2.Shuffle(Vector256.Create(half, half), codes)
            : Vector256.Create(Vector128.Shuffle(half, codes.GetLower()), Vector128.Shuffle(half, codes.GetUpper()));
    }

    /// <summary>The codes of two blocks: elements 0–15 of the first, 0–15 of the second, 16–31 of the first, 16–31 of the second.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Pair(byte* first, byte* second)
    {
        var bytes = Vector256.Create(Vector128.Load(first), Vector128.Load(second));
        return Vector512.Create(bytes, (bytes.AsUInt16() >> 4).AsByte()) & Vector512.Create((byte)15);
    }

    /// <summary>What the codes of <see cref="Pair(byte*, byte*)"/> mean in a code book.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<sbyte> Pair(byte* first, byte* second, ReadOnlySpan<sbyte> book)
    {
        var half = Vector128.Create(book);
        var whole = Vector256.Create(half, half);
        return Avx512BW.Shuffle(Vector512.Create(whole, whole), Pair(first, second).AsSByte());
    }

    /// <summary><see cref="Mask"/> of two integers in the order of <see cref="Pair(byte*, byte*)"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> MaskPair(uint first, uint second)
    {
        var spread = Avx512BW.Shuffle(
            Vector512.Create(first | ((ulong)second << 32)).AsByte(),
            Vector512.Create(0UL, 0x0101010101010101UL, 0x0404040404040404UL, 0x0505050505050505UL, 0x0202020202020202UL, 0x0303030303030303UL, 0x0606060606060606UL, 0x0707070707070707UL).AsByte());
        var bit = Vector512.Create(0x8040201008040201UL).AsByte();
        return Vector512.Equals(spread & bit, bit);
    }

    /// <summary>32 bytes of which number i is 0xFF where bit i is set and 0 where it is not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Mask(uint bits)
    {
        // Byte i looks at byte i / 8 of the integer, and in it at bit i mod 8.
        var places = Vector256.Create(0UL, 0x0101010101010101UL, 0x0202020202020202UL, 0x0303030303030303UL).AsByte();
        var all = Vector256.Create(bits).AsByte();
        var spread = Avx2.IsSupported
            ? Avx2.Shuffle(all, places)
            : Vector256.Create(Vector128.Shuffle(all.GetLower(), places.GetLower()), Vector128.Shuffle(all.GetUpper(), places.GetUpper()));
        var bit = Vector256.Create(0x8040201008040201UL).AsByte();
        return Vector256.Equals(spread & bit, bit);
    }

    /// <summary>Packs the low four bits of 32 codes; returns their fifth bits.</summary>
    public static uint Pack(byte* codes, byte* packed)
    {
        for (var j = 0; j < Half; j++) packed[j] = (byte)((codes[j] & 15) | (codes[j + Half] << 4));
        var fifth = 0u;
        for (var i = 0; i < 2 * Half; i++) fifth |= ((uint)codes[i] >> 4 & 1) << i;
        return fifth;
    }
}
