using System.Text;
using System.Text.Json;
using Bantam.Cli.Fertility;
using Bantam.Tests.Formats;
using Bantam.Tests.Tokenizers;
using Bantam.Tokenizers;

namespace Bantam.Tests.Cli;

public sealed class FertilityTests : IDisposable
{
    private static readonly string Plain = TokenizerData.GoldenPath("plain.model");

    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_sentences_are_parallel_normalised_and_free_of_what_is_not_seen()
    {
        var samples = SampleSentences.All();
        Assert.Equal(["English", "German", "French", "Italian", "Portuguese", "Hindi", "Spanish", "Thai", "Indonesian", "Polish", "Bengali"], samples.Select(sample => sample.Label));
        foreach (var (code, sample) in SampleSentences.Languages.Select(language => language.Code).Zip(samples))
        {
            Assert.Equal(24, sample.Texts.Count);
            Assert.Equal(sample.Texts.Count, sample.Texts.Distinct().Count());
            foreach (var line in SampleSentences.Marked(code))
            {
                Assert.Equal(line, Nfc.Normalize(line) ?? line);
                Assert.DoesNotContain(line, c => char.IsControl(c) || char.GetUnicodeCategory(c) is System.Globalization.UnicodeCategory.Format);
                Assert.Equal(line.Trim(), line);
                Assert.True(code == "th" || !line.Contains(SampleSentences.Border, StringComparison.Ordinal), line);
            }
            // What is the same in all languages must stand in the same places.
            Assert.Contains("°C", sample.Texts[15]);
            Assert.Contains("+44 20 7946 0958", sample.Texts[19]);
            Assert.Contains("info@example.org", sample.Texts[19]);
        }
    }

    [Theory]
    [InlineData("hi", 0x0900, 0x097F)]
    [InlineData("bn", 0x0964, 0x09FF)]
    [InlineData("th", 0x0E00, 0x0E7F)]
    [InlineData("en", 0, 0)]
    [InlineData("de", 0, 0)]
    [InlineData("fr", 0, 0)]
    [InlineData("it", 0, 0)]
    [InlineData("pt", 0, 0)]
    [InlineData("es", 0, 0)]
    [InlineData("id", 0, 0)]
    [InlineData("pl", 0, 0)]
    public void A_language_keeps_to_its_script(string code, int first, int last)
    {
        foreach (var line in SampleSentences.Marked(code))
        {
            var letters = line.EnumerateRunes().Where(rune => Rune.IsLetter(rune)).ToList();
            Assert.All(letters, rune => Assert.True((rune.Value >= first && rune.Value <= last) || rune.Value < 0x180, $"{code}: U+{rune.Value:X4} in {line}"));
            // Symbols, addresses and numbers apart, nothing of a Latin alphabet is in another script's text.
            if (first > 0) Assert.All(line.Split(' ', '|').Where(word => !word.Contains('@') && word != "°C"), word => Assert.DoesNotContain(word, char.IsAsciiLetter));
        }
    }

    [Theory]
    [InlineData("", 0L)]
    [InlineData("Good morning, did you sleep well?", 6L)]
    [InlineData("  – 3.5 € … ", 1L)]
    [InlineData("l'école est à 18 h 35", 6L)]
    [InlineData("नमस्ते दुनिया", 2L)]
    [InlineData("สวัสดีตอนเช้า", null)]
    [InlineData("日本語", null)]
    [InlineData("こんにちは world", null)]
    [InlineData("ខ្មែរ", null)]
    public void Words_are_counted_where_they_are_set_apart(string text, long? words) => Assert.Equal(words, Words.Count(text));

    [Fact]
    public void One_name_in_a_hundred_letters_is_no_other_script()
    {
        Assert.Equal(21, Words.Count(string.Concat(Enumerable.Repeat("words ", 20)) + "日"));
        Assert.Null(Words.Count("words 日"));
        Assert.Equal(8, Words.CountMarked(SampleSentences.Marked("th")[0], SampleSentences.Border));
    }

    [Fact]
    public void A_row_counts_what_the_tokenizer_makes_of_it()
    {
        // Bytes, of which é has two, and no merge at all.
        var bytes = new ByteLevelBpe(ByteLevelData.Small([]));
        var row = FertilityRow.Measure(bytes, new Sample("x", ["né à", "b"], 3));
        Assert.Equal((7, 0, 4, true), (row.Tokens, row.Unknown, row.Spelled, row.RoundTrips));
        Assert.Equal((7 / 3.0, 7 / 5.0, 1.0, 4 / 7.0), (row.PerWord, row.PerCharacter, row.PerByte, row.SpelledShare));

        // No entry for é, and no bytes to spell it.
        var plain = new SentencePieceBpe(TokenizerData.Vocabulary("plain"));
        var lossy = FertilityRow.Measure(plain, new Sample("x", ["né"], null));
        Assert.Equal((1, false), (lossy.Unknown, lossy.RoundTrips));
        Assert.Null(lossy.PerWord);

        var nothing = FertilityRow.Measure(bytes, new Sample("x", [], 0));
        Assert.Equal((0, null, null, null, true), (nothing.Tokens, nothing.PerWord, nothing.PerByte, nothing.SpelledShare, nothing.RoundTrips));
    }

    [Fact]
    public async Task The_report_tells_every_language_and_its_cost()
    {
        var json = (await CliRun.Of("tokenize", Plain, "--fertility", "--json")).Json;
        Assert.Equal(["parallel", "models"], json.EnumerateObject().Select(p => p.Name));
        Assert.True(json.GetProperty("parallel").GetBoolean());
        var samples = json.GetProperty("models")[0].GetProperty("samples").EnumerateArray().ToList();
        Assert.Equal(
            ["sample", "texts", "characters", "bytes", "words", "tokens", "tokens_per_word", "tokens_per_character", "tokens_per_byte", "cost", "unknown", "unknown_share", "spelled", "spelled_share", "round_trip"],
            samples[0].EnumerateObject().Select(p => p.Name));
        Assert.Equal(11, samples.Count);
        var tokenizer = new SentencePieceBpe(TokenizerData.Vocabulary("plain"));
        foreach (var (sample, expected) in samples.Zip(SampleSentences.All()))
        {
            var tokens = expected.Texts.Sum(text => tokenizer.Encode(text, addBos: false).Length);
            Assert.Equal(tokens, sample.GetProperty("tokens").GetInt64());
            Assert.Equal((double)tokens / expected.Words!.Value, sample.GetProperty("tokens_per_word").GetDouble(), 1e-12);
            // It knows no accents and has no bytes: what leaves text out is not cheap.
            Assert.Equal(JsonValueKind.Null, sample.GetProperty("cost").ValueKind);
        }
        var page = (await CliRun.Of("tokenize", Plain, "--fertility")).Output;
        foreach (var text in (string[])["plain.model: SentencePiece BPE, 160 entries", "English", "Thai", "Bengali", "Cost", "are unknown: they leave text out", "per word", "Round trip", "24 sentences that say the same"]) Assert.Contains(text, page);
    }

    [Fact]
    public async Task A_tokenizer_that_spells_has_a_cost_for_every_language()
    {
        using (var stream = File.Create(_folder.File("tokenizer.json"))) TokenizerJsonWriter.Write(stream, ByteLevelData.Small([]));
        var rows = Samples((await CliRun.Of("tokenize", _folder.File("tokenizer.json"), "--fertility", "--json")).Json);
        // One token for each byte, so that the cost is that of bytes.
        foreach (var row in rows)
        {
            Assert.Equal((row.GetProperty("bytes").GetInt64(), 1.0, 0, true), (row.GetProperty("tokens").GetInt64(), row.GetProperty("tokens_per_byte").GetDouble(), row.GetProperty("unknown").GetInt64(), row.GetProperty("round_trip").GetBoolean()));
            Assert.Equal((double)row.GetProperty("bytes").GetInt64() / rows[0].GetProperty("bytes").GetInt64(), row.GetProperty("cost").GetDouble(), 1e-12);
        }
    }

    [Fact]
    public async Task Files_are_rows_and_lines_are_texts_where_that_is_asked_for()
    {
        var (one, two) = (_folder.Write("de.txt", "das ist\n\nwas\n"), _folder.Write("日本.txt", "日本語です"));
        var whole = (await CliRun.Of("tokenize", Plain, "--fertility", one, two, "--json")).Json;
        var lines = (await CliRun.Of("tokenize", Plain, "--fertility", one, "--by-line", "--json")).Json;
        Assert.False(whole.GetProperty("parallel").GetBoolean());
        var rows = Samples(whole);
        Assert.Equal(["de", "日本"], rows.Select(row => row.GetProperty("sample").GetString()));
        Assert.Equal((1, 2), (rows[0].GetProperty("texts").GetInt32(), Samples(lines)[0].GetProperty("texts").GetInt32()));
        Assert.Equal(3, rows[0].GetProperty("words").GetInt32());
        foreach (var unknown in (string[])["words", "tokens_per_word", "cost"]) Assert.Equal(JsonValueKind.Null, rows[1].GetProperty(unknown).ValueKind);
        var page = (await CliRun.Of("tokenize", Plain, "--fertility", two)).Output;
        Assert.Contains("—", page);
        Assert.Contains("not counted", page);
        Assert.DoesNotContain("Cost", page);
        Assert.EndsWith("(BT1000)", (await CliRun.Of("tokenize", Plain, "--fertility", _folder.File("none.txt"))).OneErrorLine(1));
    }

    [Fact]
    public async Task Several_models_stand_side_by_side()
    {
        var other = TokenizerData.GoldenPath("noprefix.model");
        var page = (await CliRun.Of("tokenize", Plain, "--fertility", "--compare", other)).Output;
        foreach (var text in (string[])["plain.model", "noprefix.model", "cost", "unknown tokens in English"]) Assert.Contains(text, page);
        var json = (await CliRun.Of("tokenize", Plain, "--fertility", "--compare", other, "--compare", Plain, "--json")).Json;
        Assert.Equal([Plain, other, Plain], json.GetProperty("models").EnumerateArray().Select(model => model.GetProperty("model").GetString()));
        Assert.NotEqual(Samples(json, 0)[0].GetProperty("tokens").GetInt32(), Samples(json, 1)[0].GetProperty("tokens").GetInt32());
        Assert.EndsWith("(BT9001)", (await CliRun.Of("tokenize", Plain, "--fertility", "--compare", "none.gguf")).OneErrorLine(1));
    }

    [Fact]
    public async Task A_narrow_window_keeps_the_prices()
    {
        var page = (await CliRun.Of(["tokenize", Plain, "--fertility"], TestContext.Current.CancellationToken, width: 100)).Output;
        Assert.DoesNotContain("Characters", page);
        Assert.Contains("per word", page);
        Assert.All(page.Split('\n'), line => Assert.True(line.Length <= 100, line));
    }

    private static List<JsonElement> Samples(JsonElement json, int model = 0) => [.. json.GetProperty("models")[model].GetProperty("samples").EnumerateArray()];
}
