using System.Text.Json;
using Bantam.Checkpoints;
using Bantam.Inference;
using Bantam.Sizing;

namespace Bantam.Cli;

/// <summary>A speed test for programs; <c>docs/cli.md</c> describes the fields.</summary>
internal static class BenchJson
{
    public static void Write(CliOutput output, string path, Checkpoint checkpoint, SpeedOptions options, SpeedResult result) => output.Json(json =>
    {
        var device = DeviceProbe.ThisMachine();
        json.Write("model", path);
        json.Write("container", checkpoint.Container);
        json.Write("file_bytes", result.FileBytes);
        json.Write("cores", device.Cores);
        json.Write("instruction_sets", device.InstructionSets);
        json.Write("threads", result.Threads);
        json.Write("prompt_tokens", options.PromptTokens);
        json.Write("new_tokens", options.NewTokens);
        json.Write("rounds", options.Rounds);
        json.Write("chunk", options.Chunk);
        json.Write("sequences", options.Sequences);
        json.Write("depth", options.Depth);
        json.Write("max_context", checkpoint.Config.MaxPositionEmbeddings);
        json.WriteBoolean("exceeds_context", BenchCommand.Exceeds(checkpoint, options));
        json.Write("load_seconds", result.LoadSeconds);
        json.Object("prefill_tokens_per_second", () => Spread(json, options.Depth == 0 ? result.Prefill : null));
        json.Object("decode_tokens_per_second", () => Spread(json, result.Decode));
        json.Write("kv_type", result.CacheType.Name);
        json.Write("kv_value_type", result.ValueCacheType.Name);
        json.Write("kv_bytes", result.CacheBytes);
        json.Write("kv_used_bytes", result.CacheUsedBytes);
        json.Write("scratch_bytes", result.ScratchBytes);
        json.Write("resident_bytes", result.Memory.Resident);
        json.Write("private_bytes", result.Memory.Private);
        json.Write("managed_bytes", result.Memory.Managed);
        json.Write("allocated_bytes_per_token", result.AllocatedPerToken);
    });

    internal static void Spread(Utf8JsonWriter json, Spread? spread)
    {
        json.Write("median", spread?.Median);
        json.Write("least", spread?.Least);
        json.Write("most", spread?.Most);
    }
}
