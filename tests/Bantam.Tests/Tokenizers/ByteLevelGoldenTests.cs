using System.Text.Json;
using Bantam.Tokenizers;

namespace Bantam.Tests.Tokenizers;

/// <summary>Byte-level BPE against numbers from other implementations: llama.cpp and transformers.js.</summary>
public class ByteLevelGoldenTests
{
    public static TheoryData<string, bool> Published => new(
        from name in new[] { "gpt-2", "llama-bpe", "qwen2", "deepseek-llm" }
        from throughJson in new[] { false, true }
        select (name, throughJson));

    public static TheoryData<string, string, string> Vectors => new()
    {
        { "gpt-2", "gpt2.json", "Xenova/gpt2" },
        { "gpt-2", "gpt2.json", "openai-community/gpt2" },
        { "llama-bpe", "llama.json", "Xenova/llama3-tokenizer" },
        { "llama-bpe", "llama.json", "Xenova/llama3-tokenizer-new" },
        { "qwen2", "qwen2.json", "Xenova/Qwen1.5-0.5B-Chat" },
    };

    [Theory]
    [MemberData(nameof(Published))]
    public void Ids_equal_the_conformance_vectors_of_llama_cpp(string name, bool throughJson)
    {
        var tokenizer = ByteLevelData.Tokenizer(name, throughJson);
        var texts = File.ReadAllText(SharedData.Path("gguf_vocab", $"ggml-vocab-{name}.gguf.inp")).Split("\n__ggml_vocab_test__\n");
        var lines = File.ReadAllLines(SharedData.Path("gguf_vocab", $"ggml-vocab-{name}.gguf.out"));
        Assert.True(lines.Length >= 46);
        for (var i = 0; i < lines.Length; i++)
        {
            var expected = lines[i].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse);
            Assert.Equal((texts[i], string.Join(' ', expected)), (texts[i], string.Join(' ', tokenizer.Encode(texts[i], addBos: false))));
        }
    }

    [Theory]
    [MemberData(nameof(Vectors))]
    public void Ids_equal_the_vectors_of_transformers_js(string name, string file, string model)
    {
        var tokenizer = ByteLevelData.Tokenizer(name);
        using var vectors = JsonDocument.Parse(File.ReadAllText(SharedData.Path("vectors", "tokenizers", file)));
        Assert.NotEmpty(vectors.RootElement.GetProperty(model).EnumerateObject());
        foreach (var vector in vectors.RootElement.GetProperty(model).EnumerateObject())
        {
            // The files at hand are without the tokens that the model adds, its BOS among them.
            var ids = vector.Value.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()).SkipWhile(id => id == 128000);
            Assert.Equal((vector.Name, string.Join(' ', ids)), (vector.Name, string.Join(' ', tokenizer.Encode(vector.Value.GetProperty("text").GetString()!, addBos: false, parseSpecial: true))));
        }
    }

    /// <summary>Of bench/peers/llama.cpp compare-tokens, run on the files that CarriedTokenizerTests writes.</summary>
    [Theory]
    [InlineData("gpt-2")]
    [InlineData("llama-bpe")]
    [InlineData("qwen2")]
    [InlineData("deepseek-llm")]
    [InlineData("gpt-2 by llama-bpe")]
    [InlineData("gpt-2 by smaug-bpe")]
    [InlineData("gpt-2 by qwen2")]
    [InlineData("gpt-2 by qwen35")]
    [InlineData("gpt-2 by smollm")]
    [InlineData("gpt-2 by deepseek-v3")]
    public void Ids_of_random_texts_equal_those_of_llama_cpp(string name)
    {
        var tokenizer = name.Split(" by ") is [var words, var rule]
            ? new ByteLevelBpe(ByteLevelData.Tokenizer(words).Vocabulary with { PreTokenizer = rule })
            : ByteLevelData.Tokenizer(name);
        using var golden = JsonDocument.Parse(File.ReadAllText(TokenizerData.GoldenPath("llama-tokens.json")));
        var (random, hash) = (new Random(MixedText.Seed), MixedText.EmptyHash);
        for (var i = 0; i < MixedText.Texts; i++) hash = MixedText.Hash(hash, tokenizer.Encode(MixedText.Comparable(random), addBos: false));
        Assert.Equal(golden.RootElement.GetProperty(name).GetString(), $"{hash:x16}");
    }
}
