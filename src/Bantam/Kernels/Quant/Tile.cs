using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Bantam.Kernels.Quant;

/// <summary>What tiles and panels of all integer formats have in common.</summary>
internal static unsafe class Tile
{
    /// <summary>Tokens that a panel meets at a time.</summary>
    public const int Tokens = 4;

    /// <summary>Lays 32 bytes of each of four tokens, <paramref name="stride"/> bytes apart, side by side: four of the first, four of the second, and so on.</summary>
    public static void Interleave(byte* from, long stride, byte* to)
    {
        if (!Avx2.IsSupported)
        {
            for (var t = 0; t < Tokens; t++, from += stride)
                for (var i = 0; i < 8; i++) ((int*)to)[(i * Tokens) + t] = ((int*)from)[i];
            return;
        }
        var (r0, r1) = (Vector256.Load((int*)from), Vector256.Load((int*)(from + stride)));
        var (r2, r3) = (Vector256.Load((int*)(from + (2 * stride))), Vector256.Load((int*)(from + (3 * stride))));
        var (low01, low23) = (Avx2.UnpackLow(r0, r1).AsInt64(), Avx2.UnpackLow(r2, r3).AsInt64());
        var (high01, high23) = (Avx2.UnpackHigh(r0, r1).AsInt64(), Avx2.UnpackHigh(r2, r3).AsInt64());
        // Each register holds column i in its lower and column i + 4 in its upper half.
        Put(Avx2.UnpackLow(low01, low23), 0);
        Put(Avx2.UnpackHigh(low01, low23), 1);
        Put(Avx2.UnpackLow(high01, high23), 2);
        Put(Avx2.UnpackHigh(high01, high23), 3);

        void Put(Vector256<long> columns, int i)
        {
            columns.GetLower().Store((long*)(to + (16 * i)));
            columns.GetUpper().Store((long*)(to + (16 * (i + 4))));
        }
    }
}
