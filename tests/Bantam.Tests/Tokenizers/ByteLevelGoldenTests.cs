using System.Text.Json;
using Bantam.Checkpoints;
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

    public static TheoryData<string> Compared => [.. Golden.EnumerateObject().Select(entry => entry.Name).Where(name => name != "made by")];

    private static JsonElement Golden { get; } = JsonDocument.Parse(File.ReadAllText(TokenizerData.GoldenPath("llama-tokens.json"))).RootElement;

    /// <summary>
    /// Of bench/peers/llama.cpp compare-tokens, run on the files that CarriedTokenizerTests writes. Rules that llama.cpp has in
    /// another form than they were published are not among them: docs/log.md says which, and where they part.
    /// </summary>
    [Theory]
    [MemberData(nameof(Compared))]
    public void Ids_of_random_texts_equal_those_of_llama_cpp(string name)
    {
        var (tokenizer, texts) = (Of(name), name.Contains(" by ", StringComparison.Ordinal) ? MixedText.Texts / 10 : MixedText.Texts);
        var (random, hash) = (new Random(MixedText.Seed), MixedText.EmptyHash);
        for (var i = 0; i < texts; i++) hash = MixedText.Hash(hash, tokenizer.Encode(MixedText.Comparable(random), addBos: false));
        Assert.Equal(Golden.GetProperty(name).GetString(), $"{hash:x16}");
    }

    [Fact]
    public void Every_rule_is_compared_or_parts_from_llama_cpp_as_the_log_says()
    {
        string[] parting = ["tekken", "gpt-4o", "falcon", "deepseek-coder", "deepseek-llm", "tiny_aya", "kimi-k2", "superbpe", "afmoe"];
        Assert.Equal(
            PreTokenizers.Distinct.Select(rule => rule.Name).Except(parting).Select(name => $"llama-bpe by {name}").Order(),
            Compared.Select(row => row.Data!).Where(name => name.Contains(" by ", StringComparison.Ordinal)).Order());
    }

    private static Tokenizer Of(string name) => name switch
    {
        "llama-spm" => TokenizerData.Tokenizer("llama2"),
        "phi-3" => new SentencePieceBpe(HuggingFaceTokenizer.ReadJson(SharedData.Path("tokenizers", "phi-3-mini", "tokenizer.json"))),
        _ when name.Split(" by ") is [var words, var rule] => new ByteLevelBpe(ByteLevelData.Tokenizer(words).Vocabulary with { PreTokenizer = rule }),
        _ => ByteLevelData.Tokenizer(name),
    };
}
