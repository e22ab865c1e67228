using Bantam.Compression;
using Bantam.Inference;
using Spectre.Console;

namespace Bantam.Cli;

/// <summary>The card of a shrink, for people.</summary>
internal static class ShrinkText
{
    public static void Write(CliOutput output, ShrinkReport report)
    {
        var card = report.Card;
        var (before, after) = (card.Quality.Reference, card.Quality.Candidate);
        output.Line($"[bold]{SafeText.OneLine(report.Source)}[/] → [bold]{SafeText.OneLine(report.Output)}[/]");

        var table = Tables.New("", ">before", ">after", "");
        Row("file", Tables.Bytes(card.BytesBefore), Tables.Bytes(card.BytesAfter), Change(card));
        if (card is { SpeedBefore: { } a, SpeedAfter: { } b })
        {
            Row("resident memory", Tables.Bytes(a.Memory.Resident), Tables.Bytes(b.Memory.Resident), "each in a process of its own");
            Row("prefill, tokens/s", Speed(a.Prefill), Speed(b.Prefill), Ratio(card, a.Prefill, b.Prefill));
            Row("decode, tokens/s", Speed(a.Decode), Speed(b.Decode), Ratio(card, a.Decode, b.Decode));
        }
        Row("perplexity", Tables.PlusMinus(before.Perplexity), Tables.PlusMinus(after.Perplexity), $"ln ratio {Tables.PlusMinus(card.Quality.LogPerplexityRatio)}");
        if (before.BitsPerByte is { } bits && after.BitsPerByte is { } bitsAfter) Row("bits per byte", Tables.PlusMinus(bits), Tables.PlusMinus(bitsAfter), "");
        Row("KL divergence", "0", Tables.PlusMinus(card.Quality.Kl), $"nats per token; 99 % below {Tables.Small(card.Quality.Kl99)}, at most {Tables.Small(card.Quality.MaxKl)}");
        Row("same top token", "100 %", $"{Tables.PlusMinus(card.Quality.SameTop.Scaled(100))} %", "");
        Row("greedy text", $"{card.Generation.DonorDistinct} distinct", $"{card.Generation.ResultDistinct} distinct", $"first {card.Generation.Agreeing} of {card.Generation.Tokens} tokens agree");
        output.Write(table);

        output.Line($"Formats: {string.Join(", ", report.Plan.ByFormat.Select(f => $"{f.Type} in {Tables.Count(f.Tensors, "tensor")} ({Tables.Bytes(f.Bytes)})"))}.");
        output.Line($"Chosen by {(report.Measured ? "the measured divergence of every tensor in every format" : "the error of the weights alone")}, {(report.Plan.IsOptimal ? "the best choice within" : "a good choice within")} {Tables.Bytes(report.Budget)}.");
        output.Line($"Measured on {card.Quality.ScoredTokens:N0} tokens, {card.Text}; {card.Quality.Protocol}. ± is one standard error.");
        if (card.SpeedBefore is not null) output.Line($"Speeds are medians (least–most){(card.RanksSpeed ? "" : "; files this small lie in the processor's caches, so they are not ranked")}.");
        if (!card.IsSmaller) output.Line($"[yellow]The file is no smaller than the original: the budget leaves room for all of it.[/]");
        output.Line($"next: bantam run {SafeText.Argument(report.Output)} -p \"Once upon a time\"");

        void Row(string name, string was, string now, string note) => table.AddRow(new Text(name), new Text(was), new Text(now), new Text(note));
    }

    private static string Change(ShrinkCard card) =>
        $"{(((double)card.BytesAfter / card.BytesBefore) - 1) * 100:+0.0;−0.0} %";

    private static string Ratio(ShrinkCard card, Spread before, Spread after) =>
        card.RanksSpeed && before.Median > 0 ? $"{after.Median / before.Median:F2}×" : "";

    private static string Speed(Spread spread) => $"{Tables.Digits(spread.Median)} ({Tables.Digits(spread.Least)}–{Tables.Digits(spread.Most)})";

}
