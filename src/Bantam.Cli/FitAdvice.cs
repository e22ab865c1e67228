using Bantam.Sizing;

namespace Bantam.Cli;

/// <summary>The command to try after a fit report.</summary>
internal static class FitAdvice
{
    public static string Next(ModelTarget target, FitReport report, FitRow answer) => answer.Verdict switch
    {
        FitVerdict.Fits when answer.LongestContext > report.Context => $"bantam fit {SafeText.Argument(target.Name)} --context {answer.LongestContext}{Memory(report)}",
        FitVerdict.DoesNotFit when Smaller(target, report) is { } name => $"bantam fit {name}{Memory(report)}",
        FitVerdict.Tight when report.Context > 1024 => $"bantam fit {SafeText.Argument(target.Name)} --context {report.Context / 2}{Memory(report)}",
        _ => $"bantam size {SafeText.Argument(target.Name)}",
    };

    // The largest model of the catalogue that is smaller and fits.
    private static string? Smaller(ModelTarget target, FitReport report)
    {
        var options = new FitOptions { Formats = report.Options.Formats, Sequences = report.Options.Sequences };
        return ModelCatalog.All
            .Select(e => (e.Name, Footprint: Footprint.Of(e.Config)))
            .Where(e => e.Footprint.Kv is { Layers.Count: > 0 } && e.Footprint.Parameters < (target.Footprint.Parameters ?? long.MaxValue))
            .OrderByDescending(e => e.Footprint.Parameters)
            .FirstOrDefault(e => FitReport.Of(e.Footprint, report.Device, options).Verdict == FitVerdict.Fits).Name;
    }

    // A planned device is planned for again.
    private static string Memory(FitReport report) => report.Device.InstructionSets is null ? $" --memory {Short(report.Device.AvailableMemory)}" : "";

    // 8000000000 is 8GB again.
    private static string Short(long bytes) => (bytes % 1_000_000_000, bytes % (1 << 30), bytes % 1_000_000, bytes % (1 << 20)) switch
    {
        (0, _, _, _) => $"{bytes / 1_000_000_000}GB",
        (_, 0, _, _) => $"{bytes >> 30}GiB",
        (_, _, 0, _) => $"{bytes / 1_000_000}MB",
        (_, _, _, 0) => $"{bytes >> 20}MiB",
        _ => $"{bytes}",
    };
}
