using System.Diagnostics;
using System.Globalization;

namespace Bantam.Peers.Compare;

/// <summary>What other processes, and the hypervisor for other machines, took of the processors since it was created.</summary>
internal sealed class OtherLoad
{
    private const double TicksPerSecond = 100;
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly double _others = Others();

    /// <summary>How many processors, on average. Processes that this one started count as its own once they have ended.</summary>
    public double Cores => Math.Max(0, Others() - _others) / Stopwatch.GetElapsedTime(_start).TotalSeconds;

    /// <summary>Waits until a second has passed in which others took at most <paramref name="most"/> processors, or <paramref name="patience"/> is over.</summary>
    public static void WaitForQuiet(double most, TimeSpan patience)
    {
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < patience;)
        {
            var others = new OtherLoad();
            Thread.Sleep(1000);
            if (others.Cores <= most) return;
        }
    }

    private static double Others()
    {
        // user nice system idle iowait irq softirq steal
        var all = Fields(File.ReadLines("/proc/stat").First(), "cpu");
        // Behind the name in parentheses, which may hold anything: state, then numbers from the fourth field on.
        var own = Fields(File.ReadAllText("/proc/self/stat"), ")");
        const int UserTime = 14 - 3;
        return (all[0] + all[1] + all[2] + all[5] + all[6] + all[7] - own[UserTime..(UserTime + 4)].Sum()) / TicksPerSecond;
    }

    private static double[] Fields(string line, string behind) =>
    [
        .. line[(line.LastIndexOf(behind, StringComparison.Ordinal) + behind.Length)..]
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(field => double.TryParse(field, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : 0),
    ];
}
