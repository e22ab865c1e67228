using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Bantam.Kernels;

/// <summary>
/// A register of any width as the integer products see it: 32-bit lanes that hold four bytes, two shorts, an integer or a
/// float. One kernel over it is a kernel for every instruction set; all of them compute the same bits.
/// </summary>
/// <typeparam name="V">The register, as bytes.</typeparam>
internal unsafe interface ISimd<V>
    where V : struct
{
    /// <summary>32-bit lanes of a register.</summary>
    static abstract int Width { get; }

    /// <summary>All bits clear.</summary>
    static abstract V Zero { get; }

    /// <summary>From memory, aligned or not.</summary>
    static abstract V Load(void* p);

    /// <summary>To memory.</summary>
    static abstract void Store(V x, void* p);

    /// <summary>The same 32 bits in every lane.</summary>
    static abstract V Broadcast(int x);

    /// <summary>The same float in every lane.</summary>
    static abstract V Broadcast(float x);

    /// <summary>Unsigned bytes times signed bytes, neighbours added: two shorts per lane; the caller keeps them in range.</summary>
    static abstract V MultiplyBytes(V unsigned, V signed);

    /// <summary>Shorts times shorts, neighbours added: an integer per lane.</summary>
    static abstract V MultiplyShorts(V x, V y);

    /// <summary>Sums of shorts.</summary>
    static abstract V AddShorts(V x, V y);

    /// <summary>Sums of integers.</summary>
    static abstract V AddInts(V x, V y);

    /// <summary>Differences of integers.</summary>
    static abstract V SubtractInts(V x, V y);

    /// <summary>Products of integers, their low halves.</summary>
    static abstract V MultiplyInts(V x, V y);

    /// <summary>Integers as floats.</summary>
    static abstract V ToSingle(V x);

    /// <summary>Sums of floats.</summary>
    static abstract V AddSingles(V x, V y);

    /// <summary>Products of floats.</summary>
    static abstract V MultiplySingles(V x, V y);

    /// <summary>x·y + z of floats, rounded once.</summary>
    static abstract V FusedMultiplyAdd(V x, V y, V z);

    /// <summary>Turns <see cref="Width"/> rows of eight lanes into eight registers, <paramref name="stride"/> bytes apart.</summary>
    static abstract void Transpose(byte* rows, byte* to, int stride);
}

/// <summary>512 bits by AVX-512BW.</summary>
internal readonly unsafe struct Simd512 : ISimd<Vector512<byte>>
{
    public static bool IsSupported => Avx512BW.IsSupported;

    public static int Width => 16;

    public static Vector512<byte> Zero => Vector512<byte>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Load(void* p) => Vector512.Load((byte*)p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<byte> x, void* p) => x.Store((byte*)p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Broadcast(int x) => Vector512.Create(x).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Broadcast(float x) => Vector512.Create(x).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> MultiplyBytes(Vector512<byte> unsigned, Vector512<byte> signed) => Avx512BW.MultiplyAddAdjacent(unsigned, signed.AsSByte()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> MultiplyShorts(Vector512<byte> x, Vector512<byte> y) => Avx512BW.MultiplyAddAdjacent(x.AsInt16(), y.AsInt16()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> AddShorts(Vector512<byte> x, Vector512<byte> y) => (x.AsInt16() + y.AsInt16()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> AddInts(Vector512<byte> x, Vector512<byte> y) => (x.AsInt32() + y.AsInt32()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> SubtractInts(Vector512<byte> x, Vector512<byte> y) => (x.AsInt32() - y.AsInt32()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> MultiplyInts(Vector512<byte> x, Vector512<byte> y) => (x.AsInt32() * y.AsInt32()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> ToSingle(Vector512<byte> x) => Vector512.ConvertToSingle(x.AsInt32()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> AddSingles(Vector512<byte> x, Vector512<byte> y) => (x.AsSingle() + y.AsSingle()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> MultiplySingles(Vector512<byte> x, Vector512<byte> y) => (x.AsSingle() * y.AsSingle()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> FusedMultiplyAdd(Vector512<byte> x, Vector512<byte> y, Vector512<byte> z) =>
        Vector512.FusedMultiplyAdd(x.AsSingle(), y.AsSingle(), z.AsSingle()).AsByte();

    // Rows i and i + 4 share a register, so that its quarters are (i: 0–3), (i: 4–7), (i + 4: 0–3), (i + 4: 4–7). Four such
    // registers are transposed quarter by quarter; what belongs to a column is then in two registers, at two quarters each.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Transpose(byte* rows, byte* to, int stride)
    {
        var (a0, a1, a2, a3) = Quarters(Rows(rows, 0), Rows(rows, 1), Rows(rows, 2), Rows(rows, 3));
        var (b0, b1, b2, b3) = Quarters(Rows(rows, 8), Rows(rows, 9), Rows(rows, 10), Rows(rows, 11));
        Put(a0, b0, to, 4 * stride);
        Put(a1, b1, to + stride, 4 * stride);
        Put(a2, b2, to + (2 * stride), 4 * stride);
        Put(a3, b3, to + (3 * stride), 4 * stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Rows(byte* rows, int i) => Vector512.Create(Vector256.Load((int*)(rows + (i * 32))), Vector256.Load((int*)(rows + ((i + 4) * 32))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<long>, Vector512<long>, Vector512<long>, Vector512<long>) Quarters(Vector512<int> r0, Vector512<int> r1, Vector512<int> r2, Vector512<int> r3)
    {
        var low01 = Avx512F.UnpackLow(r0, r1).AsInt64();
        var high01 = Avx512F.UnpackHigh(r0, r1).AsInt64();
        var low23 = Avx512F.UnpackLow(r2, r3).AsInt64();
        var high23 = Avx512F.UnpackHigh(r2, r3).AsInt64();
        return (Avx512F.UnpackLow(low01, low23), Avx512F.UnpackHigh(low01, low23), Avx512F.UnpackLow(high01, high23), Avx512F.UnpackHigh(high01, high23));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(Vector512<long> a, Vector512<long> b, byte* to, int far)
    {
        Avx512F.Shuffle4x128(a, b, 0b10_00_10_00).AsByte().Store(to);
        Avx512F.Shuffle4x128(a, b, 0b11_01_11_01).AsByte().Store(to + far);
    }
}

/// <summary>256 bits by AVX2 and FMA.</summary>
internal readonly unsafe struct Simd256 : ISimd<Vector256<byte>>
{
    public static bool IsSupported => Avx2.IsSupported && Fma.IsSupported;

    public static int Width => 8;

    public static Vector256<byte> Zero => Vector256<byte>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Load(void* p) => Vector256.Load((byte*)p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<byte> x, void* p) => x.Store((byte*)p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Broadcast(int x) => Vector256.Create(x).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Broadcast(float x) => Vector256.Create(x).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> MultiplyBytes(Vector256<byte> unsigned, Vector256<byte> signed) => Avx2.MultiplyAddAdjacent(unsigned, signed.AsSByte()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> MultiplyShorts(Vector256<byte> x, Vector256<byte> y) => Avx2.MultiplyAddAdjacent(x.AsInt16(), y.AsInt16()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> AddShorts(Vector256<byte> x, Vector256<byte> y) => (x.AsInt16() + y.AsInt16()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> AddInts(Vector256<byte> x, Vector256<byte> y) => (x.AsInt32() + y.AsInt32()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> SubtractInts(Vector256<byte> x, Vector256<byte> y) => (x.AsInt32() - y.AsInt32()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> MultiplyInts(Vector256<byte> x, Vector256<byte> y) => (x.AsInt32() * y.AsInt32()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> ToSingle(Vector256<byte> x) => Vector256.ConvertToSingle(x.AsInt32()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> AddSingles(Vector256<byte> x, Vector256<byte> y) => (x.AsSingle() + y.AsSingle()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> MultiplySingles(Vector256<byte> x, Vector256<byte> y) => (x.AsSingle() * y.AsSingle()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> FusedMultiplyAdd(Vector256<byte> x, Vector256<byte> y, Vector256<byte> z) =>
        Vector256.FusedMultiplyAdd(x.AsSingle(), y.AsSingle(), z.AsSingle()).AsByte();

    // Halves of four rows are transposed apart: a register then holds a column of rows 0–3 in one half and another column in the other.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Transpose(byte* rows, byte* to, int stride)
    {
        var (a0, a1, a2, a3) = Halves(rows);
        var (b0, b1, b2, b3) = Halves(rows + (4 * 32));
        Put(a0, b0, to, 4 * stride);
        Put(a1, b1, to + stride, 4 * stride);
        Put(a2, b2, to + (2 * stride), 4 * stride);
        Put(a3, b3, to + (3 * stride), 4 * stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<long>, Vector256<long>, Vector256<long>, Vector256<long>) Halves(byte* rows)
    {
        var (r0, r1) = (Vector256.Load((int*)rows), Vector256.Load((int*)(rows + 32)));
        var (r2, r3) = (Vector256.Load((int*)(rows + 64)), Vector256.Load((int*)(rows + 96)));
        var low01 = Avx2.UnpackLow(r0, r1).AsInt64();
        var high01 = Avx2.UnpackHigh(r0, r1).AsInt64();
        var low23 = Avx2.UnpackLow(r2, r3).AsInt64();
        var high23 = Avx2.UnpackHigh(r2, r3).AsInt64();
        return (Avx2.UnpackLow(low01, low23), Avx2.UnpackHigh(low01, low23), Avx2.UnpackLow(high01, high23), Avx2.UnpackHigh(high01, high23));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(Vector256<long> a, Vector256<long> b, byte* to, int far)
    {
        Avx2.Permute2x128(a, b, 0x20).AsByte().Store(to);
        Avx2.Permute2x128(a, b, 0x31).AsByte().Store(to + far);
    }
}

/// <summary>128 bits by what every processor has: the path of Arm, and of x86 with its sets switched off.</summary>
internal readonly unsafe struct Simd128 : ISimd<Vector128<byte>>
{
    public static int Width => 4;

    public static Vector128<byte> Zero => Vector128<byte>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Load(void* p) => Vector128.Load((byte*)p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<byte> x, void* p) => x.Store((byte*)p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Broadcast(int x) => Vector128.Create(x).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Broadcast(float x) => Vector128.Create(x).AsByte();

    // Even bytes of each short by shifting up and down again, odd ones by shifting down.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> MultiplyBytes(Vector128<byte> unsigned, Vector128<byte> signed)
    {
        if (Ssse3.IsSupported) return Ssse3.MultiplyAddAdjacent(unsigned, signed.AsSByte()).AsByte();
        var (u, s) = (unsigned.AsInt16(), signed.AsInt16());
        return (((u & Vector128.Create((short)0xff)) * ((s << 8) >> 8)) + ((u >>> 8) * (s >> 8))).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> MultiplyShorts(Vector128<byte> x, Vector128<byte> y)
    {
        if (Sse2.IsSupported) return Sse2.MultiplyAddAdjacent(x.AsInt16(), y.AsInt16()).AsByte();
        var (a, b) = (x.AsInt32(), y.AsInt32());
        return ((((a << 16) >> 16) * ((b << 16) >> 16)) + ((a >> 16) * (b >> 16))).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> AddShorts(Vector128<byte> x, Vector128<byte> y) => (x.AsInt16() + y.AsInt16()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> AddInts(Vector128<byte> x, Vector128<byte> y) => (x.AsInt32() + y.AsInt32()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> SubtractInts(Vector128<byte> x, Vector128<byte> y) => (x.AsInt32() - y.AsInt32()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> MultiplyInts(Vector128<byte> x, Vector128<byte> y) => (x.AsInt32() * y.AsInt32()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> ToSingle(Vector128<byte> x) => Vector128.ConvertToSingle(x.AsInt32()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> AddSingles(Vector128<byte> x, Vector128<byte> y) => (x.AsSingle() + y.AsSingle()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> MultiplySingles(Vector128<byte> x, Vector128<byte> y) => (x.AsSingle() * y.AsSingle()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> FusedMultiplyAdd(Vector128<byte> x, Vector128<byte> y, Vector128<byte> z) =>
        Vector128.FusedMultiplyAdd(x.AsSingle(), y.AsSingle(), z.AsSingle()).AsByte();

    public static void Transpose(byte* rows, byte* to, int stride)
    {
        for (var column = 0; column < 8; column++)
            for (var row = 0; row < Width; row++)
                ((int*)(to + (column * stride)))[row] = ((int*)rows)[(row * 8) + column];
    }
}
