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
            Thread.Sleep(20);
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

    private static void Visit(void* context, int part, long from, long to)
    {
        for (var i = from; i < to; i++) Interlocked.Increment(ref ((int*)context)[i]);
    }
}
