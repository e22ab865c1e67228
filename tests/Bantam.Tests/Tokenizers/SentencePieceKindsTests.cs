using System.Text.Json;
using Bantam.Checkpoints;
using Bantam.Formats.Gguf;
using Bantam.Tokenizers;

namespace Bantam.Tests.Tokenizers;

/// <summary>The kinds of SentencePiece besides plain BPE, against Google's library.</summary>
public class SentencePieceKindsTests
{
    private static readonly JsonElement Golden = JsonDocument.Parse(File.ReadAllText(TokenizerData.GoldenPath("sentencepiece-kinds.json"))).RootElement.GetProperty("models");

    public static TheoryData<string> Models => [.. Golden.EnumerateObject().Select(model => model.Name)];

    [Theory]
    [MemberData(nameof(Models))]
    public void Ids_equal_those_of_Google(string name) => AssertIds(name, Tokenizer.Create(Load(name)));

    [Theory]
    [MemberData(nameof(Models))]
    public void Decoded_text_equals_that_of_Google(string name)
    {
        var tokenizer = Tokenizer.Create(Load(name));
        foreach (var pair in Golden.GetProperty(name).GetProperty("decodes").EnumerateArray())
            Assert.Equal(pair[1].GetString(), tokenizer.Decode(Ids(pair[0])));
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void A_written_model_is_read_the_same(string name)
    {
        var written = SentencePieceModel.Read(SentencePieceModel.Write(Load(name), "tokenizer.model"), "tokenizer.model");
        Assert.Equal(Load(name).CharsMap, written.CharsMap);
        AssertIds(name, Tokenizer.Create(written));
    }

    [Theory]
    [InlineData("unigram")]
    [InlineData("unigram-bytes")]
    [InlineData("unigram-spaces")]
    [InlineData("unigram-positive")]
    public void Through_GGUF_the_ids_stay(string name)
    {
        var metadata = new GgufMetadata();
        var vocabulary = Load(name);
        GgufTokenizer.Write(metadata, vocabulary, vocabulary.Count + 3);
        var read = GgufTokenizer.Read(metadata, out _)!;
        Assert.Equal(vocabulary.Count, read.Count);
        Assert.Equal((vocabulary.AddBos, vocabulary.AddEos, vocabulary.PadId), (read.AddBos, read.AddEos, read.PadId));
        AssertIds(name, Tokenizer.Create(read with { Subword = vocabulary.Subword }));
    }

    [Theory]
    [InlineData("word", "WordLevel")]
    [InlineData("bpe-rules", "precompiled_charsmap")]
    public void What_GGUF_cannot_say_is_refused_by_name(string name, string reason)
    {
        var vocabulary = Load(name);
        Assert.False(GgufTokenizer.CanWrite(vocabulary, out var told));
        Assert.Contains(reason, told);
        Assert.Equal("BT1039", Assert.Throws<ModelFileException>(() => GgufTokenizer.Write(new GgufMetadata(), vocabulary, vocabulary.Count)).Code);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Spans_cover_text_in_its_order(string name)
    {
        var tokenizer = Tokenizer.Create(Load(name));
        foreach (var text in TokenizerData.Texts)
        {
            var tokens = tokenizer.EncodeWithOffsets(text, addBos: false, addEos: false);
            Assert.Equal(tokenizer.Encode(text, addBos: false, addEos: false), tokens.Ids);
            var end = 0;
            foreach (var span in tokens.Spans)
            {
                Assert.InRange(span.Start, 0, text.Length);
                Assert.InRange(span.End, end, text.Length);
                Assert.False(span.End < text.Length && span.Length > 0 && char.IsLowSurrogate(text[span.End]), text);
                end = span.End;
            }
        }
    }

    private static Vocabulary Load(string name) => SentencePieceModel.Load(TokenizerData.GoldenPath($"{name}.model"));

    private static void AssertIds(string name, Tokenizer tokenizer)
    {
        var (lists, hashes) = (Golden.GetProperty(name).GetProperty("ids"), Golden.GetProperty(name).GetProperty("hashes"));
        for (var i = 0; i < lists.GetArrayLength(); i++)
            Assert.Equal((TokenizerData.Texts[i], string.Join(' ', Ids(lists[i]))), (TokenizerData.Texts[i], string.Join(' ', tokenizer.Encode(TokenizerData.Texts[i], addBos: false, addEos: false))));
        Assert.Equal(TokenizerData.Texts.Length, hashes.GetArrayLength());
        Assert.All(hashes.EnumerateArray(), (hash, i) => Assert.Equal(hash.GetString(), TokenizerData.Fnv(tokenizer.Encode(TokenizerData.Texts[i], addBos: false, addEos: false))));
    }

    private static int[] Ids(JsonElement list) => [.. list.EnumerateArray().Select(id => id.GetInt32())];
}
