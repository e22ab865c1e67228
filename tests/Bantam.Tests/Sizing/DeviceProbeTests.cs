using Bantam.Sizing;

namespace Bantam.Tests.Sizing;

public class DeviceProbeTests
{
    private const string Meminfo = "MemTotal:       16000000 kB\nMemFree:         1000000 kB\nMemAvailable:   10000000 kB\n";
    private const long Total = 16_000_000L * 1024;
    private const long Available = 10_000_000L * 1024;

    [Fact]
    public void Without_a_container_meminfo_counts() => Assert.Equal((Total, Available), Read([]));

    [Fact]
    public void A_limit_of_version_2_wins_where_it_is_lower_and_file_pages_are_given_back() =>
        Assert.Equal((4_000_000_000, 4_000_000_000 - 700_000_000), Read(new()
        {
            ["/proc/self/cgroup"] = "0::/\n",
            ["/sys/fs/cgroup/memory.max"] = "4000000000\n",
            ["/sys/fs/cgroup/memory.current"] = "1000000000\n",
            ["/sys/fs/cgroup/memory.stat"] = "anon 600000000\ninactive_file 300000000\n",
        }));

    [Fact]
    public void A_limit_on_a_group_further_up_counts_too() =>
        Assert.Equal((2_000_000_000, 1_500_000_000), Read(new()
        {
            ["/proc/self/cgroup"] = "0::/a/b\n",
            ["/sys/fs/cgroup/a/b/memory.max"] = "max\n",
            ["/sys/fs/cgroup/a/memory.max"] = "2000000000\n",
            ["/sys/fs/cgroup/a/memory.current"] = "500000000\n",
        }));

    [Fact]
    public void A_limit_of_version_1_wins_where_it_is_lower() =>
        Assert.Equal((3_000_000_000, 2_400_000_000), Read(new()
        {
            ["/proc/self/cgroup"] = "5:cpu,cpuacct:/\n4:memory:/box/1\n0::/\n",
            ["/sys/fs/cgroup/memory/box/1/memory.limit_in_bytes"] = "3000000000\n",
            ["/sys/fs/cgroup/memory/box/1/memory.usage_in_bytes"] = "1000000000\n",
            ["/sys/fs/cgroup/memory/box/1/memory.stat"] = "inactive_file 1\ntotal_inactive_file 400000000\n",
            ["/sys/fs/cgroup/memory/memory.limit_in_bytes"] = "9223372036854771712\n",
        }));

    [Theory]
    [InlineData("max")]
    [InlineData("9223372036854771712")]
    [InlineData("999999999999999999999999")]
    [InlineData("nonsense")]
    public void No_limit_changes_nothing(string limit) =>
        Assert.Equal((Total, Available), Read(new() { ["/proc/self/cgroup"] = "0::/\n", ["/sys/fs/cgroup/memory.max"] = limit }));

    [Fact]
    public void A_container_that_uses_more_than_its_limit_has_nothing_left() =>
        Assert.Equal((1000, 0), Read(new() { ["/sys/fs/cgroup/memory.max"] = "1000", ["/sys/fs/cgroup/memory.current"] = "2000" }));

    [Fact]
    public void Where_meminfo_does_not_tell_nothing_is_known() => Assert.Null(LinuxMemory.Read(_ => null));

    [Fact]
    public void This_machine_has_memory_and_processors()
    {
        var machine = DeviceProbe.ThisMachine(AppContext.BaseDirectory);
        Assert.InRange(machine.AvailableMemory, 1, machine.TotalMemory);
        Assert.Equal(Environment.ProcessorCount, machine.Cores);
        Assert.True(machine.FreeDisk >= 0);
        Assert.NotEmpty(machine.InstructionSets!);
    }

    [Fact]
    public void The_runtime_knows_that_some_memory_is_in_use()
    {
        var (total, available) = DeviceProbe.RuntimeMemory();
        Assert.InRange(available, 1, total - 1);
    }

    private static (long Total, long Available)? Read(Dictionary<string, string> files)
    {
        files["/proc/meminfo"] = Meminfo;
        return LinuxMemory.Read(files.GetValueOrDefault);
    }
}
