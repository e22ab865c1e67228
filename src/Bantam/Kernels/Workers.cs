namespace Bantam.Kernels;

/// <summary>
/// A team of threads that split a range of independent items into contiguous parts, one per thread. Which thread computes
/// an item never changes its value: kernels give each output element to one item. Running allocates nothing.
/// Not for use from several threads at once.
/// </summary>
public sealed unsafe class Workers : IDisposable
{
    // Below this many items·cost, some tens of microseconds of arithmetic, waiting for the team costs more than it saves;
    // on a busy machine, where a thread may have to wait for its processor, far more.
    private const long WorthSplitting = 1 << 18;

    private readonly Thread[] _threads;
    private readonly AutoResetEvent[] _wake;
    private readonly int[] _asleep;
    private delegate*<void*, int, long, long, void> _work;
    private void* _context;
    private long _items;
    private int _round;
    private int _pending;
    private volatile bool _stop;

    /// <summary>Starts <paramref name="threads"/> − 1 threads; the caller of <see cref="Run"/> is the first of the team.</summary>
    public Workers(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        Threads = threads;
        _asleep = new int[threads];
        _wake = [.. Enumerable.Range(0, threads - 1).Select(_ => new AutoResetEvent(false))];
        _threads = [.. Enumerable.Range(1, threads - 1).Select(part => new Thread(() => Loop(part)) { IsBackground = true, Name = $"bantam-{part}" })];
        foreach (var thread in _threads) thread.Start();
    }

    /// <summary>The team's size, the caller included.</summary>
    public int Threads { get; }

    /// <summary>
    /// Calls <paramref name="work"/>(<paramref name="context"/>, part, from, to) for ranges that cover
    /// [0, <paramref name="items"/>), and returns when all are done. No two ranges that run at one time have the same part
    /// number, 0 up to <see cref="Threads"/>: scratch memory is chosen by it.
    /// </summary>
    /// <param name="items">How many independent items.</param>
    /// <param name="cost">Rough multiply-adds per item; small work stays on the caller's thread.</param>
    /// <param name="work">Must not throw.</param>
    /// <param name="context">Passed through.</param>
    internal void Run(long items, long cost, delegate*<void*, int, long, long, void> work, void* context)
    {
        ObjectDisposedException.ThrowIf(_stop, this);
        if (Threads == 1 || items < 2 || items * cost < WorthSplitting)
        {
            work(context, 0, 0, items);
            return;
        }

        _items = items;
        _work = work;
        _context = context;
        Volatile.Write(ref _pending, Threads - 1);
        Interlocked.Increment(ref _round);
        for (var part = 1; part < Threads; part++)
            if (Interlocked.Exchange(ref _asleep[part], 0) == 1) _wake[part - 1].Set();

        work(context, 0, 0, End(0));
        var spin = new SpinWait();
        while (Volatile.Read(ref _pending) != 0) spin.SpinOnce(sleep1Threshold: -1);
    }

    /// <summary>Ends the threads.</summary>
    public void Dispose()
    {
        if (_stop) return;
        _stop = true;
        foreach (var wake in _wake) wake.Set();
        foreach (var thread in _threads) thread.Join();
        foreach (var wake in _wake) wake.Dispose();
    }

    private long End(int part) => _items * (part + 1) / Threads;

    private void Loop(int part)
    {
        // About a tenth of a millisecond: longer than what lies between two rounds of a token, short enough to leave the
        // processor to others soon.
        const int Patience = 150;
        var seen = 0;
        while (!_stop)
        {
            // Decoding starts dozens of rounds per token: spin a while before sleeping.
            for (var i = 0; i < Patience && Volatile.Read(ref _round) == seen; i++) Thread.SpinWait(20);
            if (Volatile.Read(ref _round) == seen)
            {
                // Announce the sleep, then look again: a round that began in between either is seen here or sees us asleep.
                Interlocked.Exchange(ref _asleep[part], 1);
                if (Volatile.Read(ref _round) == seen || Interlocked.Exchange(ref _asleep[part], 0) == 0)
                    _wake[part - 1].WaitOne();
                continue;
            }
            seen++;
            _work(_context, part, End(part - 1), End(part));
            Interlocked.Decrement(ref _pending);
        }
    }
}
