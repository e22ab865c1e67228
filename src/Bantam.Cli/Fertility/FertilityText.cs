using Spectre.Console;

namespace Bantam.Cli.Fertility;

/// <summary>The report for people: all columns for one model, the prices side by side for several.</summary>
internal static class FertilityText
{
    private const string Unknown = "—";

    public static void Write(CliOutput output, FertilityReport report)
    {
        if (report.Models.Count == 1) One(output, report, report.Models[0].Rows);
        else Several(output, report);
        var what = report.IsParallel ? $"{report.Models[0].Rows[0].Sample.Texts.Count} sentences that say the same in each language; cost is their tokens over those in English. " : "";
        var lost = report.IsParallel && report.Models.Any(model => model.Rows.Any(row => !row.SaysTheText)) ? " It is not told where more than 1 % of the tokens are unknown: they leave text out." : "";
        var words = report.Models[0].Rows.Any(row => row.Sample.Words is null) ? " Words of a script without spaces between them are not counted." : "";
        output.Line($"[dim]{what}BOS and EOS are not counted. Spelled: tokens that are single bytes or cut characters.{lost}{words}[/]");
    }

    private static void One(CliOutput output, FertilityReport report, IReadOnlyList<FertilityRow> rows)
    {
        var model = report.Models[0];
        output.Line($"[bold]{Name(model.Model)}[/]: {model.Source.Tokenizer.Vocabulary.Kind.Name()}, {model.Source.Tokenizer.VocabularySize:N0} entries");
        // Totals are for those who have room for them.
        var wide = output.Width >= 110;
        List<string> heads = ["Text"];
        if (wide) heads.AddRange(">Characters", ">Bytes", ">Words");
        heads.AddRange(">Tokens", ">per word", ">per char.", ">per byte");
        if (report.IsParallel) heads.Add(">Cost");
        heads.AddRange(">Unknown", ">Spelled", "Round trip");
        var table = Tables.New([.. heads]);
        foreach (var row in rows)
        {
            List<string> cells = [SafeText.OneLine(row.Sample.Label, 40)];
            if (wide) cells.AddRange($"{row.Sample.Characters:N0}", $"{row.Sample.Bytes:N0}", row.Sample.Words is { } words ? $"{words:N0}" : Unknown);
            cells.AddRange($"{row.Tokens:N0}", Number(row.PerWord), Number(row.PerCharacter), Number(row.PerByte));
            if (report.IsParallel) cells.Add(Cost(report, rows, row));
            cells.AddRange(Share(row.UnknownShare), Share(row.SpelledShare), row.RoundTrips ? "yes" : "no");
            _ = table.AddRow(cells.Select(cell => new Text(cell)));
        }
        output.Write(table);
    }

    private static void Several(CliOutput output, FertilityReport report)
    {
        List<string> heads = ["Text"];
        foreach (var model in report.Models) heads.AddRange($">{Name(model.Model)}\ntokens", ">\nper word", report.IsParallel ? ">\ncost" : ">\nper byte");
        var table = Tables.New([.. heads]);
        for (var i = 0; i < report.Models[0].Rows.Count; i++)
        {
            List<string> cells = [SafeText.OneLine(report.Models[0].Rows[i].Sample.Label, 40)];
            foreach (var (_, _, rows) in report.Models)
                cells.AddRange($"{rows[i].Tokens:N0}", Number(rows[i].PerWord), report.IsParallel ? Cost(report, rows, rows[i]) : Number(rows[i].PerByte));
            _ = table.AddRow(cells.Select(cell => new Text(cell)));
        }
        output.Write(table);
        foreach (var (model, _, rows) in report.Models)
        {
            if (rows.Where(row => row.Unknown > 0).Select(row => $"{SafeText.OneLine(row.Sample.Label, 40)} {Share(row.UnknownShare)}").ToList() is { Count: > 0 } lost)
                output.Line($"{Name(model)}: unknown tokens in {string.Join(", ", lost)}");
            if (rows.Where(row => !row.RoundTrips).Select(row => SafeText.OneLine(row.Sample.Label, 40)).ToList() is { Count: > 0 } changed)
                output.Line($"{Name(model)}: decoding gives another text in {string.Join(", ", changed)}");
        }
        output.Line();
    }

    private static string Cost(FertilityReport report, IReadOnlyList<FertilityRow> rows, FertilityRow row) => report.Cost(rows, row) is { } cost ? $"×{cost:F2}" : Unknown;

    private static string Number(double? value) => value is { } number ? $"{number:F2}" : Unknown;

    private static string Share(double? share) => share switch { null => Unknown, 0 => "0", < 0.001 => "< 0.1 %", { } s => $"{100 * s:F1} %" };

    // A tokenizer.json is called after its folder.
    private static string Name(string model)
    {
        var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(model));
        var name = Path.GetFileName(path);
        var generic = name.StartsWith("tokenizer", StringComparison.OrdinalIgnoreCase) || name is "vocab.json" or "vocab.txt" or "config.json";
        return SafeText.OneLine(generic && Path.GetFileName(Path.GetDirectoryName(path)) is { Length: > 0 } folder ? folder : name, 40);
    }
}
