using System.Text.Json;
using Bantam.Checkpoints;
using Bantam.Formats.Gguf;
using Bantam.Tokenizers;

namespace Bantam.Tests.Tokenizers;

public class GgufPipelineTests
{
    private const string Map = "\"normalizer\":{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"MAP\"}";

    [Fact]
    public void BERTs_tokenizer_json_goes_to_GGUF()
    {
        var source = HuggingFaceTokenizer.ReadJson(SharedData.Path("tokenizers", "distilbert-base-uncased", "tokenizer.json"));
        var (pipeline, gguf) = (Tokenizer.Create(source), Tokenizer.Create(Through(source)));
        Assert.IsType<BertWords>(gguf);
        using var vectors = JsonDocument.Parse(File.ReadAllText(SharedData.Path("vectors", "tokenizers", "bert.json")));
        foreach (var vector in vectors.RootElement.GetProperty("Xenova/bert-base-uncased").EnumerateObject())
        {
            var text = vector.Value.GetProperty("text").GetString()!;
            Assert.Equal((vector.Name, string.Join(' ', pipeline.Encode(text))), (vector.Name, string.Join(' ', gguf.Encode(text))));
        }
    }

    [Theory]
    [InlineData("\"normalizer\":null", "{\"type\":\"Metaspace\",\"replacement\":\"▁\",\"prepend_scheme\":\"always\"}", true)]
    [InlineData(Map, "{\"type\":\"Metaspace\",\"replacement\":\"▁\",\"prepend_scheme\":\"never\"}", true)]
    [InlineData(Map, "{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"WhitespaceSplit\"},{\"type\":\"Metaspace\",\"replacement\":\"▁\",\"add_prefix_space\":true}]}", true)]
    [InlineData("\"normalizer\":{\"type\":\"Lowercase\"}", "{\"type\":\"Metaspace\",\"replacement\":\"▁\"}", false)]
    [InlineData(Map, "{\"type\":\"Metaspace\",\"replacement\":\"_\"}", false)]
    [InlineData(Map, "{\"type\":\"WhitespaceSplit\"}", false)]
    public void Unigram_goes_to_GGUF_where_its_steps_are_SentencePieces(string normalizer, string splits, bool goes)
    {
        var map = Convert.ToBase64String(CharsMapBuilder.Build(("ﬁ", "fi"), ("\t", " ")));
        using var json = JsonDocument.Parse($$$"""
            {{{{normalizer.Replace("MAP", map)}}},"pre_tokenizer":{{{splits}}},
            "model":{"type":"Unigram","unk_id":0,"vocab":[["<unk>",0],["▁",-2],["a",-3],["fi",-2.5],["▁a",-3.5],["f",-5],["i",-5]]}}
            """);
        var source = TokenizerJson.Read(json.RootElement, "tokenizer.json").Vocabulary;
        Assert.Equal(goes, GgufTokenizer.CanWrite(source, out var reason));
        Assert.Equal(goes, reason is null);
        if (!goes) return;
        var (pipeline, gguf) = (Tokenizer.Create(source), Tokenizer.Create(Through(source)));
        foreach (var text in (string[])["a", "a fia", "aﬁ a", "fixa zz a"])
        {
            // Without a map the library does not know the ligature either.
            Assert.Equal((text, string.Join(' ', pipeline.Encode(text, addBos: false, addEos: false))), (text, string.Join(' ', gguf.Encode(text, addBos: false, addEos: false))));
        }
    }

    [Fact]
    public void Whole_words_do_not_go_to_GGUF()
    {
        using var json = JsonDocument.Parse("""{"model":{"type":"WordLevel","unk_token":"<unk>","vocab":{"<unk>":0}}}""");
        Assert.False(GgufTokenizer.CanWrite(TokenizerJson.Read(json.RootElement, "tokenizer.json").Vocabulary, out var reason));
        Assert.Contains("WordLevel", reason);
    }

    private static Vocabulary Through(Vocabulary vocabulary)
    {
        var metadata = new GgufMetadata();
        GgufTokenizer.Write(metadata, vocabulary, vocabulary.Count);
        return GgufTokenizer.Read(metadata, out _)!;
    }
}
