using System.Text;
using Bantam.Cli.Fertility;

namespace Bantam.Tests.Cli;

/// <summary>Writes the figures at the end of docs/tokenizing.md from what the tests measured.</summary>
internal static class FertilityPage
{
    private const string Heading = "## Figures\n";

    /// <summary>The page with other figures; what stands above them is written by hand.</summary>
    public static string With(string page, IReadOnlyList<(string Model, IReadOnlyList<FertilityRow> Rows)> models)
    {
        var at = page.IndexOf(Heading, StringComparison.Ordinal);
        var text = new StringBuilder(at < 0 ? page : page[..at]).Append(Heading);
        text.Append("\nWritten by a test (`FertilityFigureTests`; `BANTAM_WRITE_DOCS=1` renews it) from published tokenizers; — where text is lost in unknown tokens.\n");
        Table("Cost: tokens for the same sentences, English = 1.", row => row.Rows[row.At].CostOver(row.Rows[0]), "F2");
        Table("Tokens per word.", row => row.Rows[row.At] is { SaysTheText: true } said ? said.PerWord : null, "F2");
        Table("Tokens that are unknown or spelled in bytes, in percent of all.", row => 100 * (row.Rows[row.At].UnknownShare + row.Rows[row.At].SpelledShare), "F1");
        return text.ToString();

        void Table(string caption, Func<(IReadOnlyList<FertilityRow> Rows, int At), double?> cell, string format)
        {
            text.Append($"\n{caption}\n\n| |{string.Concat(models.Select(m => $" {m.Model} |"))}\n|---|{string.Concat(models.Select(_ => "---:|"))}\n");
            for (var i = 0; i < models[0].Rows.Count; i++)
                text.Append($"| {models[0].Rows[i].Sample.Label} |{string.Concat(models.Select(m => $" {cell((m.Rows, i))?.ToString(format) ?? "—"} |"))}\n");
        }
    }
}
