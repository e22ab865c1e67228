using System.Text.Json;
using Bantam.Checkpoints;
using Bantam.Formats.Gguf;
using Bantam.Tests.Cli;
using Bantam.Tests.Formats;

namespace Bantam.Tests.Checkpoints;

/// <summary>What a target cannot hold is told, and nothing is told where all goes along.</summary>
public sealed class LeftBehindTests
{
    public static TheoryData<string, string, string?> Directories => new()
    {
        { "tokenizer.json", SmallJson.Valid, null },
        { "tokenizer.json", SmallJson.With("model.type", "\"WordLevel\""), "WordLevel" },
        { "tokenizer.json", SmallJson.With("pre_tokenizer", """{"type":"ByteLevel","add_prefix_space":true}"""), "BPE over characters" },
        { "tokenizer.json", SmallJson.With("added_tokens", """[{"id":4,"content":"<|end|>","special":true,"lstrip":true}]"""), "lstrip" },
        { "tokenizer.json", SmallJson.With("added_tokens", """[{"id":4,"content":"<|end|>","special":true,"single_word":true}]"""), "single_word" },
        { "tokenizer.json", SmallJson.With("pre_tokenizer", """{"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},{"type":"ByteLevel","add_prefix_space":false}]}""").Replace("\"version\"", "\"normalizer\":{\"type\":\"NFC\"},\"version\"", StringComparison.Ordinal), "NFC" },
        { "tokenizer.json", SmallJson.With("pre_tokenizer", """{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"a"},"behavior":"Isolated","invert":false},{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}]}"""), "has no name" },
        { "tokenizer.json", SmallJson.With("normalizer", """{"type":"NFC"}"""), null },
        { "tokenizer.json", SmallJson.With("post_processor", """{"type":"Stamp"}"""), "Stamp" },
        { "tokenizer.json", SmallJson.With("post_processor", """{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"a"}},{"SpecialToken":{"id":"b"}},{"Sequence":{"id":"A"}}],"pair":[{"Sequence":{"id":"A"}},{"Sequence":{"id":"B"}}],"special_tokens":{"a":{"ids":[0]},"b":{"ids":[1]}}}"""), "2 tokens before" },
        { "vocab.txt", "[UNK]\na\n", "[CLS]" },
        { "vocab.txt", "[UNK]\na\n[CLS]\n[SEP]\n", null },
        { "generation_config.json", """{"eos_token_id":1,"temperature":0.6,"top_p":0.9}""", "temperature, top_p" },
        { "tokenizer_config.json", """{"pad_token":"<pad>"}""", "pad_token '<pad>'" },
    };

    [Theory]
    [MemberData(nameof(Directories))]
    public void A_GGUF_file_says_what_of_a_directory_it_does_not_hold(string name, string text, string? told)
    {
        using var folder = new ScratchFolder();
        (string, string)[] files = name is "tokenizer.json" or "vocab.txt" ? [(name, text)] : [("tokenizer.json", SmallJson.Valid), (name, text)];
        using var checkpoint = Checkpoint.Open(TinyDirectory.Create(folder, 300, files));
        var notices = LeftBehind.InGguf(checkpoint);
        if (told is null) Assert.Empty(notices);
        else Assert.Contains(told, Assert.Single(notices));
        // A directory keeps the files, and with them all of the tokenizer.
        Assert.Equal(name == "generation_config.json" ? notices : [], LeftBehind.InDirectory(checkpoint));
    }

    [Fact]
    public async Task Convert_prints_and_lists_what_a_directory_has_no_place_for()
    {
        using var folder = new ScratchFolder();
        TokenizerCarryTests.ToGguf(TinyDirectory.Create(folder, 300, ("tokenizer.json", SmallJson.Valid)), folder.File("plain.gguf"));
        var gguf = CliStories.With(folder, folder.File("plain.gguf"), m =>
        {
            m["general.author"] = "somebody";
            m["general.license"] = "mit";
            m["general.size_label"] = "1K";
            m["tokenizer.ggml.suppress_tokens"] = new GgufValue(new[] { 1 });
            m["tokenizer.ggml.pre"] = "nobody's";
            m["tokenizer.chat_template"] = "{{ messages }}";
        });
        var run = await CliRun.Of("convert", gguf, "-o", folder.File("out"), "--json");
        Assert.Equal(0, run.ExitCode);
        using var json = JsonDocument.Parse(run.Output);
        var notices = json.RootElement.GetProperty("notices").EnumerateArray().Select(n => n.GetString()!).ToList();
        Assert.Equal(2, notices.Count);
        Assert.Contains("'nobody's' is not one whose rule is known", notices[0]);
        Assert.EndsWith("no place for general.author, general.license, tokenizer.ggml.suppress_tokens", notices[1]);
        Assert.All(notices, notice => Assert.Contains($"note: {notice}", run.Error));
        Assert.False(File.Exists(Path.Combine(folder.File("out"), "tokenizer.json")));
        Assert.Equal("{{ messages }}", File.ReadAllText(Path.Combine(folder.File("out"), "chat_template.jinja")));
        // GGUF to GGUF carries every key, understood or not.
        Assert.Empty((await CliRun.Of("convert", gguf, "-o", folder.File("b.gguf"), "--json")).Json.GetProperty("notices").EnumerateArray());
        using var copy = GgufFile.Open(folder.File("b.gguf"));
        Assert.Equal("nobody's", copy.Metadata.GetString("tokenizer.ggml.pre"));
    }

    [Fact]
    public void A_kind_of_GGUF_tokenizer_that_is_not_read_is_named()
    {
        using var folder = new ScratchFolder();
        TokenizerCarryTests.ToGguf(TinyDirectory.Create(folder, 300, ("tokenizer.json", SmallJson.Valid)), folder.File("plain.gguf"));
        using var checkpoint = Checkpoint.Open(CliStories.With(folder, folder.File("plain.gguf"), m => m["tokenizer.ggml.model"] = "rwkv"));
        Assert.Contains("'rwkv'", Assert.Single(LeftBehind.InDirectory(checkpoint)));
        Assert.Contains("'rwkv'", Assert.Throws<BantamException>(checkpoint.CreateTokenizer).Message);
    }
}
