using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Bantam.Kernels;

/// <summary>Rows of floats turned into columns, in squares as large as registers allow.</summary>
internal static unsafe class Transposition
{
    /// <summary>to[d][j] = from[j][d] for sixteen rows j of <paramref name="n"/> floats; strides in floats.</summary>
    /// <param name="from">[16, n].</param>
    /// <param name="fromStride">From one row to the next.</param>
    /// <param name="n">A multiple of sixteen.</param>
    /// <param name="to">[n, 16].</param>
    /// <param name="toStride">From one column to the next.</param>
    public static void Of16(float* from, long fromStride, int n, float* to, long toStride)
    {
        for (var d = 0; d < n; d += 16)
            if (Avx512F.IsSupported) Square16(from + d, fromStride, to + (d * toStride), toStride);
            else
                for (var j = 0; j < 16; j += Step)
                    for (var e = d; e < d + 16; e += Step)
                        Square(from + (j * fromStride) + e, fromStride, to + (e * toStride) + j, toStride);
    }

    /// <summary>Four rows become four by four squares: 128-bit part q of register c then holds column 4q + c.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Quads(ref Vector512<float> a, ref Vector512<float> b, ref Vector512<float> c, ref Vector512<float> d)
    {
        var (ab, abHigh) = (Avx512F.UnpackLow(a, b).AsDouble(), Avx512F.UnpackHigh(a, b).AsDouble());
        var (cd, cdHigh) = (Avx512F.UnpackLow(c, d).AsDouble(), Avx512F.UnpackHigh(c, d).AsDouble());
        a = Avx512F.UnpackLow(ab, cd).AsSingle();
        b = Avx512F.UnpackHigh(ab, cd).AsSingle();
        c = Avx512F.UnpackLow(abHigh, cdHigh).AsSingle();
        d = Avx512F.UnpackHigh(abHigh, cdHigh).AsSingle();
    }

    /// <summary>Turns over the 128-bit parts of four registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Parts(ref Vector512<float> a, ref Vector512<float> b, ref Vector512<float> c, ref Vector512<float> d)
    {
        const byte Even = 0b10_00_10_00, Odd = 0b11_01_11_01;
        var (ab, abOdd) = (Avx512F.Shuffle4x128(a, b, Even), Avx512F.Shuffle4x128(a, b, Odd));
        var (cd, cdOdd) = (Avx512F.Shuffle4x128(c, d, Even), Avx512F.Shuffle4x128(c, d, Odd));
        a = Avx512F.Shuffle4x128(ab, cd, Even);
        b = Avx512F.Shuffle4x128(abOdd, cdOdd, Even);
        c = Avx512F.Shuffle4x128(ab, cd, Odd);
        d = Avx512F.Shuffle4x128(abOdd, cdOdd, Odd);
    }

    private static int Step => Avx.IsSupported ? 8 : Vector128.IsHardwareAccelerated ? 4 : 1;

    private static void Square16(float* from, long stride, float* to, long toStride)
    {
        Load(from, stride, out var x0, out var x1, out var x2, out var x3);
        Load(from + (4 * stride), stride, out var x4, out var x5, out var x6, out var x7);
        Load(from + (8 * stride), stride, out var x8, out var x9, out var x10, out var x11);
        Load(from + (12 * stride), stride, out var x12, out var x13, out var x14, out var x15);
        Store(x0, x4, x8, x12, to, 4 * toStride);
        Store(x1, x5, x9, x13, to + toStride, 4 * toStride);
        Store(x2, x6, x10, x14, to + (2 * toStride), 4 * toStride);
        Store(x3, x7, x11, x15, to + (3 * toStride), 4 * toStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load(float* from, long stride, out Vector512<float> x0, out Vector512<float> x1, out Vector512<float> x2, out Vector512<float> x3)
    {
        x0 = Vector512.Load(from);
        x1 = Vector512.Load(from + stride);
        x2 = Vector512.Load(from + (2 * stride));
        x3 = Vector512.Load(from + (3 * stride));
        Quads(ref x0, ref x1, ref x2, ref x3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d, float* to, long stride)
    {
        Parts(ref a, ref b, ref c, ref d);
        a.Store(to);
        b.Store(to + stride);
        c.Store(to + (2 * stride));
        d.Store(to + (3 * stride));
    }

    // A square of Step by Step.
    private static void Square(float* from, long stride, float* to, long toStride)
    {
        if (Avx.IsSupported) Square8(from, stride, to, toStride);
        else if (Vector128.IsHardwareAccelerated) Square4(from, stride, to, toStride);
        else *to = *from;
    }

    private static void Square8(float* from, long stride, float* to, long toStride)
    {
        Load(from, stride, out var x0, out var x1, out var x2, out var x3);
        Load(from + (4 * stride), stride, out var x4, out var x5, out var x6, out var x7);
        Store(x0, x4, to, 4 * toStride);
        Store(x1, x5, to + toStride, 4 * toStride);
        Store(x2, x6, to + (2 * toStride), 4 * toStride);
        Store(x3, x7, to + (3 * toStride), 4 * toStride);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Load(float* from, long stride, out Vector256<float> c0, out Vector256<float> c1, out Vector256<float> c2, out Vector256<float> c3)
        {
            var (a, b) = (Vector256.Load(from), Vector256.Load(from + stride));
            var (c, d) = (Vector256.Load(from + (2 * stride)), Vector256.Load(from + (3 * stride)));
            var (ab, abHigh) = (Avx.UnpackLow(a, b).AsDouble(), Avx.UnpackHigh(a, b).AsDouble());
            var (cd, cdHigh) = (Avx.UnpackLow(c, d).AsDouble(), Avx.UnpackHigh(c, d).AsDouble());
            c0 = Avx.UnpackLow(ab, cd).AsSingle();
            c1 = Avx.UnpackHigh(ab, cd).AsSingle();
            c2 = Avx.UnpackLow(abHigh, cdHigh).AsSingle();
            c3 = Avx.UnpackHigh(abHigh, cdHigh).AsSingle();
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Store(Vector256<float> a, Vector256<float> b, float* to, long stride)
        {
            Avx.Permute2x128(a, b, 0x20).Store(to);
            Avx.Permute2x128(a, b, 0x31).Store(to + stride);
        }
    }

    private static void Square4(float* from, long stride, float* to, long toStride)
    {
        // Rows 0 and 2, then 1 and 3, shuffled together twice.
        var (a, b) = (Vector128.Load(from), Vector128.Load(from + stride));
        var (c, d) = (Vector128.Load(from + (2 * stride)), Vector128.Load(from + (3 * stride)));
        var (ac, acHigh) = (Low(a, c), High(a, c));
        var (bd, bdHigh) = (Low(b, d), High(b, d));
        Low(ac, bd).Store(to);
        High(ac, bd).Store(to + toStride);
        Low(acHigh, bdHigh).Store(to + (2 * toStride));
        High(acHigh, bdHigh).Store(to + (3 * toStride));

        // a0 b0 a1 b1, and a2 b2 a3 b3.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector128<float> Low(Vector128<float> a, Vector128<float> b) =>
            Vector128.WithUpper(Vector128.Create(a[0], b[0], 0, 0), Vector64.Create(a[1], b[1]));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector128<float> High(Vector128<float> a, Vector128<float> b) =>
            Vector128.WithUpper(Vector128.Create(a[2], b[2], 0, 0), Vector64.Create(a[3], b[3]));
    }
}
