using Bantam.Checkpoints;
using Bantam.Evaluation;
using Bantam.Kernels;

namespace Bantam.Cli;

/// <summary>
/// The two texts of a shrink: formats are chosen on one and judged on the other, or the card would praise the choice with
/// the text that it was made for.
/// </summary>
/// <param name="Choosing">What formats are chosen on.</param>
/// <param name="Measuring">What the card is measured on.</param>
/// <param name="Name">The second text, in words.</param>
internal sealed record ShrinkTexts(TextWindows Choosing, TextWindows Measuring, string Name)
{
    // A thousand tokens tell tensors apart.
    private const int ChoosingTokens = 1024;

    /// <summary>Two parts of a file, or two texts that the model writes itself where none is given.</summary>
    public static ShrinkTexts Read(CliOutput output, Checkpoint donor, Workers workers, string? file, int tokens, int seed, CancellationToken cancel)
    {
        var encoder = donor.CreateTokenizer();
        var length = TextWindows.LengthFor(donor.Config);
        if (file is not null)
        {
            var sample = SampleText.Read(file, encoder, ChoosingTokens + tokens);
            var choosing = Math.Min(ChoosingTokens, sample.Ids.Length / 3);
            return new(Cut([sample.Ids[..choosing]]), Cut([sample.Ids[choosing..]]), $"{Path.GetFileName(file)} from token {choosing}");
        }

        var model = donor.CreateModel();
        using var bar = new ProgressBar(output, "sampling text", ChoosingTokens + tokens, Tables.Speed);
        var first = DonorText.Sample(model, encoder, workers, ChoosingTokens, length, seed, bar, cancel);
        var second = DonorText.Sample(model, encoder, workers, tokens, length, seed + 1, new Told<long>(done => bar.Report(ChoosingTokens + done)), cancel);
        return new(Cut(first), Cut(second), $"sampled from the original at temperature 1 with seed {seed + 1}");

        TextWindows Cut(IEnumerable<IReadOnlyList<int>> documents) => TextWindows.FromTokens(encoder, documents, length);
    }
}
