using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Bantam.Kernels.Quant;

/// <summary>
/// Rounds 32 floats to signed bytes and a scale, for <see cref="Q8_0"/> and <see cref="Q8_1"/>: d = max|x| / 127,
/// q = round(x / d) with halves away from zero. Registers of any width give the same; NaN anywhere makes d NaN.
/// </summary>
internal static unsafe class Q8Block
{
    /// <summary>Floats of a block.</summary>
    public const int Size = 32;

    // The largest float below ½. A half plus this rounds up to the next whole number and anything less does not, so that
    // cutting off what is behind the point rounds halves away from zero.
    private const float NearlyHalf = 0.49999997f;

    /// <summary>Writes the codes; returns d, not rounded.</summary>
    /// <param name="x">The block.</param>
    /// <param name="codes">Receives 32 codes.</param>
    /// <param name="sum">Their sum.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Round(float* x, sbyte* codes, out int sum)
    {
        if (Avx512BW.IsSupported) return Round512(x, codes, out sum);
        if (Avx2.IsSupported) return Round256(x, codes, out sum);
        return Vector128.IsHardwareAccelerated ? Round128(x, codes, out sum) : RoundReference(x, codes, out sum);
    }

    /// <summary>The specification.</summary>
    public static float RoundReference(float* x, sbyte* codes, out int sum)
    {
        var max = 0f;
        for (var i = 0; i < Size; i++) max = MathF.Max(max, MathF.Abs(x[i]));
        var d = max / 127;
        var inverse = d == 0 ? 0 : 1 / d;
        sum = 0;
        for (var i = 0; i < Size; i++) sum += codes[i] = (sbyte)MathF.Round(x[i] * inverse, MidpointRounding.AwayFromZero);
        return d;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Round512(float* x, sbyte* codes, out int sum)
    {
        var (x0, x1) = (Vector512.Load(x), Vector512.Load(x + 16));
        var largest = Vector512.Max(Vector512.Abs(x0).AsInt32(), Vector512.Abs(x1).AsInt32());
        var d = Scale(Vector256.Max(largest.GetLower(), largest.GetUpper()), out var inverse);
        var (q0, q1) = (Nearest(x0 * inverse), Nearest(x1 * inverse));
        Avx512F.ConvertToVector128SByteWithSaturation(q0).Store(codes);
        Avx512F.ConvertToVector128SByteWithSaturation(q1).Store(codes + 16);
        sum = Vector512.Sum(q0 + q1);
        return d;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Round256(float* x, sbyte* codes, out int sum)
    {
        var (x0, x1, x2, x3) = (Vector256.Load(x), Vector256.Load(x + 8), Vector256.Load(x + 16), Vector256.Load(x + 24));
        var largest = Vector256.Max(
            Vector256.Max(Vector256.Abs(x0).AsInt32(), Vector256.Abs(x1).AsInt32()),
            Vector256.Max(Vector256.Abs(x2).AsInt32(), Vector256.Abs(x3).AsInt32()));
        var d = Scale(largest, out var inverse);
        var (q0, q1, q2, q3) = (Nearest(x0 * inverse), Nearest(x1 * inverse), Nearest(x2 * inverse), Nearest(x3 * inverse));
        Int8Lanes.Narrow(q0, q1, q2, q3).Store(codes);
        sum = Vector256.Sum((q0 + q1) + (q2 + q3));
        return d;
    }

    private static float Round128(float* x, sbyte* codes, out int sum)
    {
        var largest = Vector128<int>.Zero;
        for (var i = 0; i < Size; i += 4) largest = Vector128.Max(largest, Vector128.Abs(Vector128.Load(x + i)).AsInt32());
        var d = Scale(largest, out var inverse);
        var total = Vector128<int>.Zero;
        for (var i = 0; i < Size; i += 16)
        {
            var (q0, q1) = (Nearest(Vector128.Load(x + i) * inverse), Nearest(Vector128.Load(x + i + 4) * inverse));
            var (q2, q3) = (Nearest(Vector128.Load(x + i + 8) * inverse), Nearest(Vector128.Load(x + i + 12) * inverse));
            Vector128.Narrow(Vector128.Narrow(q0, q1), Vector128.Narrow(q2, q3)).Store(codes + i);
            total += (q0 + q1) + (q2 + q3);
        }
        sum = Vector128.Sum(total);
        return d;
    }

    // The bits of numbers without a sign are in the order of the numbers, and NaN is above them all.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Scale(Vector256<int> largest, out float inverse) => Scale(Vector128.Max(largest.GetLower(), largest.GetUpper()), out inverse);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Scale(Vector128<int> largest, out float inverse)
    {
        largest = Vector128.Max(largest, Vector128.Shuffle(largest, Vector128.Create(2, 3, 2, 3)));
        largest = Vector128.Max(largest, Vector128.Shuffle(largest, Vector128.Create(1, 1, 1, 1)));
        var d = largest.AsSingle().ToScalar() / 127;
        inverse = d == 0 ? 0 : 1 / d;
        return d;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Nearest(Vector512<float> x) => Vector512.ConvertToInt32Native(x + Vector512.CopySign(Vector512.Create(NearlyHalf), x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Nearest(Vector256<float> x) => Vector256.ConvertToInt32Native(x + Vector256.CopySign(Vector256.Create(NearlyHalf), x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Nearest(Vector128<float> x) => Vector128.ConvertToInt32Native(x + Vector128.CopySign(Vector128.Create(NearlyHalf), x));
}
