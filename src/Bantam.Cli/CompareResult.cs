using System.Text.Json;
using Bantam.Checkpoints;
using Bantam.Evaluation;
using Spectre.Console;

namespace Bantam.Cli;

/// <summary>A comparison of two models, for people and for programs; <c>docs/cli.md</c> describes the fields.</summary>
internal sealed class CompareResult(Checkpoint a, Checkpoint b, SampleText sample, TextWindows windows, DivergenceResult result)
{
    private string Protocol => $"{result.Protocol}; keys and values in F16";

    public void WriteText(CliOutput output)
    {
        output.Line($"[bold]{Name(b)}[/] against [bold]{Name(a)}[/]");
        output.Write(Tables.Facts(
        [
            ("text", $"{SafeText.OneLine(Path.GetFileName(sample.Path))}, {(sample.IsCut ? "the first" : "all of it,")} {sample.Ids.Length:N0} tokens in {Tables.Count(windows.Windows.Count, "window")}"),
            ("mean KL", $"{Tables.PlusMinus(result.Kl)} nats per token"),
            ("KL", $"median {Tables.Small(result.MedianKl)}, 99 % below {Tables.Small(result.Kl99)}, largest {Tables.Small(result.MaxKl)}"),
            ("same top token", $"{Tables.PlusMinus(result.SameTop.Scaled(100))} %"),
        ]));
        var table = Tables.New("", $">{Name(a)}", $">{Name(b)}");
        Row("file", Tables.Bytes(a.FileBytes), Tables.Bytes(b.FileBytes));
        Row("perplexity", Tables.PlusMinus(result.Reference.Perplexity), Tables.PlusMinus(result.Candidate.Perplexity));
        Row("bits per byte", Tables.PlusMinus(result.Reference.BitsPerByte), Tables.PlusMinus(result.Candidate.BitsPerByte));
        Row("ln ratio of perplexities", "", Tables.PlusMinus(result.LogPerplexityRatio));
        output.Write(table);
        output.Line($"[dim]± one standard error. Protocol: {Protocol}.[/]");

        void Row(params string[] cells) => table.AddRow(cells.Select(c => new Text(c)));
    }

    public void WriteJson(CliOutput output) => output.Json(json =>
    {
        json.Object("reference", () => Model(json, a, result.Reference));
        json.Object("candidate", () => Model(json, b, result.Candidate));
        json.Write("text", sample.Path);
        json.Write("tokens", sample.Ids.Length);
        json.WriteBoolean("text_is_cut", sample.IsCut);
        json.Write("scored_tokens", result.ScoredTokens);
        json.Write("scored_bytes", result.Reference.ScoredBytes);
        json.Write("windows", windows.Windows.Count);
        json.Write("window", windows.Length);
        json.Estimate("kl", result.Kl);
        json.Write("kl_median", result.MedianKl);
        json.Write("kl_99", result.Kl99);
        json.Write("kl_max", result.MaxKl);
        json.Estimate("same_top", result.SameTop);
        json.Estimate("log_perplexity_ratio", result.LogPerplexityRatio);
        json.Write("protocol", Protocol);
    });

    private static void Model(Utf8JsonWriter json, Checkpoint checkpoint, PerplexityResult result)
    {
        json.Write("model", checkpoint.Path);
        json.Write("file_bytes", checkpoint.FileBytes);
        json.Estimate("perplexity", result.Perplexity);
        json.Estimate("bits_per_byte", result.BitsPerByte);
    }

    private static string Name(Checkpoint checkpoint) => SafeText.OneLine(Path.GetFileName(Path.TrimEndingDirectorySeparator(checkpoint.Path)), 60);
}
