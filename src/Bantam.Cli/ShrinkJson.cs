using System.Text.Json;
using Bantam.Evaluation;
using Bantam.Inference;

namespace Bantam.Cli;

/// <summary>The card of a shrink, for programs; <c>docs/cli.md</c> describes the fields.</summary>
internal static class ShrinkJson
{
    public static void Write(CliOutput output, ShrinkReport report) => output.Json(json =>
    {
        var card = report.Card;
        json.Write("model", report.Source);
        json.Write("output", report.Output);
        json.Write("budget_bytes", report.Budget);
        json.Write("predicted_bytes", report.PredictedBytes);
        json.Write("judged_by", report.Measured ? "measured" : "weights");
        json.WriteBoolean("is_optimal", report.Plan.IsOptimal);
        json.Write("predicted_distortion", report.Plan.Distortion);
        json.WriteBoolean("is_smaller", card.IsSmaller);
        json.WriteBoolean("ranks_speed", card.RanksSpeed);
        json.Object("before", () => Side(json, card.BytesBefore, card.SpeedBefore, card.Quality.Reference, card.Generation.DonorDistinct));
        json.Object("after", () => Side(json, card.BytesAfter, card.SpeedAfter, card.Quality.Candidate, card.Generation.ResultDistinct));
        json.Estimate("kl", card.Quality.Kl);
        json.Write("kl_median", card.Quality.MedianKl);
        json.Write("kl_99", card.Quality.Kl99);
        json.Write("kl_max", card.Quality.MaxKl);
        json.Estimate("same_top", card.Quality.SameTop);
        json.Estimate("log_perplexity_ratio", card.Quality.LogPerplexityRatio);
        json.Object("greedy", () =>
        {
            json.Write("tokens", card.Generation.Tokens);
            json.Write("agreeing", card.Generation.Agreeing);
        });
        json.Write("text", card.Text);
        json.Write("scored_tokens", card.Quality.ScoredTokens);
        json.Write("protocol", card.Quality.Protocol);
        json.Array("tensors", report.Plan.Tensors, t =>
        {
            json.Write("name", t.Name);
            json.Write("type", t.Type.Name);
            json.Write("bytes", t.Choice.Bytes);
            json.Write("distortion", t.Choice.Distortion);
        });
        json.WriteStartArray("notices");
        foreach (var notice in report.Notices) json.WriteStringValue(notice);
        json.WriteEndArray();
    });

    private static void Side(Utf8JsonWriter json, long bytes, SpeedResult? speed, PerplexityResult quality, int distinct)
    {
        json.Write("file_bytes", bytes);
        json.Write("resident_bytes", speed?.Memory.Resident);
        json.Object("prefill_tokens_per_second", () => BenchJson.Spread(json, speed?.Prefill));
        json.Object("decode_tokens_per_second", () => BenchJson.Spread(json, speed?.Decode));
        json.Estimate("perplexity", quality.Perplexity);
        json.Estimate("bits_per_byte", quality.BitsPerByte);
        json.Write("greedy_distinct", distinct);
    }
}
