using System.Text.Json;
using Bantam.Checkpoints;
using Bantam.Cli.Fertility;
using Bantam.Tests.Checkpoints;
using Bantam.Tests.Formats;
using Bantam.Tests.Tokenizers;
using Bantam.Tokenizers;

namespace Bantam.Tests.Cli;

/// <summary>Published tokenizers on the built-in sentences; <c>bench/peers/fertility.mjs</c> made the numbers that they are held against.</summary>
public sealed class FertilityFigureTests
{
    private static readonly Lazy<IReadOnlyList<(string Model, IReadOnlyList<FertilityRow> Rows)>> Measured = new(Measure);

    [Fact]
    public void The_page_says_what_was_measured()
    {
        var path = Path.Combine(Repository.Root, "docs", "tokenizing.md");
        var (old, figures) = (File.ReadAllText(path), Measured.Value);
        var page = FertilityPage.With(old, figures);
        if (Environment.GetEnvironmentVariable("BANTAM_WRITE_DOCS") == "1") File.WriteAllText(path, page);
        Assert.Equal(page, File.ReadAllText(path));
    }

    [Fact]
    public void Another_implementation_counts_the_same_tokens()
    {
        using var golden = JsonDocument.Parse(File.ReadAllText(TokenizerData.GoldenPath("fertility.json")));
        Assert.Equal(golden.RootElement.EnumerateObject().Select(model => model.Name), Measured.Value.Select(m => m.Model));
        foreach (var (model, rows) in Measured.Value)
            foreach (var (row, language) in rows.Zip(SampleSentences.Languages))
                Assert.Equal((model, language.Code, golden.RootElement.GetProperty(model).GetProperty(language.Code).GetInt64()), (model, language.Code, row.Tokens));
    }

    [Fact]
    public void Larger_vocabularies_and_languages_of_the_training_text_cost_less()
    {
        var rows = Measured.Value.ToDictionary(m => m.Model, m => m.Rows);
        double Cost(string model, string language) => rows[model].Single(r => r.Sample.Label == language).Tokens / (double)rows[model][0].Tokens;
        foreach (var language in (string[])["Hindi", "Thai", "Polish"]) Assert.True(Cost("Llama 3", language) < Cost("GPT-2", language), language);
        // What bytes can spell comes back.
        foreach (var model in (string[])["GPT-2", "Llama 2", "Llama 3", "Qwen2.5", "Phi-3"])
            Assert.All(rows[model], row => Assert.True(row is { RoundTrips: true, Unknown: 0 }, $"{model}, {row.Sample.Label}"));
        // Small letters without accents are another text, and half of the Thai is not there at all.
        Assert.All(rows["DistilBERT"], row => Assert.False(row.RoundTrips));
        var thai = rows["DistilBERT"].Single(r => r.Sample.Label == "Thai");
        Assert.True(thai is { SaysTheText: false } && thai.CostOver(rows["DistilBERT"][0]) is null);
        // Phi-3 has Llama 2's vocabulary, and BOS is not counted.
        Assert.Equal(rows["Llama 2"].Select(r => r.Tokens), rows["Phi-3"].Select(r => r.Tokens));
    }

    private static IReadOnlyList<(string Model, IReadOnlyList<FertilityRow> Rows)> Measure()
    {
        var samples = SampleSentences.All();
        return
        [
            ("GPT-2", Rows(Carried("gpt-2"))),
            ("Llama 2", Rows(Shared("llama2", "tokenizer.model"))),
            ("Llama 3", Rows(Carried("llama-bpe"))),
            ("Qwen2.5", Rows(Carried("qwen2"))),
            ("Phi-3", Rows(Shared("phi-3-mini", "tokenizer.json"))),
            ("DistilBERT", Rows(Shared("distilbert-base-uncased", "tokenizer.json"))),
        ];

        IReadOnlyList<FertilityRow> Rows(Tokenizer tokenizer) => [.. samples.Select(sample => FertilityRow.Measure(tokenizer, sample))];

        Tokenizer Shared(params string[] file) => TokenizerSource.Open(SharedData.Path(["tokenizers", .. file])).Tokenizer;

        Tokenizer Carried(string name)
        {
            using var folder = new ScratchFolder();
            return Tokenizer.Create(CarriedTokenizerTests.Make(name, folder).Vocabulary);
        }
    }
}
