using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Bantam.Kernels.Quant;

/// <summary>A format of one element per block that widens to a float exactly: F32, F16, BF16 and the 8-bit floats share their kernels.</summary>
internal unsafe interface IFloatFormat
{
    /// <summary>Bytes of an element.</summary>
    static abstract int Size { get; }

    /// <summary>
    /// Whether the tiles of many tokens read rows of this format as they lie: widening costs them one operation, and floats
    /// would take twice the room in the caches. F32 rows are copied all the same, since those of many matrices lie a power
    /// of two apart and share places in the first-level cache.
    /// </summary>
    static abstract bool WidensInPlace { get; }

    /// <summary>Element at <paramref name="p"/>.</summary>
    static abstract float Widen(byte* p);

    /// <summary>Four elements from <paramref name="p"/>.</summary>
    static abstract Vector128<float> Widen128(byte* p);

    /// <summary>Eight elements from <paramref name="p"/>.</summary>
    static abstract Vector256<float> Widen256(byte* p);

    /// <summary>Sixteen elements from <paramref name="p"/>.</summary>
    static abstract Vector512<float> Widen512(byte* p);
}

/// <summary>Kernels over any <see cref="IFloatFormat"/>.</summary>
internal static unsafe class FloatKernels
{
    /// <summary>The specification: sixteen lanes, one fused multiply-add per element.</summary>
    public static float DotReference<TFormat>(byte* row, float* x, long n)
        where TFormat : struct, IFloatFormat
    {
        var lanes = stackalloc float[Lanes.Count];
        new Span<float>(lanes, Lanes.Count).Clear();
        for (long k = 0; k < n; k++)
            lanes[k % Lanes.Count] = MathF.FusedMultiplyAdd(TFormat.Widen(row + (k * TFormat.Size)), x[k], lanes[k % Lanes.Count]);
        return Lanes.Fold(lanes);
    }

    /// <summary>The specification on registers: the sixteen lanes are one 512-bit or two 256-bit accumulators.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Dot<TFormat>(byte* row, float* x, long n)
        where TFormat : struct, IFloatFormat
    {
        if (Avx512F.IsSupported) return Dot512<TFormat>(row, x, n);
        return Fma.IsSupported ? Dot256<TFormat>(row, x, n) : DotReference<TFormat>(row, x, n);
    }

    /// <summary>Elements widened to floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Unpack<TFormat>(byte* row, float* x, long n)
        where TFormat : struct, IFloatFormat
    {
        long k = 0;
        if (Avx512F.IsSupported)
            for (; k + 16 <= n; k += 16)
                TFormat.Widen512(row + (k * TFormat.Size)).Store(x + k);
        if (Vector256.IsHardwareAccelerated)
            for (; k + 8 <= n; k += 8)
                TFormat.Widen256(row + (k * TFormat.Size)).Store(x + k);
        for (; k < n; k++)
            x[k] = TFormat.Widen(row + (k * TFormat.Size));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Dot512<TFormat>(byte* row, float* x, long n)
        where TFormat : struct, IFloatFormat
    {
        var acc = Vector512<float>.Zero;
        long k = 0;
        for (; k + 16 <= n; k += 16)
            acc = Vector512.FusedMultiplyAdd(TFormat.Widen512(row + (k * TFormat.Size)), Vector512.Load(x + k), acc);
        // The last, incomplete group is padded with zeros: 0·0 leaves a lane as it is. Half a group is a register of its own.
        if (n - k == 8)
        {
            acc = Vector512.FusedMultiplyAdd(TFormat.Widen256(row + (k * TFormat.Size)).ToVector512(), Vector256.Load(x + k).ToVector512(), acc);
        }
        else if (k < n)
        {
            float* w = stackalloc float[16], a = stackalloc float[16];
            Pad<TFormat>(row, x, k, n, w, a);
            acc = Vector512.FusedMultiplyAdd(Vector512.Load(w), Vector512.Load(a), acc);
        }
        return Lanes.Fold(acc);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Dot256<TFormat>(byte* row, float* x, long n)
        where TFormat : struct, IFloatFormat
    {
        var low = Vector256<float>.Zero;   // lanes 0–7
        var high = Vector256<float>.Zero;  // lanes 8–15
        long k = 0;
        for (; k + 16 <= n; k += 16)
        {
            low = Vector256.FusedMultiplyAdd(TFormat.Widen256(row + (k * TFormat.Size)), Vector256.Load(x + k), low);
            high = Vector256.FusedMultiplyAdd(TFormat.Widen256(row + ((k + 8) * TFormat.Size)), Vector256.Load(x + k + 8), high);
        }
        if (n - k == 8)
        {
            low = Vector256.FusedMultiplyAdd(TFormat.Widen256(row + (k * TFormat.Size)), Vector256.Load(x + k), low);
        }
        else if (k < n)
        {
            float* w = stackalloc float[16], a = stackalloc float[16];
            Pad<TFormat>(row, x, k, n, w, a);
            low = Vector256.FusedMultiplyAdd(Vector256.Load(w), Vector256.Load(a), low);
            high = Vector256.FusedMultiplyAdd(Vector256.Load(w + 8), Vector256.Load(a + 8), high);
        }
        return Lanes.Fold(low, high);
    }

    private static void Pad<TFormat>(byte* row, float* x, long from, long n, float* w, float* a)
        where TFormat : struct, IFloatFormat
    {
        new Span<float>(w, 16).Clear();
        new Span<float>(a, 16).Clear();
        for (var k = from; k < n; k++)
        {
            w[k - from] = TFormat.Widen(row + (k * TFormat.Size));
            a[k - from] = x[k];
        }
    }
}
