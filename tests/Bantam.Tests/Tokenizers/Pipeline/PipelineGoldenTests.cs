using System.Text.Json;
using System.Text.RegularExpressions;
using Bantam.Tokenizers;

namespace Bantam.Tests.Tokenizers.Pipeline;

/// <summary>Whole tokenizers against the Hugging Face library, as <c>bench/peers/tokenizer_pipelines.cjs</c> makes them; each also from the file that Bantam writes of it.</summary>
public partial class PipelineGoldenTests
{
    private static readonly JsonElement Golden = JsonDocument.Parse(File.ReadAllText(TokenizerData.GoldenPath("pipelines.json"))).RootElement;
    private static readonly string[] Few = [.. Golden.GetProperty("few").EnumerateArray().Select(text => text.GetString()!)];
    private static readonly string[] Mixed = [.. Golden.GetProperty("mixed").EnumerateArray().Select(text => text.GetString()!)];

    public static MatrixTheoryData<string, bool> Names => new([.. Golden.GetProperty("tokenizers").EnumerateObject().Select(entry => entry.Name)], [false, true]);

    [Theory]
    [MemberData(nameof(Names))]
    public void Ids_and_offsets_are_those_of_the_library(string name, bool throughWriter)
    {
        var tokenizer = Read(name, throughWriter);
        var cases = Entry(name).GetProperty("cases");
        for (var i = 0; i < Few.Length; i++)
        {
            var made = tokenizer.EncodeWithOffsets(Few[i], parseSpecial: true);
            Assert.Equal(Ints(cases[i], "ids"), made.Ids);
            Assert.Equal(made.Ids, tokenizer.Encode(Few[i], parseSpecial: true));
            if (ComparesOffsets(name, Few[i])) Assert.Equal(Ints(cases[i], "offsets"), Offsets(tokenizer, made));
        }
        var hashes = Entry(name).GetProperty("hashes");
        for (var i = 0; i < Mixed.Length; i++)
        {
            var made = tokenizer.EncodeWithOffsets(Mixed[i], parseSpecial: true);
            // A text that begins with BOS has one here, and two there.
            if (tokenizer.AddBos && Mixed[i].StartsWith(tokenizer.Vocabulary.Pieces[tokenizer.BosId!.Value], StringComparison.Ordinal))
                made = new TokenizedText([tokenizer.BosId!.Value, .. made.Ids], [default, .. made.Spans]);
            var expected = hashes[i].GetString()!.Split(' ');
            Assert.Equal((i, Mixed[i], expected[0]), (i, Mixed[i], TokenizerData.Fnv(made.Ids)));
            if (ComparesOffsets(name, Mixed[i])) Assert.Equal((i, Mixed[i], expected[1]), (i, Mixed[i], TokenizerData.Fnv(Offsets(tokenizer, made))));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Ids_become_the_text_of_the_library(string name, bool throughWriter)
    {
        var tokenizer = Read(name, throughWriter);
        var cases = Entry(name).GetProperty("cases");
        for (var i = 0; i < Few.Length; i++)
        {
            var ids = Ints(cases[i], "ids");
            Assert.Equal(cases[i].GetProperty("hidden").GetString(), tokenizer.Decode(ids));
            Assert.Equal(cases[i].GetProperty("shown").GetString(), tokenizer.Decode(ids, keepSpecial: true));
            var stream = new TextStream(tokenizer);
            Assert.Equal(tokenizer.Decode(ids), string.Concat(ids.Select(stream.Append)) + stream.Flush());
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Pairs_and_batches_are_those_of_the_library(string name, bool throughWriter)
    {
        var tokenizer = Read(name, throughWriter);
        var (truncation, entry) = (tokenizer.Vocabulary.Truncation, Entry(name));
        foreach (var pair in entry.GetProperty("pairs").EnumerateArray())
        {
            var made = tokenizer.EncodePair(pair.GetProperty("a").GetString()!, pair.GetProperty("b").GetString()!, new TruncationSettings(1000), parseSpecial: true);
            Assert.Equal(Ints(pair, "ids"), made.Ids);
            Assert.Equal(Ints(pair, "types"), made.TypeIds);
        }
        if (entry.GetProperty("batch") is not { ValueKind: JsonValueKind.Object } batch)
        {
            Assert.Null(truncation);
            return;
        }
        var rows = tokenizer.EncodeBatch([.. Few[..6], .. Few[9..]], parseSpecial: true);
        Assert.Equal(Flat(batch, "ids"), rows.Ids);
        Assert.Equal(Flat(batch, "mask"), rows.AttentionMask);
        Assert.Equal(Flat(batch, "types"), rows.TypeIds);
        foreach (var pair in batch.GetProperty("pair").EnumerateArray())
        {
            TokenizedPair Encode() => tokenizer.EncodePair(pair.GetProperty("a").GetString()!, pair.GetProperty("b").GetString()!, parseSpecial: true);
            if (pair.GetProperty("ids").ValueKind is JsonValueKind.Null) Assert.Equal("BT1082", Assert.Throws<BantamException>(Encode).Code);
            else Assert.Equal(Ints(pair, "ids").Where(id => id != tokenizer.Vocabulary.Padding!.PadId), Encode().Ids.Where(id => id != tokenizer.Vocabulary.Padding!.PadId));
        }
    }

    // Of what was composed the library says that it came of the first character, and of each byte of several unknown ones that it came
    // of all; behind a character that it passes over, as nothing stands for unknown ones, all its offsets are one too low.
    private static bool ComparesOffsets(string name, string text) => !text.Any(c => c is >= '\u0300' and <= '\u036F') && name switch
    {
        "unigramBytes" => !Unknown().IsMatch(text),
        "plain" => !text.Any(c => c is '日' or 'q') && !text.Contains("🦙", StringComparison.Ordinal),
        _ => true,
    };

    // Tokens that are put behind are at the end; the library has them at the start.
    private static IEnumerable<int> Offsets(Tokenizer tokenizer, TokenizedText made)
    {
        var behind = tokenizer.AddEos ? tokenizer.Vocabulary.Template!.Behind.Length : 0;
        return made.Spans[..^behind].Concat(new TokenSpan[behind]).SelectMany(span => new[] { span.Start, span.End });
    }

    [GeneratedRegex("([日qİ]|🦙){2}")]
    private static partial Regex Unknown();

    private static Tokenizer Read(string name, bool throughWriter)
    {
        var vocabulary = TokenizerJson.Read(Entry(name).GetProperty("json"), $"{name}.json").Vocabulary;
        if (throughWriter)
        {
            using var stream = new MemoryStream();
            TokenizerJsonWriter.Write(stream, vocabulary);
            vocabulary = TokenizerJson.Read(JsonDocument.Parse(stream.ToArray()).RootElement, $"{name}.json").Vocabulary;
        }
        return Tokenizer.Create(vocabulary);
    }

    private static JsonElement Entry(string name) => Golden.GetProperty("tokenizers").GetProperty(name);

    private static int[] Ints(JsonElement element, string name) => [.. element.GetProperty(name).EnumerateArray().Select(value => value.GetInt32())];

    private static int[] Flat(JsonElement element, string name) => [.. element.GetProperty(name).EnumerateArray().SelectMany(row => row.EnumerateArray()).Select(value => value.GetInt32())];
}
