using Bantam.Inference;
using Bantam.Sizing;

namespace Bantam.Cli;

/// <summary>What a generated text took, for people on standard error and for programs; <c>docs/cli.md</c> describes the fields.</summary>
internal static class RunReport
{
    public static void WriteText(CliOutput output, GenerationRun run)
    {
        var memory = ProcessMemory.Now();
        var choice = run.Options.Sampling.Temperature == 0 ? "greedy" : $"seed {run.Options.Sampling.Seed}";
        output.Error.WriteLine(
            $"[{Tables.Count(run.PromptTokens, "prompt token")}{(run.ReusedTokens > 0 ? $", {run.ReusedTokens:N0} of them kept" : "")}{Speed(run.PrefillSpeed)} · {Tables.Count(run.Ids.Count, "new token")}{Speed(run.DecodeSpeed)} · {End(run)} · {choice} · memory {ByteSize.Format(memory.Resident)}]");
    }

    public static void WriteJson(CliOutput output, string path, GenerationRun run) => output.Json(json =>
    {
        var memory = ProcessMemory.Now();
        json.Write("model", path);
        json.Write("prompt_tokens", run.PromptTokens);
        json.Write("reused_tokens", run.ReusedTokens);
        json.Write("tokens", run.Ids.Count);
        // On one line, however many.
        json.WritePropertyName("ids");
        json.WriteRawValue($"[{string.Join(", ", run.Ids)}]");
        json.Write("text", run.Text);
        json.Write("finish_reason", run.FinishReason);
        json.Write("seed", run.Options.Sampling.Seed);
        json.Write("context", run.Model.Context);
        json.Write("threads", run.Model.Workers.Threads);
        json.Object("timings", () =>
        {
            json.Write("load_seconds", run.LoadTime.TotalSeconds);
            json.Write("prefill_seconds", run.PrefillTime.TotalSeconds);
            json.Write("prefill_tokens_per_second", run.PrefillSpeed);
            json.Write("decode_seconds", run.DecodeTime.TotalSeconds);
            json.Write("decode_tokens_per_second", run.DecodeSpeed);
        });
        json.Write("resident_bytes", memory.Resident);
        json.Write("managed_bytes", memory.Managed);
    });

    private static string Speed(double? perSecond) => perSecond is { } speed ? $", {Tables.Speed(speed)}" : "";

    private static string End(GenerationRun run) => run.FinishReason switch
    {
        "stop" => "met a stop text",
        "eos" => "the model ended",
        "length" when run.Ids.Count >= run.Options.MaxTokens => "reached -n",
        "length" => "the context is full",
        _ => "stopped",
    };
}
