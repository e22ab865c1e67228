using Bantam.Sizing;
using Spectre.Console;

namespace Bantam.Cli;

/// <summary>The fit report for people.</summary>
internal static class FitText
{
    // Below this many columns bytes are written as GB over GiB.
    private const int WideTable = 118;

    public static void Write(CliOutput output, ModelTarget target, FitReport report, FitRow answer)
    {
        output.Line($"[bold]{target.DisplayName}[/]");
        output.Write(Tables.Facts(ModelFacts.Of(target, report.Context)));
        output.Line();
        output.Line($"[bold]{report.Device.Name}[/]");
        output.Write(Tables.Facts(DeviceFacts(report.Device)));
        output.Write(Table(report, stacked: output.Width < WideTable));
        Notes(output, report);
        output.Line($"{Sentence(target, report, answer)}");
        if (EngineSupport.Line(target) is { } notYet) output.Line($"{notYet}");
        output.Line($"next: [bold]{FitAdvice.Next(target, report, answer)}[/]");
    }

    /// <summary>A verdict in words.</summary>
    public static string Words(FitVerdict verdict) => verdict switch
    {
        FitVerdict.Fits => "fits",
        FitVerdict.Tight => "tight",
        FitVerdict.DoesNotFit => "does not fit",
        _ => "unknown",
    };

    private static IEnumerable<(string, string)> DeviceFacts(DeviceProfile device)
    {
        yield return device.TotalMemory == device.AvailableMemory
            ? ("memory", $"{ByteSize.Format(device.AvailableMemory)} available")
            : ("memory", $"{ByteSize.Format(device.AvailableMemory)} available now, of {ByteSize.Format(device.TotalMemory)}");
        yield return ("processors", device.InstructionSets is { } sets ? $"{device.Cores} ({sets})" : $"{device.Cores}");
        if (device.FreeDisk is { } disk) yield return ("disk", $"{ByteSize.Format(disk)} free");
    }

    private static Table Table(FitReport report, bool stacked)
    {
        var kv = report.Context is { } context ? $">KV cache\nat {context:N0}" : ">KV cache";
        var table = Tables.New("Format", ">Download", ">Weights\nin memory", kv, ">Total", "Verdict", ">Longest\ncontext");
        foreach (var row in report.Rows)
        {
            _ = table.AddRow(
                new Text(row.Format?.Name ?? "as stored"),
                Bytes(row.Format is null ? null : row.DownloadBytes, row.Format is null ? "–" : "unknown"),
                Bytes(row.WeightBytes),
                Bytes(row.KvBytes),
                Bytes(row.MemoryBytes),
                new Text(Words(row.Verdict), Colour(row.Verdict)),
                new Text(row.LongestContext is 0 ? "none" : Tables.Number(row.LongestContext)));
        }
        return table;

        Text Bytes(long? bytes, string unknown = "unknown") => new(bytes is null ? unknown : Tables.Bytes(bytes, stacked));
    }

    private static void Notes(CliOutput output, FitReport report)
    {
        var scratch = report.Rows[0].ScratchBytes is { } bytes ? $"{ByteSize.Format(bytes)} of activations" : "activations (unknown)";
        output.Line($"[dim]Total = weights + KV cache + {scratch} + {ByteSize.Format(report.Options.RuntimeBytes)} for the program.[/]");
        var (share, available) = (FitOptions.ComfortableShare, report.Device.AvailableMemory);
        output.Line($"[dim]It fits up to {share * 100:F0} % of the available memory, {ByteSize.Format((long)(share * available))}; up to all of it, it is tight.[/]");
    }

    private static string Sentence(ModelTarget target, FitReport report, FitRow row)
    {
        var inFormat = row.Format is null ? "as it is stored" : $"in {row.Format}";
        return row.Verdict switch
        {
            FitVerdict.Fits => $"{target.DisplayName} fits {inFormat}.",
            FitVerdict.Tight => $"{target.DisplayName} is tight {inFormat}: free some memory first, or take a shorter context.",
            FitVerdict.DoesNotFit when Needs(row) <= report.Device.AvailableMemory => $"{target.DisplayName} does not fit on the disk; {inFormat} it takes {Tables.Bytes(row.DownloadBytes)}.",
            FitVerdict.DoesNotFit => $"{target.DisplayName} does not fit; {inFormat} it needs {ByteSize.Format(Needs(row))}.",
            _ => $"Whether {target.DisplayName} fits is not known: the file does not tell {Missing(row)}.",
        };
    }

    // The terms that are known; each is part of what is needed.
    private static long Needs(FitRow row) => (row.WeightBytes ?? 0) + (row.KvBytes ?? 0) + (row.ScratchBytes ?? 0) + row.RuntimeBytes;

    private static string Missing(FitRow row) => string.Join(" and ", new[]
    {
        row.WeightBytes is null ? "the size of its weights" : null,
        row.KvBytes is null ? "the size of its cache" : null,
        row.ScratchBytes is null ? "the size of its activations" : null,
    }.Where(m => m is not null));

    private static Style Colour(FitVerdict verdict) => new(verdict switch
    {
        FitVerdict.Fits => Color.Green,
        FitVerdict.Tight => Color.Yellow,
        FitVerdict.DoesNotFit => Color.Red,
        _ => Color.Grey,
    });
}
