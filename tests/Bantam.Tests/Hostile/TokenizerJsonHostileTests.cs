using System.Text;
using Bantam.Checkpoints;
using Bantam.Tests.Checkpoints;
using Bantam.Tests.Cli;
using Bantam.Tests.Formats;
using Bantam.Tokenizers;

namespace Bantam.Tests.Hostile;

/// <summary>Tokenizer files of a directory that are damaged, or worse.</summary>
public sealed class TokenizerJsonHostileTests
{
    public static TheoryData<string, string> Files => new()
    {
        { "BT1037", "[]" },
        { "BT1037", "{\"model\":" },
        { "BT1037", $"{{\"a\":{new string('[', 100_000)}" },
        { "BT1037", "{\"model\":1e999}" },
        { "BT1037", SmallJson.Valid.Replace("\"ab\":2", "\"a\":2", StringComparison.Ordinal) },
        { "BT1037", SmallJson.With("model.vocab", "[]") },
        { "BT1037", SmallJson.With("model.vocab", """{"a":0,"b":0}""") },
        { "BT1037", SmallJson.With("model.vocab", """{"a":-1}""") },
        { "BT1037", SmallJson.With("model.vocab", """{"a":0.5}""") },
        { "BT1037", SmallJson.With("model.vocab", """{"a":"0"}""") },
        { "BT1037", SmallJson.With("model.vocab", """{"a":4294967296}""") },
        { "BT1037", SmallJson.With("model.vocab", """{"a":2097152}""") },
        { "BT1037", SmallJson.With("model.vocab", """{"a":1000000}""") },
        { "BT1040", SmallJson.With("model.vocab", "{}") },
        { "BT1043", SmallJson.With("model.merges", """["a c"]""") },
        { "BT1043", SmallJson.With("model.merges", """["c a"]""") },
        { "BT1043", SmallJson.With("model.merges", """["b a"]""") },
        { "BT1043", SmallJson.With("model.merges", """["ab"]""") },
        { "BT1043", SmallJson.With("model.merges", """["a  b"]""") },
        { "BT1043", SmallJson.With("model.merges", """[" ab"]""") },
        { "BT1043", SmallJson.With("model.merges", """[["a","b","b"]]""") },
        { "BT1043", SmallJson.With("model.merges", """[["","ab"]]""") },
        { "BT1043", SmallJson.With("model.merges", """[["a",1]]""") },
        { "BT1043", SmallJson.With("model.merges", """[null]""") },
        { "BT1037", SmallJson.With("added_tokens", """[{"content":"x"}]""") },
        { "BT1037", SmallJson.With("added_tokens", """[{"id":4}]""") },
        { "BT1037", SmallJson.With("added_tokens", """[7]""") },
        { "BT1037", SmallJson.With("added_tokens", """[{"id":0,"content":"x"}]""") },
        { "BT1037", SmallJson.With("added_tokens", """[{"id":5,"content":"a"}]""") },
        { "BT1037", SmallJson.With("added_tokens", """[{"id":5,"content":"x"},{"id":5,"content":"y"}]""") },
        { "BT1037", SmallJson.With("added_tokens", """[{"id":2000000,"content":"x"}]""") },
        { "BT1040", SmallJson.With("added_tokens", """[{"id":2147483647,"content":"x"}]""") },
        { "BT1040", SmallJson.With("added_tokens", """[{"id":-1,"content":"x"}]""") },
        { "BT1037", SmallJson.With("model.type", "\"Unigram\"") },
        { "BT1045", SmallJson.With("model.type", "\"Markov\"") },
        { "BT1048", SmallJson.With("added_tokens", $$"""[{"id":4,"content":"{{new string('x', 2000)}}"}]""") },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void A_bad_tokenizer_json_is_refused_in_one_line(string code, string json)
    {
        using var folder = new ScratchFolder();
        var path = folder.Write("tokenizer.json", json);
        AssertOneLine(code, Assert.Throws<ModelFileException>(() => HuggingFaceTokenizer.ReadJson(path)));
    }

    [Fact]
    public void The_file_that_they_differ_from_is_good()
    {
        using var folder = new ScratchFolder();
        var vocabulary = HuggingFaceTokenizer.ReadJson(folder.Write("tokenizer.json", SmallJson.Valid));
        Assert.Equal([new MergePair(0, 1), new MergePair(2, 1)], vocabulary.Merges);
        Assert.Equal(TokenType.Control, vocabulary.Types[4]);
    }

    // SentencePiece's pairs in an order, or with a pair missing, that scores cannot say.
    [Theory]
    [InlineData("""["a b","a a","aa b","b a"]""", false)]
    [InlineData("""["a b","a a","a ab","aa b"]""", true)]
    [InlineData("""["a ab","a b","aa b","a a"]""", false)]
    public void Merges_without_scores_that_do_the_same_stay_merges(string merges, bool hasScores)
    {
        using var folder = new ScratchFolder();
        var path = folder.Write("tokenizer.json", $$$"""
            {"normalizer":{"type":"Replace","pattern":{"String":" "},"content":"▁"},
             "model":{"type":"BPE","byte_fallback":true,"unk_token":"<unk>","vocab":{"<unk>":0,"a":1,"b":2,"ab":3,"aa":4,"aab":5{{{(merges.Contains("b a", StringComparison.Ordinal) ? ",\"ba\":6" : "")}}}},"merges":{{{merges}}}}}
            """);
        var vocabulary = HuggingFaceTokenizer.ReadJson(path);
        Assert.Equal(hasScores ? TokenizerKind.SentencePieceBpe : TokenizerKind.CharacterBpe, vocabulary.Kind);
        Assert.Equal(hasScores ? [0, -4, -5, -1, -2, -3] : [], vocabulary.Scores);
    }

    [Theory]
    [InlineData("merges.txt", "a b\nab c\n", "BT1043")]
    [InlineData("merges.txt", "#version: 0.2\na\n", "BT1043")]
    [InlineData("vocab.json", "[]", "BT1037")]
    [InlineData("vocab.json", """{"a":0,"b":0,"ab":2}""", "BT1037")]
    [InlineData("tokenizer_config.json", """{"tokenizer_class":"GPT2Tokenizer","added_tokens_decoder":{"x":{"content":"y"}}}""", "BT1037")]
    [InlineData("tokenizer_config.json", """{"tokenizer_class":"GPT2Tokenizer","added_tokens_decoder":{"99999999999":{"content":"y"}}}""", "BT1037")]
    [InlineData("tokenizer_config.json", """{"tokenizer_class":"GPT2Tokenizer","added_tokens_decoder":{"-3":{"content":"y"}}}""", "BT1040")]
    [InlineData("special_tokens_map.json", "{", "BT1037")]
    [InlineData("generation_config.json", """{"a":1,"a":2}""", "BT1062")]
    [InlineData("chat_template.json", "7", "BT1063")]
    public void A_bad_file_beside_good_ones_is_refused(string name, string text, string code)
    {
        using var folder = new ScratchFolder();
        (string Name, string Text)[] good = [("vocab.json", """{"a":0,"b":1,"ab":2}"""), ("merges.txt", "a b\n"), ("tokenizer_config.json", """{"tokenizer_class":"GPT2Tokenizer"}""")];
        var path = TinyDirectory.Create(folder, 300, [.. good.Where(file => file.Name != name), (name, text)]);
        AssertOneLine(code, Assert.Throws<ModelFileException>(() => Checkpoint.Open(path)));
        File.Delete(Path.Combine(path, name));
        foreach (var file in good) File.WriteAllText(Path.Combine(path, file.Name), file.Text);
        using var checkpoint = Checkpoint.Open(path);
        Assert.Equal(3, checkpoint.Vocabulary!.Count);
    }

    // What is not bounded by the file's own length is bounded by a limit that is looked at first.
    [Fact]
    public void Ten_million_added_tokens_are_refused_before_any_is_kept()
    {
        using var folder = new ScratchFolder();
        var text = new StringBuilder("""{"added_tokens":[""");
        for (var i = 0; i < 10_000_000; i++) text.Append(i == 0 ? "{}" : ",{}");
        var path = folder.Write("tokenizer.json", text.Append("""],"model":{"type":"BPE","vocab":{"a":0},"merges":[]}}""").ToString());
        AssertOneLine("BT1040", Assert.Throws<ModelFileException>(() => HuggingFaceTokenizer.ReadJson(path)));
    }

    [Fact]
    public void GGUF_merges_are_held_against_its_tokens()
    {
        foreach (var merge in new[] { "a c", "b a", "ab", "a  b", "", " ", "a " })
            AssertOneLine("BT1043", Assert.Throws<ModelFileException>(() => GgufVocabulary.CreateByteLevel("bad.gguf", ["a", "b", "ab"], [merge])));
        AssertOneLine("BT1044", Assert.Throws<ModelFileException>(() => GgufVocabulary.CreateByteLevel("bad.gguf", ["a", "b", "ab"], ["a b"], eosIds: [3])));
        AssertOneLine("BT1041", Assert.Throws<ModelFileException>(() => GgufVocabulary.CreateByteLevel("bad.gguf", ["a", "b", "ab"], ["a b"], types: [1, 1])));
        Assert.Equal([new MergePair(0, 1)], GgufVocabulary.CreateByteLevel("good.gguf", ["a", "b", "ab"], ["a b"]).Merges);
    }

    [Fact]
    public void Pieces_that_would_take_long_to_cut_are_refused()
    {
        using var folder = new ScratchFolder();
        var path = folder.Write("tokenizer.json", $$$"""
            {"normalizer":{"type":"Replace","pattern":{"String":" "},"content":"▁"},
             "model":{"type":"BPE","byte_fallback":true,"vocab":{"a":0,"{{{new string('a', 1_000_000)}}}":1},"merges":[]}}
            """);
        AssertOneLine("BT1049", Assert.Throws<ModelFileException>(() => HuggingFaceTokenizer.ReadJson(path)));
    }

    [Fact]
    public void More_ends_than_a_configuration_may_have_are_refused()
    {
        using var folder = new ScratchFolder();
        var path = TinyDirectory.Create(folder, 300, ("generation_config.json", $$"""{"eos_token_id":[{{string.Join(',', Enumerable.Range(0, 257))}}]}"""));
        AssertOneLine("BT1063", Assert.Throws<ModelFileException>(() => Checkpoint.Open(path)));
    }

    [Fact]
    public void More_tokens_than_the_embedding_has_rows_are_refused()
    {
        using var folder = new ScratchFolder();
        TokenizerCarryTests.ToGguf(TinyDirectory.Create(folder, 5, ("tokenizer.json", SmallJson.Valid)), folder.File("plain.gguf"));
        Checkpoint.Open(folder.File("plain.gguf")).Dispose();
        var path = CliStories.With(folder, folder.File("plain.gguf"), m =>
        {
            m["tokenizer.ggml.tokens"] = new[] { "a", "b", "ab", "abb", "<|end|>", "c" };
            m["tokenizer.ggml.token_type"] = new[] { 1, 1, 1, 1, 3, 1 };
        });
        AssertOneLine("BT1040", Assert.Throws<ModelFileException>(() => Checkpoint.Open(path)));
    }

    private static void AssertOneLine(string code, ModelFileException refusal)
    {
        Assert.True(refusal.Code == code, refusal.Message);
        Assert.DoesNotContain(refusal.Message, char.IsControl);
        Assert.InRange(refusal.Message.Length, 20, 500);
    }
}
