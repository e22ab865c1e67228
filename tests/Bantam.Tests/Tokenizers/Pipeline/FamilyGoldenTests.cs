using System.Text.Json;
using Bantam.Tokenizers;

namespace Bantam.Tests.Tokenizers.Pipeline;

/// <summary>Tokenizers as families publish them, where they once differed from the Hugging Face library: <c>bench/peers/tokenizer_families.cjs</c>.</summary>
public class FamilyGoldenTests
{
    private static readonly JsonElement Golden = JsonDocument.Parse(File.ReadAllText(TokenizerData.GoldenPath("families.json"))).RootElement;

    public static TheoryData<string> Names => [.. Golden.GetProperty("tokenizers").EnumerateObject().Select(entry => entry.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Ids_offsets_and_texts_are_those_of_the_library(string name)
    {
        var entry = Golden.GetProperty("tokenizers").GetProperty(name);
        var tokenizer = Tokenizer.Create(TokenizerJson.Read(entry.GetProperty("json"), name).Vocabulary);
        using var stream = new MemoryStream();
        TokenizerJsonWriter.Write(stream, tokenizer.Vocabulary);
        var written = Tokenizer.Create(TokenizerJson.Read(JsonDocument.Parse(stream.ToArray()).RootElement, name).Vocabulary);
        foreach (var made in entry.GetProperty("cases").EnumerateArray())
        {
            var text = made.GetProperty("text").GetString()!;
            var (ids, offsets) = (Ints(made, "ids"), Ints(made, "offsets"));
            foreach (var each in new[] { tokenizer, written })
            {
                var tokens = each.EncodeWithOffsets(text, addBos: false, addEos: false, parseSpecial: true);
                Assert.Equal((text, string.Join(' ', ids)), (text, string.Join(' ', tokens.Ids)));
                Assert.Equal(ids, each.Encode(text, addBos: false, addEos: false, parseSpecial: true));
                if (offsets.Length > 0) Assert.Equal((text, string.Join(' ', offsets)), (text, string.Join(' ', tokens.Spans.SelectMany(span => new[] { span.Start, span.End }))));
                Assert.Equal(made.GetProperty("decoded").GetString(), each.Decode(ids));
            }
        }
    }

    private static int[] Ints(JsonElement element, string name) => [.. element.GetProperty(name).EnumerateArray().Select(value => value.GetInt32())];
}
