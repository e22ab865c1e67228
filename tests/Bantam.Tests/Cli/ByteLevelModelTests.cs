using System.Text.Json;
using Bantam.Tests.Checkpoints;
using Bantam.Tests.Formats;

namespace Bantam.Tests.Cli;

/// <summary>Commands on models whose tokenizer is byte-level BPE; the weights are zeros, so that every token is as likely as any other.</summary>
public sealed class ByteLevelModelTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Text_goes_in_and_comes_out()
    {
        var model = Model();
        var json = (await CliRun.Of("run", model, "-p", "Hello world, 日本", "-n", "3", "--temperature", "0", "--json")).Json;
        // "Hello| world|,| 日|本", and of equal logits the first id, which is "!".
        Assert.Equal((8, "!!!"), (json.GetProperty("prompt_tokens").GetInt32(), json.GetProperty("text").GetString()));
    }

    [Fact]
    public async Task Models_in_both_containers_are_compared_on_text()
    {
        var model = Model();
        var gguf = _folder.File("model.gguf");
        Assert.Equal(0, (await CliRun.Of("convert", model, "-o", gguf)).ExitCode);
        var text = _folder.Write("text.txt", string.Concat(Enumerable.Repeat("It's 3.14, isn't it?\n\n   Да 🦙\n", 3)));
        var json = (await CliRun.Of("compare", model, gguf, "--text", text, "--window", "30", "--json")).Json;
        Assert.Equal(0, Value(json, "kl"));
        Assert.Equal(50257, Value(json.GetProperty("reference"), "perplexity"), 0.1);
    }

    private static double Value(JsonElement json, string name) => json.GetProperty(name).GetProperty("value").GetDouble();

    private string Model() => TinyDirectory.Create(_folder, 50257,
        TinyDirectory.Shared("vocab.json", "tokenizers", "gpt2", "vocab.json"),
        TinyDirectory.Shared("merges.txt", "tokenizers", "gpt2", "merges.txt"),
        ("tokenizer_config.json", """{"tokenizer_class":"GPT2Tokenizer","eos_token":"<|endoftext|>"}"""));
}
