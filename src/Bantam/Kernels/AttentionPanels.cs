using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Bantam.Kernels.Quant;

namespace Bantam.Kernels;

/// <summary>Panels of any format: rows are unpacked, those of keys then turned over.</summary>
internal static unsafe class PlainPanels<TFormat>
    where TFormat : struct, IBlockFormat
{
    public static void Keys(byte* page, long bytes, int count, int headDim, float* rows, float* panel)
    {
        for (var at = 0; at < count; at += Lanes.Count)
            Sixteen(page + (at * bytes), bytes, Math.Min(Lanes.Count, count - at), headDim, rows, panel + at);
    }

    /// <summary>Sixteen keys.</summary>
    public static void Sixteen(byte* page, long bytes, int count, int headDim, float* rows, float* panel)
    {
        var width = Lanes.Up(headDim);
        Unpack(page, bytes, count, headDim, rows, width);
        Transposition.Of16(rows, width, width, panel, AttentionKernel.PageSize);
    }

    public static float* Values(byte* page, long bytes, int count, int headDim, float* panel)
    {
        Unpack(page, bytes, count, headDim, panel, Lanes.Up(headDim));
        return panel;
    }

    private static void Unpack(byte* page, long bytes, int count, int headDim, float* to, int width)
    {
        if (headDim == width) TFormat.Unpack(page, to, (long)count * headDim);
        else
            for (var j = 0; j < count; j++) TFormat.Unpack(page + (j * bytes), to + (j * width), headDim);
    }
}

/// <summary>Panels of a cache of floats, whose values lie ready.</summary>
internal static unsafe class FloatPanels
{
    public static void Keys(byte* page, long bytes, int count, int headDim, float* rows, float* panel)
    {
        for (var at = 0; at < count; at += Lanes.Count)
            Transposition.Of16((float*)page + (at * headDim), headDim, headDim, panel + at, AttentionKernel.PageSize);
    }

    public static float* Values(byte* page, long bytes, int count, int headDim, float* panel) => (float*)page;
}

/// <summary>A format of two bytes that 512-bit registers read quickly.</summary>
internal interface IHalves
{
    /// <summary>The numbers in the lower halves of the elements.</summary>
    static abstract Vector512<float> Low(Vector512<int> pairs);

    /// <summary>The numbers in the upper halves of the elements.</summary>
    static abstract Vector512<float> High(Vector512<int> pairs);

    /// <summary>The numbers that elements extend with their sign.</summary>
    static abstract Vector512<float> Single(Vector512<int> extended);

    /// <summary>Remembers what is read.</summary>
    static abstract Vector512<ushort> Note(Vector512<ushort> seen, Vector512<ushort> halves);

    /// <summary>Whether something was read that the above get wrong.</summary>
    static abstract bool IsUnusual(Vector512<ushort> seen);
}

/// <summary>IEEE binary16, but for infinities and what is no number.</summary>
internal readonly struct PlainHalves : IHalves
{
    // A half's sign in its place, exponent and mantissa moved to a float's: the number times 2⁻¹¹².
    private const int Kept = unchecked((int)0x8fffe000);
    private const int Rebias = (127 + 112) << 23;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Low(Vector512<int> pairs) => High(pairs << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> High(Vector512<int> pairs) => Rebiased(pairs >> 3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Single(Vector512<int> extended) => Rebiased(extended << 13);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ushort> Note(Vector512<ushort> seen, Vector512<ushort> halves) =>
        Vector512.Max(seen, halves & Vector512.Create((ushort)0x7fff));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsUnusual(Vector512<ushort> seen) => Vector512.GreaterThanOrEqualAny(seen, Vector512.Create((ushort)0x7c00));

    // The multiplication restores the exponent and normalises subnormals, exactly.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Rebiased(Vector512<int> moved) =>
        (moved & Vector512.Create(Kept)).AsSingle() * Vector512.Create(Rebias).AsSingle();
}

/// <summary>bfloat16: the upper halves of floats.</summary>
internal readonly struct UpperHalves : IHalves
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Low(Vector512<int> pairs) => (pairs << 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> High(Vector512<int> pairs) => (pairs & Vector512.Create(unchecked((int)0xffff0000))).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Single(Vector512<int> extended) => (extended << 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ushort> Note(Vector512<ushort> seen, Vector512<ushort> halves) => seen;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsUnusual(Vector512<ushort> seen) => false;
}

/// <summary>
/// Panels of halves by 512-bit registers, for heads whose width is a multiple of 32. Keys are turned over in pairs, which
/// takes half the moves, and then widened; what <typeparamref name="THalves"/> gets wrong is rare, and read again.
/// </summary>
internal static unsafe class HalfPanels<TFormat, THalves>
    where TFormat : struct, IBlockFormat
    where THalves : struct, IHalves
{
    public static void Keys(byte* page, long bytes, int count, int headDim, float* rows, float* panel)
    {
        for (var at = 0; at < count; at += Lanes.Count)
        {
            var from = page + (at * bytes);
            var seen = Vector512<ushort>.Zero;
            for (var d = 0; d < headDim; d += 32)
                seen = Pairs(from + (2 * d), bytes, panel + (d * AttentionKernel.PageSize) + at, seen);
            if (THalves.IsUnusual(seen)) PlainPanels<TFormat>.Sixteen(from, bytes, Lanes.Count, headDim, rows, panel + at);
        }
    }

    public static float* Values(byte* page, long bytes, int count, int headDim, float* panel)
    {
        var n = (long)count * headDim;
        var seen = Vector512<ushort>.Zero;
        for (long k = 0; k < n; k += 32)
        {
            var halves = Vector512.Load((short*)page + k);
            seen = THalves.Note(seen, halves.AsUInt16());
            THalves.Single(Vector512.WidenLower(halves)).Store(panel + k);
            THalves.Single(Vector512.WidenUpper(halves)).Store(panel + k + 16);
        }
        if (THalves.IsUnusual(seen)) TFormat.Unpack(page, panel, n);
        return panel;
    }

    // Sixteen keys' next 32 dimensions.
    private static Vector512<ushort> Pairs(byte* from, long bytes, float* panel, Vector512<ushort> seen)
    {
        const int PageSize = AttentionKernel.PageSize;
        seen = Load(from, bytes, seen, out var x0, out var x1, out var x2, out var x3);
        seen = Load(from + (4 * bytes), bytes, seen, out var x4, out var x5, out var x6, out var x7);
        seen = Load(from + (8 * bytes), bytes, seen, out var x8, out var x9, out var x10, out var x11);
        seen = Load(from + (12 * bytes), bytes, seen, out var x12, out var x13, out var x14, out var x15);
        Store(x0, x4, x8, x12, panel);
        Store(x1, x5, x9, x13, panel + (2 * PageSize));
        Store(x2, x6, x10, x14, panel + (4 * PageSize));
        Store(x3, x7, x11, x15, panel + (6 * PageSize));
        return seen;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ushort> Load(byte* from, long bytes, Vector512<ushort> seen, out Vector512<float> x0, out Vector512<float> x1, out Vector512<float> x2, out Vector512<float> x3)
    {
        x0 = Vector512.Load((float*)from);
        x1 = Vector512.Load((float*)(from + bytes));
        x2 = Vector512.Load((float*)(from + (2 * bytes)));
        x3 = Vector512.Load((float*)(from + (3 * bytes)));
        seen = THalves.Note(seen, x0.AsUInt16());
        seen = THalves.Note(seen, x1.AsUInt16());
        seen = THalves.Note(seen, x2.AsUInt16());
        seen = THalves.Note(seen, x3.AsUInt16());
        Transposition.Quads(ref x0, ref x1, ref x2, ref x3);
        return seen;
    }

    // Pairs 4q of the sixteen keys, q from 0 to 3: eight dimensions from one another.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d, float* to)
    {
        const int PageSize = AttentionKernel.PageSize;
        Transposition.Parts(ref a, ref b, ref c, ref d);
        THalves.Low(a.AsInt32()).Store(to);
        THalves.High(a.AsInt32()).Store(to + PageSize);
        THalves.Low(b.AsInt32()).Store(to + (8 * PageSize));
        THalves.High(b.AsInt32()).Store(to + (9 * PageSize));
        THalves.Low(c.AsInt32()).Store(to + (16 * PageSize));
        THalves.High(c.AsInt32()).Store(to + (17 * PageSize));
        THalves.Low(d.AsInt32()).Store(to + (24 * PageSize));
        THalves.High(d.AsInt32()).Store(to + (25 * PageSize));
    }
}
