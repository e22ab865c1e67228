using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Bantam.Kernels.Quant;

/// <summary>Floats rounded to sixteen bits, to the nearest and ties to even, eight at a time and with the bits of one at a time.</summary>
internal static unsafe class HalfRounding
{
    private const uint Magnitude = 0x7fffffff;
    private const uint Infinity = 0x7f800000;

    /// <summary>IEEE binary16.</summary>
    public static void ToF16(float* x, ushort* halves, long n)
    {
        long k = 0;
        if (Avx2.IsSupported)
            for (; k + 8 <= n; k += 8)
                Store(F16(Vector256.Load(x + k).AsUInt32()), halves + k);
        for (; k < n; k++) ((Half*)halves)[k] = (Half)x[k];
    }

    /// <summary>bfloat16; a NaN stays a (quiet) NaN.</summary>
    public static void ToBF16(float* x, ushort* halves, long n)
    {
        long k = 0;
        if (Avx2.IsSupported)
            for (; k + 8 <= n; k += 8)
                Store(BF16(Vector256.Load(x + k).AsUInt32()), halves + k);
        for (; k < n; k++) halves[k] = BF16(BitConverter.SingleToUInt32Bits(x[k]));
    }

    private static Vector256<uint> F16(Vector256<uint> bits)
    {
        const uint Smallest = (127 - 14) << 23;   // the smallest normal half
        const uint Beyond = 0x477ff000;           // half a step above the largest half: rounds to infinity
        const uint Half = 126 << 23;              // ½, whose last bit is worth what that of a subnormal half is
        const int Dropped = 13;                   // bits of the mantissa
        var magnitude = bits & Vector256.Create(Magnitude);
        var sign = (bits ^ magnitude) >> 16;
        // Exponent rebiased; then half a step less a bit, and the bit that makes ties even.
        var odd = (magnitude >> Dropped) & Vector256<uint>.One;
        var normal = (magnitude - Vector256.Create((127u - 15) << 23) + Vector256.Create((1u << (Dropped - 1)) - 1) + odd) >> Dropped;
        // The addition of ½ rounds where a subnormal half ends.
        var subnormal = (magnitude.AsSingle() + Vector256.Create(Half).AsSingle()).AsUInt32() - Vector256.Create(Half);
        // A NaN is quiet and keeps the upper bits of what it carries.
        var special = Vector256.ConditionalSelect(
            Vector256.GreaterThan(magnitude, Vector256.Create(Infinity)),
            Vector256.Create(0x7e00u) | ((magnitude >> Dropped) & Vector256.Create(0x3ffu)),
            Vector256.Create(0x7c00u));
        var y = Vector256.ConditionalSelect(Vector256.LessThan(magnitude, Vector256.Create(Smallest)), subnormal, normal);
        return sign | Vector256.ConditionalSelect(Vector256.GreaterThanOrEqual(magnitude, Vector256.Create(Beyond)), special, y);
    }

    private static Vector256<uint> BF16(Vector256<uint> bits)
    {
        var rounded = (bits + Vector256.Create(0x7fffu) + ((bits >> 16) & Vector256<uint>.One)) >> 16;
        var quiet = (bits >> 16) | Vector256.Create(0x40u);
        return Vector256.ConditionalSelect(Vector256.GreaterThan(bits & Vector256.Create(Magnitude), Vector256.Create(Infinity)), quiet, rounded);
    }

    private static ushort BF16(uint bits) =>
        (bits & Magnitude) > Infinity ? (ushort)((bits >> 16) | 0x40) : (ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);

    private static void Store(Vector256<uint> halves, ushort* to) =>
        Vector128.Narrow(halves.GetLower(), halves.GetUpper()).Store(to);
}
