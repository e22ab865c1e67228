using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Bantam.Kernels.Quant;

/// <summary>
/// How eight scales and minima of six bits lie in the twelve bytes of <see cref="Q4_K"/> and <see cref="Q5_K"/>: 0–3 hold
/// scales 0–3, 4–7 minima 0–3; the low halves of 8–11 hold the low four bits of scales 4–7 and the high halves those of
/// minima 4–7, whose upper two bits sit on top of bytes 0–3 and 4–7.
/// </summary>
internal static unsafe class SixBitScales
{
    /// <summary>The eight scales and minima, each eight followed by as many zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unpack(byte* packed, out Vector128<sbyte> scales, out Vector128<sbyte> minima)
    {
        var a = *(uint*)packed;
        var b = *(uint*)(packed + 4);
        var c = *(uint*)(packed + 8);
        scales = Eight(a & 0x3f3f3f3f, (c & 0x0f0f0f0f) | ((a >> 2) & 0x30303030));
        minima = Eight(b & 0x3f3f3f3f, ((c >> 4) & 0x0f0f0f0f) | ((b >> 2) & 0x30303030));

        static Vector128<sbyte> Eight(uint low, uint high) => Vector128.CreateScalar(low | ((ulong)high << 32)).AsSByte();
    }

    /// <summary>The twelve bytes.</summary>
    public static void Pack(byte* scales, byte* minima, byte* packed)
    {
        for (var s = 0; s < 4; s++)
        {
            packed[s] = (byte)(scales[s] | (scales[s + 4] >> 4 << 6));
            packed[s + 4] = (byte)(minima[s] | (minima[s + 4] >> 4 << 6));
            packed[s + 8] = (byte)((scales[s + 4] & 15) | (minima[s + 4] << 4));
        }
    }
}
