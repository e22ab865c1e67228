using System.Text;
using System.Text.Json;
using Bantam.Tokenizers;
using Bantam.Tokenizers.Pipeline;

namespace Bantam.Tests.Tokenizers.Pipeline;

/// <summary>Every step against the Hugging Face library, on the texts of <c>bench/peers/tokenizer_steps.cjs</c>.</summary>
public class StepGoldenTests
{
    private static readonly JsonElement Golden = JsonDocument.Parse(File.ReadAllText(TokenizerData.GoldenPath("steps.json"))).RootElement;
    private static readonly string[] Texts = [.. Golden.GetProperty("texts").EnumerateArray().Select(text => text.GetString()!)];

    public static TheoryData<string> Normalizers => Steps("normalizers");

    public static TheoryData<string> PreTokenizers => Steps("preTokenizers");

    public static TheoryData<string> Decoders => Steps("decoders");

    public static TheoryData<string> AllSteps => [.. new[] { "normalizers", "preTokenizers", "decoders" }.SelectMany(kind => Steps(kind).Select(row => row.Data)).Distinct()];

    [Theory]
    [MemberData(nameof(Normalizers))]
    public void Texts_are_normalised_as_the_library_does(string step)
    {
        var pipeline = Read("normalizer", step);
        var made = Made("normalizers", step);
        for (var i = 0; i < Texts.Length; i++)
        {
            using var text = new AlignedText(Texts[i], 0, isTracked: true);
            foreach (var normalizer in pipeline.Normalizers) normalizer.Apply(text);
            Assert.Equal(Escaped(made[i].GetString()!), Escaped(text.Chars.ToString()));
            // What a character came of lies in the text, and in order.
            var last = 0;
            for (var at = 0; at < text.Length; at++)
            {
                var span = text.Span(at, 1);
                Assert.InRange(span.Start, last, span.End);
                Assert.InRange(span.End, span.Start, Texts[i].Length);
                last = span.Start;
            }
        }
    }

    [Theory]
    [MemberData(nameof(PreTokenizers))]
    public void Texts_are_split_as_the_library_does(string step)
    {
        var pipeline = Read("pre_tokenizer", step);
        var made = Made("preTokenizers", step);
        for (var i = 0; i < Texts.Length; i++)
        {
            using var text = new AlignedText(Texts[i], 0, isTracked: true);
            var pieces = new TextPieces(text);
            foreach (var splitter in pipeline.PreTokenizers) splitter.Apply(pieces);
            var expected = made[i].EnumerateArray().Select(piece => $"{Escaped(piece[0].GetString()!)} {piece[1]}-{piece[2]}");
            Assert.Equal(expected, pieces.All.Select(piece => (piece, span: text.Span(piece.Start, piece.Length))).Select(p => $"{Escaped(pieces.Chars(p.piece).ToString())} {p.span.Start}-{p.span.End}"));
        }
    }

    [Theory]
    [MemberData(nameof(Decoders))]
    public void Tokens_become_text_as_the_library_makes_it(string step)
    {
        var made = Made("decoders", step);
        var lists = Golden.GetProperty("tokens").EnumerateArray().Select(list => list.EnumerateArray().Select(token => token.GetString()!).ToArray()).ToList();
        for (var i = 0; i < lists.Count; i++)
        {
            if (made[i].ValueKind is JsonValueKind.Null) continue;
            string[] pieces = ["[UNK]", .. lists[i].Distinct()];
            var tokenizer = new PipelineTokenizer(new Vocabulary
            {
                Source = "golden",
                Kind = TokenizerKind.WordLevel,
                Pieces = pieces,
                Scores = [],
                Types = [.. pieces.Select(_ => TokenType.Normal)],
                UnkId = 0,
                Pipeline = Read("decoder", step),
            });
            int[] ids = [.. lists[i].Select(token => Array.IndexOf(pieces, token))];
            Assert.Equal(made[i].GetString(), tokenizer.Decode(ids));
            var stream = new TextStream(tokenizer);
            Assert.Equal(made[i].GetString(), string.Concat(ids.Select(stream.Append)) + stream.Flush());
        }
    }

    [Theory]
    [MemberData(nameof(AllSteps))]
    public void Steps_write_what_they_read(string step)
    {
        var kinds = new[] { ("normalizer", "normalizers"), ("pre_tokenizer", "preTokenizers"), ("decoder", "decoders") };
        foreach (var (field, _) in kinds.Where(kind => Steps(kind.Item2).Any(row => row.Data == step)))
        {
            var read = Read(field, step);
            var written = Written(read, field);
            Assert.Equal(written, Written(Read(field, written), field));
        }
    }

    private static string Written(TextPipeline pipeline, string field)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            StepWriter.Write(json, pipeline);
            json.WriteEndObject();
        }
        return JsonDocument.Parse(stream.ToArray()).RootElement.GetProperty(field).GetRawText();
    }

    private static TextPipeline Read(string field, string step) => StepReaders.Read(JsonDocument.Parse($"{{\"{field}\": {step}}}").RootElement, "golden.json");

    private static JsonElement Made(string kind, string step) => Golden.GetProperty(kind).EnumerateArray().First(entry => entry.GetProperty("step").GetRawText() == step).GetProperty("made");

    private static TheoryData<string> Steps(string kind) => [.. Golden.GetProperty(kind).EnumerateArray().Select(entry => entry.GetProperty("step").GetRawText())];

    // What a failing test prints must be legible.
    private static string Escaped(string text)
    {
        var escaped = new StringBuilder();
        foreach (var rune in text.EnumerateRunes()) escaped.Append(rune.Value is > ' ' and < 127 or '▁' ? rune.ToString() : $"<{rune.Value:x}>");
        return escaped.ToString();
    }
}
