using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Bantam.Kernels;

/// <summary>
/// A piece of memory that is fetched while something else is computed. Reading and computing take turns page by page;
/// without this, memory would rest while the processor computes.
/// </summary>
internal unsafe struct Ahead(byte* from, long bytes, long steps)
{
    private const int Line = 64;
    private readonly byte* _end = from + bytes;
    // Bytes to a step, whole lines.
    private readonly long _pace = steps <= 0 ? Line : Math.Max(1, (bytes + (Line * steps) - 1) / (Line * steps)) * Line;
    private byte* _next = from;

    /// <summary>Where a loop of <paramref name="n"/> steps begins to <see cref="Touch"/>, and by how many bytes it goes on.</summary>
    public byte* Take(long n, out long step)
    {
        var next = _next;
        step = next < _end ? _pace : 0;
        _next += n * step;
        return next;
    }

    /// <summary>Fetches the line at <paramref name="p"/>, and the last one of the step of <paramref name="step"/> bytes that begins there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Touch(byte* p, long step)
    {
        if (!Sse.IsSupported) return;
        Sse.Prefetch0(p);
        Sse.Prefetch0(p + step - Line);
    }
}
