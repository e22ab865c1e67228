using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Bantam.Kernels;

/// <summary>
/// A function of elements that stand at one place, written once for registers of any <see cref="IWidth{TVector}">width</see>:
/// pointers and constants as fields. An element's value does not depend on where in a register it stands, so any range may
/// be computed apart.
/// </summary>
internal interface IElementwise
{
    /// <summary>Computes the elements from <paramref name="i"/> on that fill a register.</summary>
    void At<TWidth, TVector>(long i)
        where TWidth : struct, IWidth<TVector>
        where TVector : struct;
}

/// <summary>Runs any <see cref="IElementwise"/>.</summary>
internal static unsafe class Elementwise
{
    /// <summary>Elements [<paramref name="from"/>, <paramref name="to"/>): in the widest registers, the rest in narrower ones.</summary>
    public static void Run<TKernel>(TKernel kernel, long from, long to)
        where TKernel : struct, IElementwise
    {
        if (Vector512.IsHardwareAccelerated) from = Some<TKernel, Width512, Vector512<float>>(kernel, from, to);
        if (Vector256.IsHardwareAccelerated) from = Some<TKernel, Width256, Vector256<float>>(kernel, from, to);
        if (Vector128.IsHardwareAccelerated) from = Some<TKernel, Width128, Vector128<float>>(kernel, from, to);
        Some<TKernel, Width32, float>(kernel, from, to);
    }

    /// <summary>All <paramref name="n"/> elements, shared by <paramref name="workers"/> where they are many.</summary>
    /// <param name="workers">Who computes.</param>
    /// <param name="n">How many elements.</param>
    /// <param name="cost">Of one, in multiply-adds; what reads and writes memory and does little else costs four.</param>
    /// <param name="kernel">What.</param>
    public static void Run<TKernel>(Workers workers, long n, long cost, TKernel kernel)
        where TKernel : unmanaged, IElementwise => workers.Run(n, cost, &Range<TKernel>, &kernel, grain: 64);

    private static void Range<TKernel>(void* context, int part, long from, long to)
        where TKernel : unmanaged, IElementwise => Run(*(TKernel*)context, from, to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long Some<TKernel, TWidth, TVector>(TKernel kernel, long from, long to)
        where TKernel : struct, IElementwise
        where TWidth : struct, IWidth<TVector>
        where TVector : struct
    {
        for (; from + TWidth.Count <= to; from += TWidth.Count) kernel.At<TWidth, TVector>(from);
        return from;
    }
}
