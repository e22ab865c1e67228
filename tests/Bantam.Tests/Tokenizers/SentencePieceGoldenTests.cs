using System.Security.Cryptography;
using System.Text.Json;
using Bantam.Tokenizers;

namespace Bantam.Tests.Tokenizers;

/// <summary>Against numbers from other implementations: Google's sentencepiece, llama.cpp and llama2.c.</summary>
public class SentencePieceGoldenTests
{
    public static TheoryData<string> Models => ["llama2", "mistral.v1", "mistral.v3", "mistral.v7", "plain", "noprefix"];

    [Theory]
    [MemberData(nameof(Models))]
    public void Ids_equal_those_of_Google(string name)
    {
        var tokenizer = TokenizerData.Tokenizer(name);
        var golden = TokenizerData.Golden.GetProperty("models").GetProperty(name);
        if (golden.TryGetProperty("ids", out var lists))
            Assert.All(lists.EnumerateArray(), (list, i) => Assert.Equal(Ids(list), Encode(tokenizer, TokenizerData.Texts[i])));
        AssertHashes(golden.GetProperty("hashes"), tokenizer);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Decoded_text_equals_that_of_Google(string name)
    {
        var tokenizer = TokenizerData.Tokenizer(name);
        foreach (var pair in TokenizerData.Golden.GetProperty("models").GetProperty(name).GetProperty("decodes").EnumerateArray())
            Assert.Equal(pair[1].GetString(), tokenizer.Decode(Ids(pair[0])));
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Special_ids_equal_those_of_Google(string name)
    {
        var tokenizer = TokenizerData.Tokenizer(name);
        var golden = TokenizerData.Golden.GetProperty("models").GetProperty(name);
        int[] expected = [.. new[] { "size", "bos", "eos", "unk", "pad" }.Select(key => golden.GetProperty(key).GetInt32())];
        var eos = tokenizer.EosIds is [var first, ..] ? first : -1;
        int[] actual = [tokenizer.VocabularySize, tokenizer.BosId ?? -1, eos, tokenizer.UnkId ?? -1, tokenizer.Vocabulary.PadId ?? -1];
        Assert.Equal(expected, actual);
    }

    [Theory]
    [InlineData("llama2")]
    [InlineData("llama2c")]
    [InlineData("tok512")]
    [InlineData("plain")]
    [InlineData("noprefix")]
    public void Written_models_are_the_bytes_that_Google_loaded_and_agreed_with(string name)
    {
        var written = SentencePieceModel.Write(TokenizerData.Vocabulary(name), "tokenizer.model");
        var golden = TokenizerData.Golden.GetProperty("written").GetProperty(name);
        Assert.Equal(golden.GetProperty("sha256").GetString(), Convert.ToHexStringLower(SHA256.HashData(written)));
        var tokenizer = TokenizerData.Tokenizer(name);
        Assert.Equal(golden.GetProperty("hashes").GetString(), TokenizerData.Fnv(TokenizerData.Texts.SelectMany(text => Encode(tokenizer, text))));
    }

    [Fact]
    public void Unused_pieces_are_taken_apart_as_Google_does()
    {
        var plain = TokenizerData.Vocabulary("plain");
        var golden = TokenizerData.Golden.GetProperty("unused");
        var kept = golden.GetProperty("kept").EnumerateArray().Select(id => id.GetInt32()).ToHashSet();
        // What SetVocabulary does: pieces of one code point stay.
        var types = plain.Types.Select((type, id) =>
            type is TokenType.Normal && !kept.Contains(id) && plain.Pieces[id].EnumerateRunes().Count() > 1 ? TokenType.Unused : type);
        var halved = new SentencePieceBpe(plain with { Types = [.. types] });
        Assert.Contains(TokenType.Unused, halved.Vocabulary.Types);
        AssertHashes(golden.GetProperty("hashes"), halved);
    }

    [Theory]
    [InlineData("llama2")]
    [InlineData("llama2c")]
    [InlineData("llama-spm.gguf")]
    public void Ids_equal_the_conformance_vectors_of_llama_cpp(string name)
    {
        var tokenizer = TokenizerData.Tokenizer(name);
        var texts = File.ReadAllText(SharedData.Path("gguf_vocab", "ggml-vocab-llama-spm.gguf.inp")).Split("\n__ggml_vocab_test__\n");
        var lines = File.ReadAllLines(SharedData.Path("gguf_vocab", "ggml-vocab-llama-spm.gguf.out"));
        Assert.True(lines.Length >= 46);
        for (var i = 0; i < lines.Length; i++)
            Assert.Equal(lines[i].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse), Encode(tokenizer, texts[i]));
    }

    [Fact]
    public void Ids_equal_those_of_llama2_c()
    {
        var tokenizer = TokenizerData.Tokenizer("tok512");
        using var golden = JsonDocument.Parse(File.ReadAllText(SharedData.Path("weights", "stories260K", "golden.json")));
        foreach (var pair in golden.RootElement.GetProperty("encode_llama2c_rules").EnumerateArray())
            Assert.Equal(Ids(pair.GetProperty("ids")), tokenizer.Encode(pair.GetProperty("text").GetString()!));
        foreach (var name in new[] { "greedy_empty_prompt", "greedy_once_upon_a_time" })
        {
            var run = golden.RootElement.GetProperty(name);
            Assert.Equal(Ids(run.GetProperty("prompt_ids")), tokenizer.Encode(run.GetProperty("prompt").GetString()!));
            // The golden text keeps the space that the first token begins with.
            var stream = new TextStream(tokenizer, continuesText: true);
            Assert.Equal(run.GetProperty("text").GetString(), string.Concat(Ids(run.GetProperty("greedy_ids")).Select(stream.Append)) + stream.Flush());
        }
    }

    [Fact]
    public void Ids_equal_the_vectors_of_transformers_js()
    {
        var tokenizer = TokenizerData.Tokenizer("llama2");
        using var vectors = JsonDocument.Parse(File.ReadAllText(SharedData.Path("vectors", "tokenizers", "llama.json")));
        foreach (var vector in vectors.RootElement.GetProperty("Xenova/llama-tokenizer").EnumerateObject())
        {
            var ids = Ids(vector.Value.GetProperty("ids"));
            Assert.Equal((vector.Name, string.Join(' ', ids)), (vector.Name, string.Join(' ', tokenizer.Encode(vector.Value.GetProperty("text").GetString()!, parseSpecial: true))));
        }
    }

    [Fact]
    public void The_vocabulary_of_tokenizer_bin_is_that_of_tokenizer_model()
    {
        var (model, bin) = (TokenizerData.Vocabulary("llama2"), TokenizerData.Vocabulary("llama2c"));
        Assert.Equal(model.Pieces, bin.Pieces);
        Assert.Equal(model.Scores, bin.Scores);
        Assert.Equal(model.Types, bin.Types);
    }

    private static void AssertHashes(JsonElement hashes, SentencePieceBpe tokenizer)
    {
        Assert.Equal(TokenizerData.Texts.Length, hashes.GetArrayLength());
        Assert.All(hashes.EnumerateArray(), (hash, i) => Assert.Equal(hash.GetString(), TokenizerData.Fnv(Encode(tokenizer, TokenizerData.Texts[i]))));
    }

    private static int[] Ids(JsonElement list) => [.. list.EnumerateArray().Select(id => id.GetInt32())];

    private static int[] Encode(SentencePieceBpe tokenizer, string text) => tokenizer.Encode(text, addBos: false, addEos: false);
}
