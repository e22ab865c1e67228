using System.Text.Json;
using Bantam.Tokenizers;

namespace Bantam.Tests.Tokenizers;

/// <summary>The models that a tokenizer.json may have, without the steps around them.</summary>
public class SubwordModelTests
{
    // A file with more of them is read from where BANTAM_SUBWORD_MODELS says.
    private static readonly JsonElement Golden = Read(Environment.GetEnvironmentVariable("BANTAM_SUBWORD_MODELS") ?? TokenizerData.GoldenPath("subword-models.json"));

    public static TheoryData<int> Models => [.. Enumerable.Range(0, Golden.GetArrayLength())];

    [Theory]
    [MemberData(nameof(Models))]
    public void Ids_equal_those_of_the_Hugging_Face_library(int index) => AssertSame(Golden[index]);

    [Fact]
    public void A_model_without_a_token_for_the_unknown_is_refused() =>
        Assert.Equal("BT1090", Assert.Throws<ModelFileException>(() => SubwordModels.Create(Words(TokenizerKind.WordPiece) with { UnkId = null })).Code);

    [Theory]
    [InlineData(TokenizerKind.Unigram, 500_000)]
    [InlineData(TokenizerKind.WordPiece, 1)]
    [InlineData(TokenizerKind.WordLevel, 1)]
    [InlineData(TokenizerKind.CharacterBpe, 500_000)]
    public void A_million_times_one_character_is_one_word_like_any_other(TokenizerKind kind, int tokens)
    {
        var (ids, spans) = (new List<int>(), new List<TokenSpan>());
        SubwordModels.Create(Words(kind)).Encode(new string('a', 1_000_000), new TokenSink(ids, spans));
        Assert.Equal(tokens, ids.Count);
        var end = 0;
        foreach (var span in spans)
        {
            Assert.Equal(end, span.Start);
            end = span.End;
        }
        Assert.Equal(1_000_000, end);
    }

    private static Vocabulary Words(TokenizerKind kind) => new()
    {
        Source = "small.json",
        Kind = kind,
        Pieces = ["<unk>", "a", "aa", "b"],
        Scores = kind is TokenizerKind.Unigram ? [0, -2, -3, -2] : [],
        Types = [TokenType.Unknown, TokenType.Normal, TokenType.Normal, TokenType.Normal],
        Merges = kind is TokenizerKind.CharacterBpe ? [new MergePair(1, 1)] : [],
        UnkId = 0,
        Subword = new SubwordSettings { ContinuingSubwordPrefix = kind is TokenizerKind.WordPiece ? "##" : "" },
    };

    private static void AssertSame(JsonElement golden)
    {
        using var root = JsonDocument.Parse($$"""{"model":{{golden.GetProperty("model").GetRawText()}}}""");
        var model = SubwordModels.Create(TokenizerJson.Read(root.RootElement, "tokenizer.json").Vocabulary);
        foreach (var word in golden.GetProperty("cases").EnumerateObject())
            Assert.Equal((word.Name, string.Join(' ', word.Value.EnumerateArray())), (word.Name, string.Join(' ', Encode(model, word.Name))));
    }

    private static List<int> Encode(SubwordModel model, string text)
    {
        var (ids, spans) = (new List<int>(), new List<TokenSpan>());
        model.Encode(text, new TokenSink(ids, spans));
        Assert.Equal(ids.Count, spans.Count);
        return ids;
    }

    private static JsonElement Read(string path) => JsonDocument.Parse(File.ReadAllText(path)).RootElement.GetProperty("models");
}
