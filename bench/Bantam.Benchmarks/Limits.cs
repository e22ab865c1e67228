using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Bantam.Benchmarks;

/// <summary>
/// What the machine can do at most, measured in the process that measures the kernels: a plain sum over memory, and chains
/// of the instructions that products are made of, on every thread at once.
/// </summary>
internal static unsafe class Limits
{
    // Twelve chains at a time cover the latency of two units that take six cycles.
    private const int Chains = 12;
    private const int Repetitions = 7;
    private const double SecondsOfArithmetic = 0.03;

    private static long s_sink;

    /// <summary>Reads <paramref name="bytes"/> bytes, each thread a part of its own; bytes per second, the median of some rounds after one that does not count.</summary>
    public static double ReadRate(byte* data, long bytes, int threads)
    {
        const int Step = 512;
        var part = bytes / threads / Step * Step;
        void Work(int thread) => Read(data + (thread * part), part);
        Seconds(threads, Work);
        // Memory has bursts that it does not keep up; the best round would be no limit of a long run.
        return Sorted(() => part * threads / Seconds(threads, Work))[Repetitions / 2];
    }

    /// <summary>The arithmetic of which this processor is capable, by name, in operations per second: the best of some rounds.</summary>
    public static IReadOnlyList<(string Name, double Rate)> Arithmetic(int threads) =>
    [
        .. new (string Name, double Rate)[]
        {
            Peak<Fma512, Vector512<byte>>(threads), Peak<Fma256, Vector256<byte>>(threads), Peak<Float128, Vector128<byte>>(threads),
            Peak<Bytes512, Vector512<byte>>(threads), Peak<Bytes256, Vector256<byte>>(threads),
            Peak<Words512, Vector512<byte>>(threads), Peak<Words256, Vector256<byte>>(threads),
            Peak<ByteDots512, Vector512<byte>>(threads), Peak<ByteDots256, Vector256<byte>>(threads),
            Peak<Vnni256, Vector256<byte>>(threads),
        }.Where(peak => peak.Rate > 0),
    ];

    /// <summary>Multiply-adds in single precision, two operations each, per second; <paramref name="narrow"/>: at most 256 bits at a time.</summary>
    public static double FloatPeak(int threads, bool narrow = false) =>
        Math.Max(narrow ? 0 : Peak<Fma512, Vector512<byte>>(threads).Rate, Math.Max(Peak<Fma256, Vector256<byte>>(threads).Rate, Peak<Float128, Vector128<byte>>(threads).Rate));

    /// <summary>The same for dot products of bytes, without instructions that not every processor with AVX2 or AVX-512 has; 0 where there are none.</summary>
    public static double BytePeak(int threads, bool narrow = false) =>
        Math.Max(narrow ? 0 : Peak<ByteDots512, Vector512<byte>>(threads).Rate, Peak<ByteDots256, Vector256<byte>>(threads).Rate);

    private static (string Name, double Rate) Peak<TStep, TVector>(int threads)
        where TStep : struct, IStep<TVector>
        where TVector : unmanaged
    {
        if (!TStep.IsSupported) return (TStep.Name, 0);
        const int Trial = 1 << 20;
        Chain<TStep, TVector>(Trial);
        var rounds = (long)(Trial * SecondsOfArithmetic / Seconds(1, _ => Chain<TStep, TVector>(Trial))) + 1;
        return (TStep.Name, Sorted(() => (double)rounds * threads * Chains * TStep.Operations / Seconds(threads, _ => Chain<TStep, TVector>(rounds)))[^1]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Chain<TStep, TVector>(long rounds)
        where TStep : struct, IStep<TVector>
        where TVector : unmanaged
    {
        TVector y = TStep.Operand, a = y, b = y, c = y, d = y, e = y, f = y, g = y, h = y, i = y, j = y, k = y, l = y;
        for (long r = 0; r < rounds; r++)
        {
            a = TStep.Step(a, y);
            b = TStep.Step(b, y);
            c = TStep.Step(c, y);
            d = TStep.Step(d, y);
            e = TStep.Step(e, y);
            f = TStep.Step(f, y);
            g = TStep.Step(g, y);
            h = TStep.Step(h, y);
            i = TStep.Step(i, y);
            j = TStep.Step(j, y);
            k = TStep.Step(k, y);
            l = TStep.Step(l, y);
        }
        // All twelve end in something that is kept, or they would not have to be computed.
        var all = TStep.Step(TStep.Step(TStep.Step(a, b), TStep.Step(c, d)), TStep.Step(TStep.Step(e, f), TStep.Step(g, h)));
        all = TStep.Step(all, TStep.Step(TStep.Step(i, j), TStep.Step(k, l)));
        Volatile.Write(ref s_sink, *(long*)&all);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Read(byte* data, long bytes)
    {
        if (Avx512F.IsSupported)
        {
            Vector512<long> a = default, b = default, c = default, d = default;
            for (long i = 0; i < bytes; i += 256)
            {
                a += Vector512.Load((long*)(data + i));
                b += Vector512.Load((long*)(data + i + 64));
                c += Vector512.Load((long*)(data + i + 128));
                d += Vector512.Load((long*)(data + i + 192));
            }
            Volatile.Write(ref s_sink, Vector512.Sum(a + b + (c + d)));
        }
        else
        {
            Vector256<long> a = default, b = default, c = default, d = default;
            for (long i = 0; i < bytes; i += 128)
            {
                a += Vector256.Load((long*)(data + i));
                b += Vector256.Load((long*)(data + i + 32));
                c += Vector256.Load((long*)(data + i + 64));
                d += Vector256.Load((long*)(data + i + 96));
            }
            Volatile.Write(ref s_sink, Vector256.Sum(a + b + (c + d)));
        }
    }

    // From the moment at which all threads stand ready to the last one's end.
    private static double Seconds(int threads, Action<int> work)
    {
        long start = 0;
        using var ready = new Barrier(threads, _ => start = Stopwatch.GetTimestamp());
        void Run(int thread)
        {
            ready.SignalAndWait();
            work(thread);
        }
        Thread[] others = [.. Enumerable.Range(1, threads - 1).Select(thread => new Thread(() => Run(thread)))];
        foreach (var other in others) other.Start();
        Run(0);
        foreach (var other in others) other.Join();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static double[] Sorted(Func<double> rate) => [.. Enumerable.Range(0, Repetitions).Select(_ => rate()).Order()];
}
