using System.Security.Cryptography;
using System.Text.Json;
using Bantam.Checkpoints;
using Bantam.Formats.Gguf;
using Bantam.Tests.Formats;
using Bantam.Tests.Tokenizers;
using Bantam.Tokenizers;

namespace Bantam.Tests.Checkpoints;

/// <summary>
/// Published tokenizers as Bantam writes them, and the hashes of the files that other implementations loaded: llama.cpp's
/// conformance cases come out of each GGUF file in llama.cpp, and out of each tokenizer.json in Hugging Face's library
/// (docs/log.md). After a change that alters them, run bench/peers/llama.cpp tokenize and bench/peers/tokenizer_json.mjs on the
/// folder that this test leaves beside the golden file, and take over the hashes.
/// </summary>
public sealed class CarriedTokenizerTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Golden", "Tokenizers", "carried");

    [Theory]
    [InlineData("gpt-2")]
    [InlineData("llama-bpe")]
    [InlineData("qwen2")]
    [InlineData("deepseek-llm")]
    [InlineData("llama-spm")]
    [InlineData("phi-3")]
    public void The_files_are_those_that_others_loaded(string name)
    {
        using var folder = new ScratchFolder();
        var (vocabulary, size, cases) = Make(name, folder);
        Directory.CreateDirectory(Folder);
        var gguf = Path.Combine(Folder, $"{name}.gguf");
        var metadata = new GgufMetadata { ["general.architecture"] = "llama" };
        GgufTokenizer.Write(metadata, vocabulary, size);
        GgufWriter.Write(gguf, metadata, []);
        foreach (var end in new[] { "inp", "out" }) File.WriteAllBytes($"{gguf}.{end}", File.ReadAllBytes(SharedData.Path("gguf_vocab", $"ggml-vocab-{cases}.gguf.{end}")));

        var json = Path.Combine(Folder, name, "tokenizer.json");
        if (vocabulary.Kind is TokenizerKind.ByteLevelBpe)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(json)!);
            using var stream = File.Create(json);
            TokenizerJsonWriter.Write(stream, vocabulary);
        }

        using var golden = JsonDocument.Parse(File.ReadAllText(TokenizerData.GoldenPath("carried.json")));
        var known = golden.RootElement.GetProperty(name);
        Assert.Equal(known.GetProperty("gguf").GetString(), Hash(gguf));
        if (vocabulary.Kind is TokenizerKind.ByteLevelBpe) Assert.Equal(known.GetProperty("json").GetString(), Hash(json));
    }

    internal static (Vocabulary Vocabulary, int Size, string Cases) Make(string name, ScratchFolder folder)
    {
        switch (name)
        {
            case "gpt-2":
                return (VocabAndMerges(folder, "gpt2", 50257), 50257, name);
            case "llama-bpe":
                // The published files without the tokens that the model adds.
                return (VocabAndMerges(folder, "llama3", 128256) with { PreTokenizer = name }, 128256, name);
            case "qwen2":
                using (var checkpoint = Checkpoint.Open(TokenizerCarryTests.Qwen(folder)))
                    return (checkpoint.Vocabulary!, 151936, name);
            case "deepseek-llm":
                using (var file = GgufFile.Open(SharedData.Path("gguf_vocab", $"ggml-vocab-{name}.gguf")))
                    return (GgufTokenizer.Read(file.Metadata, out _)!, 102400, name);
            case "llama-spm":
                return (TokenizerData.Vocabulary("llama2"), 32000, name);
            default:
                return (HuggingFaceTokenizer.ReadJson(SharedData.Path("tokenizers", "phi-3-mini", "tokenizer.json")), 32064, "llama-spm");
        }
    }

    private static Vocabulary VocabAndMerges(ScratchFolder folder, string name, int size)
    {
        using var checkpoint = Checkpoint.Open(TinyDirectory.Create(folder, size,
            TinyDirectory.Shared("vocab.json", "tokenizers", name, "vocab.json"),
            TinyDirectory.Shared("merges.txt", "tokenizers", name, "merges.txt"),
            ("tokenizer_config.json", """{"tokenizer_class":"GPT2Tokenizer","eos_token":"<|endoftext|>"}""")));
        return checkpoint.Vocabulary!;
    }

    private static string Hash(string file) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)));
}
