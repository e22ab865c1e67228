using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Bantam.Kernels;

/// <summary>
/// A team of threads that take chunks of a range of independent items until none are left. Which thread computes an item
/// never changes its value: kernels give each output element to one item. Running allocates nothing.
/// Not for use from several threads at once.
/// </summary>
/// <remarks>
/// A round is opened by one write that helpers wait for, and closed by the caller when it finds nothing left to take: it
/// then waits for those who have joined, and not for those who have not come yet. A thread that lost its processor between
/// two chunks therefore costs what one processor less costs, and no more.
/// </remarks>
public sealed unsafe class Workers : IDisposable
{
    // Below this many items·cost, a few microseconds of arithmetic, waiting for the team costs more than it saves.
    private const long WorthSplitting = 1 << 16;

    // Chunks shrink as the end comes near, down to this many items·cost: a microsecond, so that all end together.
    private const long WorthTaking = 1 << 15;

    // Helpers watch for a round this long, longer than a sampler or a caller's own work between two tokens takes; then they
    // sleep. For the first part they keep their processors, then they offer them to others all the time.
    private static readonly long Watchful = Stopwatch.Frequency / 20_000;
    private static readonly long Patient = Stopwatch.Frequency / 500;

    private readonly Thread[] _threads;
    private readonly AutoResetEvent[] _wake;
    private readonly int[] _asleep;
    private readonly byte[] _memory;
    private readonly Shared* _shared;
    private bool _stopped;

    /// <summary>Starts <paramref name="threads"/> − 1 threads; the caller of <see cref="Run"/> is the first of the team.</summary>
    public Workers(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threads, (int)Gate.Joined);
        Threads = threads;
        // Pinned, for the cache lines to begin where they are meant to.
        _memory = GC.AllocateArray<byte>(sizeof(Shared) + Shared.Line, pinned: true);
        _shared = (Shared*)(((nint)Marshal.UnsafeAddrOfPinnedArrayElement(_memory, 0) + Shared.Line - 1) & -Shared.Line);
        _asleep = new int[threads];
        _wake = [.. Enumerable.Range(0, threads - 1).Select(_ => new AutoResetEvent(false))];
        _threads = [.. Enumerable.Range(1, threads - 1).Select(part => new Thread(() => Help(part)) { IsBackground = true, Name = $"bantam-{part}" })];
        foreach (var thread in _threads) thread.Start();
    }

    /// <summary>The team's size, the caller included.</summary>
    public int Threads { get; }

    /// <summary>
    /// Calls <paramref name="work"/>(<paramref name="context"/>, part, from, to) for ranges that cover
    /// [0, <paramref name="items"/>), and returns when all are done. A part is called for any number of ranges. No two ranges
    /// that run at one time have the same part number, 0 up to <see cref="Threads"/>: scratch memory is chosen by it.
    /// </summary>
    /// <param name="items">How many independent items.</param>
    /// <param name="cost">Rough multiply-adds per item; small work stays on the caller's thread.</param>
    /// <param name="work">Must not throw.</param>
    /// <param name="context">Passed through.</param>
    /// <param name="grain">Ranges begin at multiples of it: for kernels that take so many items at a time.</param>
    internal void Run(long items, long cost, delegate*<void*, int, long, long, void> work, void* context, long grain = 1)
    {
        ObjectDisposedException.ThrowIf(_stopped, this);
        if (Threads == 1 || items <= grain || items * cost < WorthSplitting)
        {
            work(context, 0, 0, items);
            return;
        }

        _shared->Work = work;
        _shared->Context = context;
        _shared->Items = items;
        _shared->Grain = grain;
        _shared->LeastChunk = Math.Max(1, WorthTaking / Math.Max(1, cost));
        _shared->Next = 0;
        // A full fence: either a helper that is falling asleep sees the round, or it is seen asleep here.
        Interlocked.Exchange(ref _shared->Gate, (_shared->Gate & ~(Gate.Open | Gate.Joined)) + Gate.Round + Gate.Open);
        for (var part = 1; part < Threads; part++)
            if (Volatile.Read(ref _asleep[part]) == 1 && Interlocked.Exchange(ref _asleep[part], 0) == 1) _wake[part - 1].Set();

        Take(0);
        Interlocked.And(ref _shared->Gate, ~Gate.Open);
        // One who has joined is at its last chunk, unless it lost its processor: to whom if not to us?
        for (var spins = 0; (Volatile.Read(ref _shared->Gate) & Gate.Joined) != 0; spins++)
            if (spins < 1000) Thread.SpinWait(1);
            else Thread.Yield();
    }

    /// <summary>Ends the threads.</summary>
    public void Dispose()
    {
        if (_stopped) return;
        _stopped = true;
        Interlocked.Exchange(ref _shared->Gate, Gate.Stop);
        foreach (var wake in _wake) wake.Set();
        foreach (var thread in _threads) thread.Join();
        foreach (var wake in _wake) wake.Dispose();
        GC.KeepAlive(_memory);
    }

    private void Take(int part)
    {
        var (items, grain, least) = (_shared->Items, _shared->Grain, _shared->LeastChunk);
        for (var from = Volatile.Read(ref _shared->Next); from < items;)
        {
            // Half of a fair share of what is left: large ranges for the memory's sake, small ones at the end.
            var chunk = Math.Max(least, (items - from) / (2 * Threads));
            var to = Math.Min(items, from + ((chunk + grain - 1) / grain * grain));
            var seen = Interlocked.CompareExchange(ref _shared->Next, to, from);
            if (seen == from)
            {
                _shared->Work(_shared->Context, part, from, to);
                seen = Volatile.Read(ref _shared->Next);
            }
            from = seen;
        }
    }

    private void Help(int part)
    {
        long last = 0;
        while (true)
        {
            var gate = Await(part, last);
            if (gate == Gate.Stop) return;
            if (Interlocked.CompareExchange(ref _shared->Gate, gate + 1, gate) != gate) continue;
            last = gate / Gate.Round;
            Take(part);
            Interlocked.Decrement(ref _shared->Gate);
        }
    }

    // The gate when a round after number last is open, or at the end.
    private long Await(int part, long last)
    {
        var since = Stopwatch.GetTimestamp();
        for (long waited = 0, spins = 1; ; spins++)
        {
            var gate = Volatile.Read(ref _shared->Gate);
            if (IsNew(gate)) return gate;
            if (waited < Watchful) Thread.SpinWait(1);
            else Thread.Yield();
            if (spins % 16 == 0 && (waited = Stopwatch.GetTimestamp() - since) > Patient)
            {
                // Announce the sleep, then look again: a round that began in between either is seen here or sees us asleep.
                Interlocked.Exchange(ref _asleep[part], 1);
                if (IsNew(Volatile.Read(ref _shared->Gate)) && Interlocked.Exchange(ref _asleep[part], 0) == 1) continue;
                _wake[part - 1].WaitOne();
                (waited, since) = (0, Stopwatch.GetTimestamp());
            }
        }

        bool IsNew(long gate) => gate == Gate.Stop || ((gate & Gate.Open) != 0 && gate / Gate.Round != last);
    }

    /// <summary>One number tells everything about a round: its own number, whether one may still join, and how many have.</summary>
    private static class Gate
    {
        public const long Joined = Open - 1;
        public const long Open = 1 << 15;
        public const long Round = 1 << 16;
        public const long Stop = -1;
    }

    // Two cache lines are fetched at a time. What a helper wants to know when a round opens comes with the gate; the counter
    // that all write lies apart.
    [StructLayout(LayoutKind.Explicit, Size = 2 * Line)]
    private struct Shared
    {
        public const int Line = 128;

        [FieldOffset(0)]
        public long Gate;

        [FieldOffset(8)]
        public delegate*<void*, int, long, long, void> Work;

        [FieldOffset(16)]
        public void* Context;

        [FieldOffset(24)]
        public long Items;

        [FieldOffset(32)]
        public long Grain;

        [FieldOffset(40)]
        public long LeastChunk;

        [FieldOffset(Line)]
        public long Next;
    }
}
