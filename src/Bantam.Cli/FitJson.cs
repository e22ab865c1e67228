using System.Text.Json;
using Bantam.Sizing;

namespace Bantam.Cli;

/// <summary>The fit report for programs; <c>docs/cli.md</c> describes the fields.</summary>
internal static class FitJson
{
    public static void Write(CliOutput output, ModelTarget target, FitReport report, FitRow answer) => output.Json(json =>
    {
        SizeJson.Model(json, target);
        json.Write("context", report.Context);
        json.Write("sequences", report.Options.Sequences);
        json.Write("kv_type", report.Options.CacheType.Name);
        json.Write("kv_value_type", (report.Options.ValueCacheType ?? report.Options.CacheType).Name);
        json.Write("kv_bytes_per_token", target.Footprint.KvBytesPerToken(report.Options.CacheType, report.Options.ValueCacheType));
        json.Object("device", () => Device(json, report.Device));
        json.Write("comfortable_share", FitOptions.ComfortableShare);
        json.Array("formats", report.Rows, row => Row(json, row));
        json.Write("answer", Name(answer));
        json.Write("verdict", Verdict(answer.Verdict));
        json.Write("runs_in_bantam", EngineSupport.Runs(target));
    });

    private static void Device(Utf8JsonWriter json, DeviceProfile device)
    {
        json.Write("name", device.Name);
        json.Write("total_memory_bytes", device.TotalMemory);
        json.Write("available_memory_bytes", device.AvailableMemory);
        json.Write("cores", device.Cores);
        json.Write("instruction_sets", device.InstructionSets);
        json.Write("free_disk_bytes", device.FreeDisk);
    }

    private static void Row(Utf8JsonWriter json, FitRow row)
    {
        json.Write("format", Name(row));
        json.Write("download_bytes", row.DownloadBytes);
        json.Write("weight_bytes", row.WeightBytes);
        json.Write("kv_bytes", row.KvBytes);
        json.Write("scratch_bytes", row.ScratchBytes);
        json.Write("runtime_bytes", row.RuntimeBytes);
        json.Write("memory_bytes", row.MemoryBytes);
        json.Write("verdict", Verdict(row.Verdict));
        json.Write("longest_context", row.LongestContext);
    }

    private static string Name(FitRow row) => row.Format?.Name ?? "as stored";

    private static string Verdict(FitVerdict verdict) => FitText.Words(verdict).Replace(' ', '_');
}
