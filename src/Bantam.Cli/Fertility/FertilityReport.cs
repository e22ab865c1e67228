using Bantam.Checkpoints;

namespace Bantam.Cli.Fertility;

/// <summary>Tokens per word, character and byte of several samples: the price of a language in download, context and time.</summary>
/// <param name="Models">The models in the order they were named, each with a row per sample.</param>
/// <param name="IsParallel">Whether the samples say the same, so that the first is a measure for the others.</param>
internal sealed record FertilityReport(IReadOnlyList<(string Model, TokenizerSource Source, IReadOnlyList<FertilityRow> Rows)> Models, bool IsParallel)
{
    /// <summary>Measures and prints; without files the built-in sentences.</summary>
    public static int Run(CliOutput output, string[] models, string[] files, bool byLine, bool json, CancellationToken cancel)
    {
        var samples = files.Length == 0 ? SampleSentences.All() : [.. files.Select(file => Sample.OfFile(file, byLine))];
        var sources = models.Select(model => (Model: model, Source: TokenizeCommand.Open(model))).ToList();
        var report = Measure(output, sources, samples, isParallel: files.Length == 0, cancel);
        if (json) FertilityJson.Write(output, report);
        else FertilityText.Write(output, report);
        return ExitCode.Done;
    }

    /// <summary>Tokens of a row, of those of the first sample; null where the samples do not say the same, or their tokens do not.</summary>
    public double? Cost(IReadOnlyList<FertilityRow> rows, FertilityRow row) => IsParallel ? row.CostOver(rows[0]) : null;

    /// <summary>Counts the tokens of every sample with every tokenizer.</summary>
    public static FertilityReport Measure(CliOutput output, IReadOnlyList<(string Model, TokenizerSource Source)> sources, IReadOnlyList<Sample> samples, bool isParallel, CancellationToken cancel)
    {
        var done = 0L;
        using var bar = new ProgressBar(output, "tokenizing", sources.Count * samples.Sum(sample => sample.Bytes));
        return new([.. sources.Select(s => (s.Model, s.Source, (IReadOnlyList<FertilityRow>)[.. samples.Select(Row(s.Source))]))], isParallel);

        Func<Sample, FertilityRow> Row(TokenizerSource source) =>
            sample => FertilityRow.Measure(source.Tokenizer, sample, bytes => bar.Report(done += bytes), cancel);
    }
}
