namespace Bantam.Cli.Fertility;

/// <summary>The report for programs; <c>docs/cli.md</c> describes the fields.</summary>
internal static class FertilityJson
{
    public static void Write(CliOutput output, FertilityReport report) => output.Json(json =>
    {
        json.Write("parallel", report.IsParallel);
        json.Array("models", report.Models, model =>
        {
            TokenizeJson.Model(json, model.Model, model.Source);
            json.Array("samples", model.Rows, row =>
            {
                json.Write("sample", row.Sample.Label);
                json.Write("texts", row.Sample.Texts.Count);
                json.Write("characters", row.Sample.Characters);
                json.Write("bytes", row.Sample.Bytes);
                json.Write("words", row.Sample.Words);
                json.Write("tokens", row.Tokens);
                json.Write("tokens_per_word", row.PerWord);
                json.Write("tokens_per_character", row.PerCharacter);
                json.Write("tokens_per_byte", row.PerByte);
                json.Write("cost", report.Cost(model.Rows, row));
                json.Write("unknown", row.Unknown);
                json.Write("unknown_share", row.UnknownShare);
                json.Write("spelled", row.Spelled);
                json.Write("spelled_share", row.SpelledShare);
                json.Write("round_trip", row.RoundTrips);
            });
        });
    });
}
