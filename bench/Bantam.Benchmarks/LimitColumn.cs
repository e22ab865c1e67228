using System.Collections.Concurrent;
using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace Bantam.Benchmarks;

/// <summary>What a run of a benchmark does, and how fast the machine could do that.</summary>
/// <param name="Unit">10⁹ of it per second.</param>
/// <param name="Amount">Bytes read or operations done in one run.</param>
/// <param name="Most">The limit, per second.</param>
internal sealed record Limit(string Unit, double Amount, double Most);

/// <summary>Benchmarks that run in one process with the measurement of their limits.</summary>
public sealed class LimitConfig : ManualConfig
{
    /// <summary>The usual job, in this process.</summary>
    public LimitConfig()
    {
        AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance));
        AddColumn(new LimitColumn(isShare: false), new LimitColumn(isShare: true));
    }
}

/// <summary>The speed of a benchmark, or its share of the limit that was measured in the same process just before.</summary>
public sealed class LimitColumn(bool isShare) : IColumn
{
    private static readonly ConcurrentDictionary<string, Limit> Limits = [];

    /// <inheritdoc/>
    public string Id => ColumnName;

    /// <inheritdoc/>
    public string ColumnName => isShare ? "Of limit" : "Speed";

    /// <inheritdoc/>
    public string Legend => isShare ? "Share of the limit: reading the same bytes, or multiply-adds in single precision" : "By the median: weights read (GB/s), or two for each multiply-add (GFLOP/s)";

    /// <inheritdoc/>
    public bool AlwaysShow => true;

    /// <inheritdoc/>
    public ColumnCategory Category => ColumnCategory.Custom;

    /// <inheritdoc/>
    public int PriorityInCategory => isShare ? 1 : 0;

    /// <inheritdoc/>
    public bool IsNumeric => true;

    /// <inheritdoc/>
    public UnitType UnitType => UnitType.Dimensionless;

    /// <summary>Keeps what the setup of a benchmark found.</summary>
    internal static void Found(string benchmarks, string format, int threads, int tokens, Limit limit) => Limits[Key(benchmarks, format, threads, tokens)] = limit;

    /// <inheritdoc/>
    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    /// <inheritdoc/>
    public bool IsAvailable(Summary summary) => true;

    /// <inheritdoc/>
    public string GetValue(Summary summary, BenchmarkCase benchmarkCase) => GetValue(summary, benchmarkCase, SummaryStyle.Default);

    /// <inheritdoc/>
    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style)
    {
        var parameters = benchmarkCase.Parameters;
        var key = Key(benchmarkCase.Descriptor.Type.Name, (string)parameters["Format"], (int)parameters["Threads"], parameters.Items.FirstOrDefault(p => p.Name == "Tokens")?.Value as int? ?? 1);
        if (summary[benchmarkCase]?.ResultStatistics is not { } statistics || !Limits.TryGetValue(key, out var limit)) return "-";
        // Amounts per nanosecond are 10⁹ per second.
        var speed = limit.Amount / statistics.Median;
        return isShare ? (speed * 1e9 / limit.Most).ToString("f2", CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{speed:f1} {limit.Unit}");
    }

    private static string Key(string benchmarks, string format, int threads, int tokens) => $"{benchmarks} {format} {threads} {tokens}";
}
