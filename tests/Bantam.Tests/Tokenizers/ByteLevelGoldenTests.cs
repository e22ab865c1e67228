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
        { "llama-bpe", "llama.json", "Xenova/llama-3-tokenizer" },
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
            var ids = vector.Value.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32());
            Assert.Equal((vector.Name, string.Join(' ', ids)), (vector.Name, string.Join(' ', tokenizer.Encode(vector.Value.GetProperty("text").GetString()!, addBos: false, parseSpecial: true))));
        }
    }
}
