using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Bantam.Kernels.Quant;

/// <summary>
/// Some of the sixteen lanes of <see cref="Lanes"/> in one register. A kernel over it goes over K once for each part of the
/// lanes, and so is one kernel for registers of 512, 256 and 128 bits: a lane's sum does not depend on its company.
/// </summary>
/// <typeparam name="V">The register.</typeparam>
internal unsafe interface IFloatLanes<V>
    where V : struct
{
    /// <summary>Lanes of a register.</summary>
    static abstract int Width { get; }

    /// <summary>Whether four rows by six tokens of accumulators fit the registers that there are.</summary>
    static abstract bool FitsSix { get; }

    /// <summary>From memory, aligned or not.</summary>
    static abstract V Load(float* p);

    /// <summary>To memory.</summary>
    static abstract void Store(V x, float* p);

    /// <summary>x·y + sum, rounded once.</summary>
    static abstract V MultiplyAdd(V x, V y, V sum);

    /// <summary>No sum yet.</summary>
    static abstract V Zero { get; }

    /// <summary>Folds sixteen lanes in memory to four, read as wide as they were written.</summary>
    static abstract Vector128<float> Four(float* lanes);

    /// <summary>Elements of a format as floats.</summary>
    static abstract V Widen<TFormat>(byte* p)
        where TFormat : struct, IFloatFormat;
}

/// <summary>All lanes, by AVX-512.</summary>
internal readonly unsafe struct Lanes512 : IFloatLanes<Vector512<float>>
{
    public static bool IsSupported => Avx512F.IsSupported;

    public static int Width => 16;

    public static Vector512<float> Zero => Vector512<float>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Four(float* lanes)
    {
        var all = Vector512.Load(lanes);
        var eight = all.GetLower() + all.GetUpper();
        return eight.GetLower() + eight.GetUpper();
    }

    public static bool FitsSix => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(float* p) => Vector512.Load(p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> x, float* p) => x.Store(p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> MultiplyAdd(Vector512<float> x, Vector512<float> y, Vector512<float> sum) => Vector512.FusedMultiplyAdd(x, y, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Widen<TFormat>(byte* p)
        where TFormat : struct, IFloatFormat => TFormat.Widen512(p);
}

/// <summary>Lanes 0–7 or 8–15, by AVX2 and FMA: sixteen registers.</summary>
internal readonly unsafe struct Lanes256 : IFloatLanes<Vector256<float>>
{
    public static bool IsSupported => Avx2.IsSupported && Fma.IsSupported;

    public static int Width => 8;

    public static Vector256<float> Zero => Vector256<float>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Four(float* lanes)
    {
        var eight = Vector256.Load(lanes) + Vector256.Load(lanes + 8);
        return eight.GetLower() + eight.GetUpper();
    }

    public static bool FitsSix => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(float* p) => Vector256.Load(p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<float> x, float* p) => x.Store(p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> MultiplyAdd(Vector256<float> x, Vector256<float> y, Vector256<float> sum) => Vector256.FusedMultiplyAdd(x, y, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Widen<TFormat>(byte* p)
        where TFormat : struct, IFloatFormat => TFormat.Widen256(p);
}

/// <summary>Four lanes, by what every processor has; made for the 32 registers of Arm.</summary>
internal readonly unsafe struct Lanes128 : IFloatLanes<Vector128<float>>
{
    public static bool IsSupported => Vector128.IsHardwareAccelerated;

    public static int Width => 4;

    public static Vector128<float> Zero => Vector128<float>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Four(float* lanes) =>
        (Vector128.Load(lanes) + Vector128.Load(lanes + 8)) + (Vector128.Load(lanes + 4) + Vector128.Load(lanes + 12));

    public static bool FitsSix => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Load(float* p) => Vector128.Load(p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<float> x, float* p) => x.Store(p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> MultiplyAdd(Vector128<float> x, Vector128<float> y, Vector128<float> sum) => Vector128.FusedMultiplyAdd(x, y, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Widen<TFormat>(byte* p)
        where TFormat : struct, IFloatFormat => TFormat.Widen128(p);
}
