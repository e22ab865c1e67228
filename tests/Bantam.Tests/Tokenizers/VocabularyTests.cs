using System.Text;
using System.Text.Json;
using Bantam.Tokenizers;

namespace Bantam.Tests.Tokenizers;

/// <summary>Vocabularies carried from one format to another.</summary>
public class VocabularyTests
{
    [Theory]
    [InlineData("llama2")]
    [InlineData("mistral.v3")]
    [InlineData("tok512")]
    [InlineData("plain")]
    [InlineData("noprefix")]
    public void A_written_tokenizer_model_reads_back_the_same(string name)
    {
        var vocabulary = TokenizerData.Vocabulary(name);
        AssertSame(vocabulary, SentencePieceModel.Read(SentencePieceModel.Write(vocabulary, "out.model"), "out.model"));
    }

    [Theory]
    [InlineData("llama2")]
    [InlineData("mistral.v1")]
    [InlineData("tok512")]
    public void Entries_of_llama2_c_read_back_the_same(string name)
    {
        var vocabulary = TokenizerData.Vocabulary(name);
        AssertSame(vocabulary, Llama2cVocabulary.Create("out.bin", Llama2cVocabulary.Export(vocabulary, "out.bin")));
    }

    [Theory]
    [InlineData("mistral.v3")]
    [InlineData("noprefix")]
    public void A_layout_that_llama2_c_cannot_hold_is_refused(string name) =>
        Assert.Equal("BT1039", Assert.Throws<ModelFileException>(() => Llama2cVocabulary.Export(TokenizerData.Vocabulary(name), "out.bin")).Code);

    [Fact]
    public void GGUF_arrays_make_the_same_vocabulary()
    {
        var v = TokenizerData.Vocabulary("llama2");
        AssertSame(v, GgufVocabulary.Create("a.gguf", v.Pieces, v.Scores, [.. v.Types.Select(type => (int)type)], 1, 2, 0));
        // Types and special ids that the file leaves out are what llama.cpp would take.
        AssertSame(v, GgufVocabulary.Create("a.gguf", v.Pieces, v.Scores));
    }

    [Fact]
    public void Further_ends_follow_the_EOS_once()
    {
        var vocabulary = GgufVocabulary.Create("a.gguf", ["<unk>", "<s>", "</s>", "<eot>"], otherEosIds: [3, 2]);
        Assert.Equal([2, 3], vocabulary.EosIds);
    }

    [Fact]
    public void Hugging_Face_files_describe_a_LlamaTokenizer()
    {
        var config = Json(stream => HuggingFaceTokenizerFiles.WriteConfig(stream, TokenizerData.Small(("a", 0, TokenType.Normal)), 512, "{{ messages }}"));
        Assert.Equal("LlamaTokenizer", config.GetProperty("tokenizer_class").GetString());
        Assert.True(config.GetProperty("add_bos_token").GetBoolean());
        Assert.False(config.GetProperty("add_eos_token").GetBoolean());
        Assert.False(config.TryGetProperty("add_prefix_space", out _));
        Assert.Equal(512, config.GetProperty("model_max_length").GetInt32());
        Assert.Equal("{{ messages }}", config.GetProperty("chat_template").GetString());
        Assert.Equal(JsonValueKind.Null, config.GetProperty("pad_token").ValueKind);
        Assert.Equal(["0", "1", "2"], config.GetProperty("added_tokens_decoder").EnumerateObject().Select(token => token.Name));
        Assert.Equal("</s>", config.GetProperty("added_tokens_decoder").GetProperty("2").GetProperty("content").GetString());

        var map = Json(stream => HuggingFaceTokenizerFiles.WriteSpecialTokensMap(stream, TokenizerData.Small()));
        Assert.Equal(["<s>", "</s>", "<unk>"], map.EnumerateObject().Select(token => token.Value.GetString()));
    }

    [Fact]
    public void The_settings_agree_with_a_published_tokenizer_config()
    {
        using var published = JsonDocument.Parse(File.ReadAllText(SharedData.Path("tokenizers", "llama2", "tokenizer_config.json")));
        var ours = Json(stream => HuggingFaceTokenizerFiles.WriteConfig(stream, TokenizerData.Vocabulary("llama2")));
        foreach (var name in new[] { "add_bos_token", "add_eos_token", "clean_up_tokenization_spaces", "model_max_length", "tokenizer_class", "pad_token", "sp_model_kwargs" })
            Assert.Equal(published.RootElement.GetProperty(name).GetRawText(), ours.GetProperty(name).GetRawText());
    }

    private static JsonElement Json(Action<Stream> write)
    {
        var stream = new MemoryStream();
        write(stream);
        Assert.DoesNotContain("\\u003C", Encoding.UTF8.GetString(stream.ToArray()));
        return JsonDocument.Parse(stream.ToArray()).RootElement;
    }

    private static void AssertSame(Vocabulary expected, Vocabulary actual)
    {
        Assert.Equal(expected.Pieces, actual.Pieces);
        Assert.Equal(expected.Scores.Select(BitConverter.SingleToInt32Bits), actual.Scores.Select(BitConverter.SingleToInt32Bits));
        Assert.Equal(expected.Types, actual.Types);
        Assert.Equal(expected.EosIds, actual.EosIds);
        var shell = new { expected.BosId, expected.UnkId, expected.PadId, expected.AddBos, expected.AddEos, expected.AddSpacePrefix, expected.RemoveExtraWhitespaces };
        Assert.Equal(shell, new { actual.BosId, actual.UnkId, actual.PadId, actual.AddBos, actual.AddEos, actual.AddSpacePrefix, actual.RemoveExtraWhitespaces });
    }
}
