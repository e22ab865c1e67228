using System.Diagnostics;
using System.Text.Json;
using Bantam.Inference;
using Bantam.Models;
using Bantam.Tensors;

namespace Bantam.Cli;

/// <summary>Speed and memory of two models.</summary>
internal sealed record SpeedPair(SpeedResult Before, SpeedResult After);

/// <summary>
/// Runs <c>bantam bench</c> in processes of their own: two models in one process would share its memory and its warmth.
/// </summary>
internal static class SpeedProcess
{
    // Taking turns spreads what else the machine does over both.
    private const int Turns = 2;
    private const int Rounds = 3;

    /// <summary>Measures two models in turns.</summary>
    public static SpeedPair Pair(CliOutput output, string before, string after, ModelConfig config, int? threads, CancellationToken cancel)
    {
        var prompt = Math.Clamp(config.MaxPositionEmbeddings / 2, 1, 256);
        var tokens = Math.Clamp(config.MaxPositionEmbeddings / 4, 1, 64);
        var (first, second) = (new List<SpeedResult>(), new List<SpeedResult>());
        using var bar = new ProgressBar(output, "timing", 2 * Turns, rate => "");
        for (var turn = 0; turn < Turns; turn++)
        {
            first.Add(Run(before, prompt, tokens, threads, cancel));
            bar.Report((2 * turn) + 1);
            second.Add(Run(after, prompt, tokens, threads, cancel));
            bar.Report((2 * turn) + 2);
        }
        return new(Together(first), Together(second));
    }

    private static SpeedResult Run(string path, int prompt, int tokens, int? threads, CancellationToken cancel)
    {
        List<string> arguments = ["bench", path, "-p", $"{prompt}", "-n", $"{tokens}", "--rounds", $"{Rounds}", "--json"];
        if (threads is { } t) arguments.AddRange(["-t", $"{t}"]);
        using var process = Process.Start(Self(arguments)) ?? throw new BantamException("BT9012", "bantam could not start itself to measure speed; --no-speed leaves it out");
        using var kill = cancel.Register(() => process.Kill(entireProcessTree: true));
        var printed = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        cancel.ThrowIfCancellationRequested();
        if (process.ExitCode != 0) throw new BantamException("BT9012", $"{path}: measuring its speed failed with exit code {process.ExitCode}; --no-speed leaves it out");
        using var json = JsonDocument.Parse(printed);
        return Parse(json.RootElement);
    }

    // An installed tool or a published program is one executable; `dotnet run` and tests have the assembly beside them.
    private static ProcessStartInfo Self(List<string> arguments)
    {
        var assembly = Path.Combine(AppContext.BaseDirectory, "Bantam.Cli.dll");
        var isSelf = Path.GetFileNameWithoutExtension(Environment.ProcessPath) is "Bantam.Cli" or "bantam";
        return new ProcessStartInfo(isSelf ? Environment.ProcessPath! : "dotnet", isSelf ? arguments : [assembly, .. arguments]) { RedirectStandardOutput = true };
    }

    /// <summary>Reads what <see cref="BenchJson"/> wrote.</summary>
    internal static SpeedResult Parse(JsonElement json)
    {
        return new SpeedResult
        {
            FileBytes = Number("file_bytes"),
            LoadSeconds = json.GetProperty("load_seconds").GetDouble(),
            Prefill = Speed("prefill_tokens_per_second"),
            Decode = Speed("decode_tokens_per_second"),
            CacheBytes = Number("kv_bytes"),
            CacheUsedBytes = Number("kv_used_bytes"),
            CacheType = Type("kv_type"),
            ValueCacheType = Type("kv_value_type"),
            ScratchBytes = Number("scratch_bytes"),
            Memory = new(Number("resident_bytes"), json.GetProperty("private_bytes").ValueKind == JsonValueKind.Null ? null : Number("private_bytes"), Number("managed_bytes")),
            AllocatedPerToken = json.GetProperty("allocated_bytes_per_token").GetDouble(),
            Threads = (int)Number("threads"),
        };

        DType Type(string name) => DType.TryParse(json.GetProperty(name).GetString()!, out var type) ? type : DType.F16;

        long Number(string name) => json.GetProperty(name).GetInt64();

        Spread Speed(string name)
        {
            var spread = json.GetProperty(name);
            return new(spread.GetProperty("median").GetDouble(), spread.GetProperty("least").GetDouble(), spread.GetProperty("most").GetDouble());
        }
    }

    private static SpeedResult Together(List<SpeedResult> turns) => turns[^1] with
    {
        Prefill = Together(turns.Select(t => t.Prefill)),
        Decode = Together(turns.Select(t => t.Decode)),
        Memory = turns.MaxBy(t => t.Memory.Resident)!.Memory,
    };

    private static Spread Together(IEnumerable<Spread> turns)
    {
        var all = turns.ToList();
        return new(Spread.Of([.. all.Select(s => s.Median)]).Median, all.Min(s => s.Least), all.Max(s => s.Most));
    }
}
