using System.Runtime.InteropServices;
using Bantam.Kernels;

namespace Bantam.Tests.Execution;

public sealed unsafe class WorkersTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Every_item_is_visited_once_whatever_the_sizes(int threads)
    {
        using var workers = new Workers(threads);
        var visits = stackalloc int[40];
        for (var round = 0; round < 2000; round++)
        {
            var items = round % 37;
            for (var i = 0; i < 40; i++) visits[i] = 0;
            workers.Run(items, 1 << 20, &Visit, visits);
            for (var i = 0; i < 40; i++) Assert.Equal(i < items ? 1 : 0, visits[i]);
        }
    }

    [Fact]
    public void Sleeping_threads_are_woken()
    {
        using var workers = new Workers(3);
        var visits = stackalloc int[3];
        for (var round = 1; round <= 5; round++)
        {
            // Longer than the threads' patience.
            Thread.Sleep(50);
            workers.Run(3, 1 << 20, &Visit, visits);
            for (var i = 0; i < 3; i++) Assert.Equal(round, visits[i]);
        }
    }

    [Fact]
    public void A_disposed_team_refuses_work_instead_of_waiting_for_its_threads()
    {
        var workers = new Workers(2);
        workers.Dispose();
        workers.Dispose();
        Assert.Throws<ObjectDisposedException>(() => workers.Run(2, 1 << 20, &Visit, null));
    }

    // 400 rounds without a break: helpers that come late, that come not at all, that fall asleep in between.
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(16)]
    public void Rounds_of_any_size_in_any_rhythm_visit_every_item_once(int threads)
    {
        const int Most = 5000;
        using var workers = new Workers(threads);
        var random = new Random(threads);
        var visits = (int*)NativeMemory.AllocZeroed(Most, sizeof(int));
        for (var round = 1; round <= 400; round++)
        {
            var (items, grain) = (random.Next(Most), 1 + (random.Next(3) * random.Next(40)));
            new Span<int>(visits, Most).Clear();
            workers.Run(items, 1L << random.Next(20), &Visit, visits, grain);
            for (var i = 0; i < Most; i++) Assert.Equal(i < items ? 1 : 0, visits[i]);
            if (round % 50 == 0) Thread.Sleep(random.Next(8));
        }
        NativeMemory.Free(visits);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(16, 1 << 10)]
    [InlineData(32, 1 << 20)]
    public void Ranges_begin_at_multiples_of_the_grain_and_never_share_a_part(int grain, long cost)
    {
        const int Items = 1000;
        using var workers = new Workers(4);
        for (var round = 0; round < 200; round++)
        {
            var log = new Log { Grain = grain, Items = Items };
            workers.Run(Items, cost, &Note, &log, grain);
            Assert.Equal(0, log.Wrong);
            Assert.Equal(Items, log.Done);
        }
    }

    [Fact]
    public void Work_that_is_too_small_to_share_stays_on_the_callers_thread_in_one_range()
    {
        using var workers = new Workers(3);
        var log = new Log { Grain = 1000, Items = 1000 };
        for (var round = 1; round <= 100; round++) workers.Run(1000, 8, &Note, &log);
        Assert.Equal((0, 100_000, 100), (log.Wrong, log.Done, log.Ranges));
    }

    [Fact]
    public void Two_teams_at_one_time_do_not_meet()
    {
        var failed = 0;
        Thread[] callers = [.. Enumerable.Range(2, 2).Select(threads => new Thread(() =>
        {
            using var workers = new Workers(threads);
            var visits = stackalloc int[64];
            for (var round = 1; round <= 3000; round++)
            {
                workers.Run(64, 1 << 14, &Visit, visits);
                for (var i = 0; i < 64; i++)
                    if (visits[i] != round) Interlocked.Increment(ref failed);
            }
        }))];
        foreach (var caller in callers) caller.Start();
        foreach (var caller in callers) caller.Join();
        Assert.Equal(0, failed);
    }

    [Fact]
    public void A_team_ends_whether_it_is_new_or_watchful_or_asleep()
    {
        var visits = stackalloc int[3];
        foreach (var pause in new[] { -1, 0, 50 })
            for (var round = 0; round < 20; round++)
            {
                var workers = new Workers(3);
                if (pause >= 0) workers.Run(3, 1 << 20, &Visit, visits);
                if (pause > 0 && round < 3) Thread.Sleep(pause);
                workers.Dispose();
            }
        Assert.Equal(40, visits[0]);
    }

    [Fact]
    public void Rounds_allocate_nothing()
    {
        using var workers = new Workers(2);
        var visits = stackalloc int[64];
        workers.Run(64, 1 << 20, &Visit, visits);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 1000; round++) workers.Run(64, 1 << 20, &Visit, visits);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void Note(void* context, int part, long from, long to)
    {
        var log = (Log*)context;
        Interlocked.Increment(ref log->Ranges);
        if (from % log->Grain != 0 || from >= to || to > log->Items) Interlocked.Increment(ref log->Wrong);
        if (part is < 0 or > 3 || Interlocked.Exchange(ref log->Busy[part], 1) != 0) Interlocked.Increment(ref log->Wrong);
        for (var i = from; i < to; i++) Interlocked.Increment(ref log->Done);
        Volatile.Write(ref log->Busy[part], 0);
    }

    private static void Visit(void* context, int part, long from, long to)
    {
        for (var i = from; i < to; i++) Interlocked.Increment(ref ((int*)context)[i]);
    }

    private struct Log
    {
        public int Grain;
        public int Items;
        public int Ranges;
        public int Done;
        public int Wrong;
        public fixed int Busy[4];
    }
}
