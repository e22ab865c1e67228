using System.Text.Json;
using System.Text.Json.Nodes;
using Bantam.Checkpoints;
using Bantam.Formats.Gguf;
using Bantam.Tensors;
using Bantam.Tests.Cli;
using Bantam.Tests.Formats;
using Bantam.Tests.Tokenizers;
using Bantam.Tokenizers;
using Bantam.Tokenizers.Pipeline;

namespace Bantam.Tests.Checkpoints;

/// <summary>Published tokenizers, from each container to the other and back.</summary>
public sealed class TokenizerCarryTests
{
    private static readonly string[] Arrays = ["tokens", "token_type", "scores", "merges"];
    private static readonly string[] Scalars = ["model", "pre", "bos_token_id", "eos_token_id", "padding_token_id", "unknown_token_id", "add_bos_token", "add_eos_token"];

    [Theory]
    [InlineData("gpt-2", "tokenizer.json")]
    [InlineData("deepseek-llm", "tokenizer.json")]
    [InlineData("llama-spm", "tokenizer.model")]
    public void A_vocabulary_of_llama_cpp_comes_back_from_a_directory_as_it_was(string name, string file)
    {
        using var folder = new ScratchFolder();
        using var theirs = GgufFile.Open(SharedData.Path("gguf_vocab", $"ggml-vocab-{name}.gguf"));
        var gguf = WithTokenizer(folder, theirs.Metadata);
        ToDirectory(gguf, folder.File("out"));
        Assert.True(File.Exists(Path.Combine(folder.File("out"), file)));
        ToGguf(folder.File("out"), folder.File("back.gguf"));

        using var back = GgufFile.Open(folder.File("back.gguf"));
        foreach (var key in Arrays.Concat(Scalars).Select(key => $"tokenizer.ggml.{key}").Where(theirs.Metadata.Contains))
            Assert.Equal(theirs.Metadata[key].Value, back.Metadata[key].Value);
        Assert.Equal(theirs.Metadata.Contains("tokenizer.ggml.merges"), back.Metadata.Contains("tokenizer.ggml.merges"));
    }

    [Fact]
    public void GPT_2_of_vocab_json_and_merges_txt_is_GPT_2_of_llama_cpp()
    {
        using var folder = new ScratchFolder();
        using var checkpoint = Checkpoint.Open(TinyDirectory.Create(folder, 50257,
            TinyDirectory.Shared("vocab.json", "tokenizers", "gpt2", "vocab.json"),
            TinyDirectory.Shared("merges.txt", "tokenizers", "gpt2", "merges.txt"),
            ("tokenizer_config.json", """{"tokenizer_class":"GPT2Tokenizer","bos_token":"<|endoftext|>","eos_token":"<|endoftext|>"}""")));
        var (ours, theirs) = (checkpoint.Vocabulary!, Gguf("gpt-2"));
        Assert.Equal(TokenizerKind.ByteLevelBpe, ours.Kind);
        Assert.Equal(theirs.Pieces, ours.Pieces);
        Assert.Equal(theirs.Types, ours.Types);
        Assert.Equal(theirs.Merges, ours.Merges);
        Assert.Equal(theirs with { Source = "", Pieces = [], Types = [], Merges = [], Scores = [], EosIds = [] }, ours with { Source = "", Pieces = [], Types = [], Merges = [], Scores = [], EosIds = [] });
        // Not the configuration's 1, which is text.
        Assert.Equal([50256], ours.EosIds);
        Assert.Equal([15496, 995], checkpoint.CreateTokenizer().Encode("Hello world"));
    }

    [Fact]
    public void Qwen_goes_through_both_containers_with_its_template_padded_in_one_and_not_in_the_other()
    {
        using var folder = new ScratchFolder();
        var source = Qwen(folder);
        ToGguf(source, folder.File("a.gguf"));
        ToDirectory(folder.File("a.gguf"), folder.File("b"));
        ToGguf(folder.File("b"), folder.File("c.gguf"));

        using var a = GgufFile.Open(folder.File("a.gguf"));
        using var c = GgufFile.Open(folder.File("c.gguf"));
        foreach (var (key, value) in a.Metadata.Pairs.Where(pair => pair.Key.StartsWith("tokenizer.", StringComparison.Ordinal)))
            Assert.Equal(value.Value, c.Metadata[key].Value);
        var tokens = a.Metadata.GetStrings("tokenizer.ggml.tokens");
        Assert.Equal(["<tool_call>", "<|endoftext|>", "[PAD151665]", "[PAD151935]"], [tokens[151657], tokens[151643], tokens[151665], tokens[^1]]);
        Assert.Equal([4, 3, 5, 5], new[] { 151657, 151643, 151665, 151935 }.Select(id => a.Metadata.GetInts("tokenizer.ggml.token_type")[id]));
        Assert.Equal("qwen2", a.Metadata.GetString("tokenizer.ggml.pre"));
        Assert.False(a.Metadata.GetBool("tokenizer.ggml.add_bos_token"));
        Assert.Equal(151645, a.Metadata.GetInt("tokenizer.ggml.eos_token_id"));

        using var published = JsonDocument.Parse(File.ReadAllText(Path.Combine(source, "tokenizer_config.json")));
        using var written = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder.File("b"), "tokenizer_config.json")));
        foreach (var name in new[] { "chat_template", "eos_token", "pad_token", "added_tokens_decoder" })
            Assert.True(JsonElement.DeepEquals(published.RootElement.GetProperty(name), written.RootElement.GetProperty(name)), name);
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder.File("b"), "tokenizer.json")));
        Assert.Equal(151643, json.RootElement.GetProperty("model").GetProperty("vocab").EnumerateObject().Count());
        Assert.Equal("NFC", json.RootElement.GetProperty("normalizer").GetProperty("type").GetString());
    }

    [Theory]
    [InlineData("llama2")]
    [InlineData("phi-3-mini")]
    public void Scores_that_follow_from_merges_encode_as_the_scores_of_the_model_do(string name)
    {
        using var folder = new ScratchFolder();
        var vocabulary = HuggingFaceTokenizer.ReadJson(folder.Write("tokenizer.json", name == "llama2" ? Llama2Json() : TinyDirectory.Shared("", "tokenizers", name, "tokenizer.json").Text));
        var model = TokenizerData.Vocabulary("llama2");
        Assert.Equal(model.Pieces, vocabulary.Pieces[..32000]);
        // Phi-3 lets </s> be text; to the steps that this takes, <unk> is special like all others.
        Assert.Equal(name == "llama2" ? [] : [0, 2], Enumerable.Range(0, 32000).Where(id => model.Types[id] != vocabulary.Types[id]));
        Assert.Equal(name == "llama2", vocabulary.AddBos);
        Assert.True(vocabulary.AddSpacePrefix);

        var ours = new SentencePieceBpe(vocabulary with { BosId = 1, AddBos = true });
        var theirs = TokenizerData.Tokenizer("llama2");
        string[] texts = [.. TokenizerData.Texts, .. Enumerable.Range(0, 200).Select(n => new string(' ', n) + (n % 3 == 0 ? "a" : "")), File.ReadAllText(SharedData.Path("corpora", "tinyshakespeare.txt"))[..100_000]];
        foreach (var text in texts.Where(text => !text.Contains("</s>", StringComparison.Ordinal)))
            Assert.Equal(theirs.Encode(text), ours.Encode(text));
    }

    [Fact]
    public void Merges_of_a_pipeline_give_the_ids_of_the_model_on_whole_texts()
    {
        using var folder = new ScratchFolder();
        // As newer files of the same tokenizer say it: one piece of text, and nothing that cuts it into words.
        var root = JsonNode.Parse(TinyDirectory.Shared("", "tokenizers", "phi-3-mini", "tokenizer.json").Text)!;
        root["normalizer"] = null;
        root["pre_tokenizer"] = JsonNode.Parse("""{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":false}""");
        root["added_tokens"]!.AsArray().RemoveAll(token => (string)token!["content"]! == "</s>");
        var ours = Tokenizer.Create(HuggingFaceTokenizer.ReadJson(folder.Write("tokenizer.json", root.ToJsonString())));
        Assert.IsType<PipelineTokenizer>(ours);
        var theirs = TokenizerData.Tokenizer("llama2");
        var random = new Random(41);
        for (var i = 0; i < 3000; i++)
        {
            // Metaspace puts no space in front of one.
            var text = "x" + MixedText.Next(random, 24, surrogates: false);
            Assert.Equal((text, string.Join(' ', theirs.Encode(text, addBos: false))), (text, string.Join(' ', ours.Encode(text, addBos: false))));
        }
    }

    [Fact]
    public void A_tokenizer_json_of_SentencePiece_becomes_scores_in_GGUF_and_a_model_in_a_directory()
    {
        using var folder = new ScratchFolder();
        ToGguf(TinyDirectory.Create(folder, 32064,
            TinyDirectory.Shared("tokenizer.json", "tokenizers", "phi-3-mini", "tokenizer.json"),
            TinyDirectory.Shared("tokenizer_config.json", "tokenizers", "phi-3-mini", "tokenizer_config.json")), folder.File("a.gguf"));
        ToDirectory(folder.File("a.gguf"), folder.File("b"));
        using var a = Checkpoint.Open(folder.File("a.gguf"));
        using var b = Checkpoint.Open(folder.File("b"));
        Assert.Equal(32011, a.Vocabulary!.Count);
        Assert.Equal(32064, a.Metadata!.GetStrings("tokenizer.ggml.tokens").Length);
        Assert.Equal("<|endoftext|>", a.Vocabulary.Pieces[a.Vocabulary.EosIds[0]]);
        Assert.Equal(a.Vocabulary.Pieces, b.Vocabulary!.Pieces);
        Assert.Equal(a.Vocabulary.Scores, b.Vocabulary.Scores);
        Assert.Equal(a.Vocabulary.Types, b.Vocabulary.Types);
        Assert.Equal(a.Vocabulary.EosIds[0], b.Vocabulary.EosIds[0]);
        Assert.Equal(a.ChatTemplate, b.ChatTemplate);
        Assert.NotNull(a.ChatTemplate);
    }

    [Fact]
    public void Added_tokens_join_the_pieces_of_a_tokenizer_model()
    {
        using var folder = new ScratchFolder();
        var source = TinyDirectory.Create(folder, 32064, TinyDirectory.Shared("tokenizer_config.json", "tokenizers", "phi-3-mini", "tokenizer_config.json"));
        File.Copy(SharedData.Path("tokenizers", "llama2", "tokenizer.model"), Path.Combine(source, "tokenizer.model"));
        using var checkpoint = Checkpoint.Open(source);
        Assert.Equal(32011, checkpoint.Vocabulary!.Count);
        Assert.Equal(("<|assistant|>", TokenType.Control), (checkpoint.Vocabulary.Pieces[32001], checkpoint.Vocabulary.Types[32001]));
        Assert.Equal([32001, 72], checkpoint.CreateTokenizer().Encode("<|assistant|>E", addBos: false, parseSpecial: true)[..1].Concat([72]));
    }

    [Theory]
    [InlineData(TokenType.Normal, true, TokenType.Control)]
    [InlineData(TokenType.Normal, false, TokenType.UserDefined)]
    [InlineData(TokenType.Unused, false, TokenType.UserDefined)]
    [InlineData(TokenType.UserDefined, true, TokenType.Control)]
    [InlineData(TokenType.UserDefined, false, TokenType.UserDefined)]
    [InlineData(TokenType.Control, false, TokenType.Control)]
    [InlineData(TokenType.Unknown, true, TokenType.Unknown)]
    public void What_an_added_token_makes_of_a_piece_depends_on_what_it_was(TokenType before, bool special, TokenType after)
    {
        var vocabulary = TokenizerData.Small(("<x>", 0, before));
        Assert.Equal(after, AddedToken.AddTo(vocabulary, [new AddedToken(259, "<x>", special)], "a").Types[259]);
        var grown = AddedToken.AddTo(vocabulary, [new AddedToken(262, "<y>", special)], "a");
        Assert.Equal([before, TokenType.Unused, TokenType.Unused, special ? TokenType.Control : TokenType.UserDefined], grown.Types[259..]);
    }

    [Fact]
    public void A_tokenizer_that_is_given_takes_the_place_of_a_directory_s_own()
    {
        using var folder = new ScratchFolder();
        var source = TinyDirectory.Create(folder, 300,
            ("tokenizer.json", SmallJson.With("model.vocab", """{"x":0,"a":1,"b":2,"ab":3,"abb":5}""")),
            ("generation_config.json", """{"eos_token_id":4}"""),
            ("tokenizer_config.json", """{"eos_token":"a","add_eos_token":true,"chat_template":"T"}"""));
        using var given = Checkpoint.Open(source, folder.Write("tokenizer.json", SmallJson.Valid));
        Assert.Equal(["a", "b", "ab", "abb", "<|end|>"], given.Vocabulary!.Pieces);
        Assert.True(given.Vocabulary.AddEos);
        // The model's own end; the name in the settings is that of another tokenizer, and so is the configuration's 1.
        Assert.Equal([4], given.Vocabulary.EosIds);
        HuggingFaceExport.Write(folder.File("out"), given, DType.F32);
        using var written = Checkpoint.Open(folder.File("out"));
        Assert.Equal(given.Vocabulary.Pieces, written.Vocabulary!.Pieces);
        Assert.Equal("T", written.ChatTemplate);
    }

    [Fact]
    public void Old_files_with_spaces_as_added_tokens_read_back_the_same()
    {
        using var folder = new ScratchFolder();
        var read = HuggingFaceTokenizer.ReadJson(SharedData.Path("fixtures", "onnx", "tiny-random-gpt2-fp32", "tokenizer.json"));
        Assert.Equal((50295, "gpt-2", TokenType.UserDefined), (read.Count, read.PreTokenizer, read.Types[50257]));
        using (var stream = File.Create(folder.File("tokenizer.json"))) TokenizerJsonWriter.Write(stream, read);
        var again = HuggingFaceTokenizer.ReadJson(folder.File("tokenizer.json"));
        Assert.Equal(read.Pieces, again.Pieces);
        Assert.Equal(read.Types, again.Types);
        Assert.Equal(read.Merges, again.Merges);
    }

    [Theory]
    [InlineData("vocab.txt", "BertTokenizer")]
    [InlineData("spiece.model", "T5Tokenizer")]
    public void WordPiece_and_Unigram_go_to_GGUF_and_back(string file, string name)
    {
        using var folder = new ScratchFolder();
        var source = TinyDirectory.Create(folder, 300);
        if (file == "vocab.txt") File.WriteAllText(Path.Combine(source, file), "[PAD]\n[UNK]\n[CLS]\n[SEP]\nthe\ncat\n##s\n");
        else File.Copy(TokenizerData.GoldenPath("unigram-rules.model"), Path.Combine(source, file));
        ToGguf(source, folder.File("model.gguf"));
        ToDirectory(folder.File("model.gguf"), folder.File("out"));
        Assert.Contains($"\"{name}\"", File.ReadAllText(Path.Combine(folder.File("out"), "tokenizer_config.json")));
        using var before = Checkpoint.Open(source);
        using var after = Checkpoint.Open(folder.File("out"));
        Assert.Equal(before.Vocabulary!.Pieces, after.Vocabulary!.Pieces);
        Assert.Equal(before.Vocabulary.Types, after.Vocabulary.Types);
        Assert.Equal(before.CreateTokenizer().Encode("the cats  sat on the ﬁ mat"), after.CreateTokenizer().Encode("the cats  sat on the ﬁ mat"));
    }

    [Fact]
    public void From_directory_to_directory_the_files_stay_as_they_are()
    {
        using var folder = new ScratchFolder();
        var source = TinyDirectory.Create(folder, 30522,
            TinyDirectory.Shared("tokenizer.json", "tokenizers", "distilbert-base-uncased", "tokenizer.json"),
            TinyDirectory.Shared("vocab.txt", "tokenizers", "distilbert-base-uncased", "vocab.txt"),
            ("additional_chat_templates/rag.jinja", "{{ documents }}"));
        ToDirectory(source, folder.File("out"));
        foreach (var name in new[] { "tokenizer.json", "vocab.txt", "additional_chat_templates/rag.jinja" })
            Assert.Equal(File.ReadAllBytes(Path.Combine(source, name)), File.ReadAllBytes(Path.Combine(folder.File("out"), name)));
    }

    [Theory]
    [InlineData("none", null, "")]
    [InlineData("text", "A", "")]
    [InlineData("list", "A", "rag=C tool_use=B")]
    [InlineData("list without default", null, "tool_use=B")]
    [InlineData("jinja", "J", "")]
    [InlineData("json", "N", "")]
    [InlineData("folder", "J", "rag=R")]
    public void Chat_templates_are_found_wherever_they_are_and_go_to_GGUF_and_back(string where, string? standard, string others)
    {
        using var folder = new ScratchFolder();
        (string, string)[] files = where switch
        {
            "text" => [Config("\"A\"")],
            "list" => [Config("""[{"name":"tool_use","template":"B"},{"name":"default","template":"A"},{"name":"rag","template":"C"}]""")],
            "list without default" => [Config("""[{"name":"tool_use","template":"B"}]""")],
            "jinja" => [Config("\"A\""), ("chat_template.jinja", "J")],
            "json" => [("chat_template.json", """{"chat_template":"N"}""")],
            "folder" => [("chat_template.jinja", "J"), ("additional_chat_templates/rag.jinja", "R")],
            _ => [],
        };
        var source = TinyDirectory.Create(folder, 300, [.. files, ("tokenizer.json", SmallJson.Valid)]);
        ToGguf(source, folder.File("a.gguf"));
        ToDirectory(folder.File("a.gguf"), folder.File("b"));
        foreach (var path in new[] { source, folder.File("a.gguf"), folder.File("b") })
        {
            using var checkpoint = Checkpoint.Open(path);
            Assert.Equal((standard, others), (checkpoint.ChatTemplate, string.Join(' ', checkpoint.OtherChatTemplates.OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => $"{t.Key}={t.Value}"))));
        }
        static (string, string) Config(string template) => ("tokenizer_config.json", $$"""{"chat_template":{{template}}}""");
    }

    [Fact]
    public void The_ends_of_Llama_3_have_a_key_each_and_come_back()
    {
        using var folder = new ScratchFolder();
        var source = TinyDirectory.Create(folder, 300,
            ("tokenizer.json", SmallJson.With("added_tokens", """
                [{"id":4,"content":"<|end_of_text|>","special":true},{"id":5,"content":"<|eom_id|>","special":true},{"id":6,"content":"<|eot_id|>","special":true},{"id":7,"content":"<|x|>","special":true}]
                """)),
            ("tokenizer_config.json", """{"eos_token":{"content":"<|end_of_text|>"}}"""),
            ("generation_config.json", """{"eos_token_id":[4,5,6,7],"temperature":0.6}"""));
        ToGguf(source, folder.File("a.gguf"));
        using var a = Checkpoint.Open(folder.File("a.gguf"));
        Assert.Equal([4, 6, 5], new[] { "eos", "eot", "eom" }.Select(end => a.Metadata!.GetInt($"tokenizer.ggml.{end}_token_id")));
        using var opened = Checkpoint.Open(source);
        Assert.Equal([4, 5, 6, 7], opened.Vocabulary!.EosIds);
    }

    [Fact]
    public void An_embedding_with_fewer_rows_than_pieces_is_refused()
    {
        using var folder = new ScratchFolder();
        using var checkpoint = Checkpoint.Open(TinyDirectory.Create(folder, 3, ("tokenizer.json", SmallJson.Valid)));
        Assert.Equal("BT1040", Assert.Throws<ModelFileException>(() => GgufExport.PredictBytes(checkpoint, (_, t) => t.DType)).Code);
    }

    /// <summary>Qwen2.5 as published, but for the weights.</summary>
    internal static string Qwen(ScratchFolder folder) => TinyDirectory.Create(folder, 151936,
        TinyDirectory.Shared("vocab.json", "tokenizers", "qwen2.5", "vocab.json"),
        TinyDirectory.Shared("merges.txt", "tokenizers", "qwen2.5", "merges.txt"),
        TinyDirectory.Shared("tokenizer_config.json", "tokenizers", "qwen2.5", "tokenizer_config.json"));

    internal static void ToGguf(string path, string target)
    {
        using var checkpoint = Checkpoint.Open(path);
        GgufExport.Write(target, checkpoint, (_, t) => t.DType);
    }

    internal static void ToDirectory(string path, string target)
    {
        using var checkpoint = Checkpoint.Open(path);
        HuggingFaceExport.Write(target, checkpoint, DType.F32);
    }

    // The shared copy has lost its no-break spaces: four pieces and three merges have plain ones, with which no reader takes it.
    private static string Llama2Json()
    {
        const char NoBreak = '\u00a0';
        var text = TinyDirectory.Shared("", "tokenizers", "llama2", "tokenizer.json").Text;
        foreach (var piece in new[] { " ", "  ", "    ", "▁ " })
            text = text.Replace($"\"{piece}\":", $"\"{piece.Replace(' ', NoBreak)}\":", StringComparison.Ordinal);
        return text
            .Replace("\"     \"", $"\"{NoBreak}{NoBreak} {NoBreak}{NoBreak}\"", StringComparison.Ordinal)
            .Replace("\"   \"", $"\"{NoBreak} {NoBreak}\"", StringComparison.Ordinal)
            .Replace("\"▁  \"", $"\"▁ {NoBreak}\"", StringComparison.Ordinal);
    }

    private static Vocabulary Gguf(string name)
    {
        using var file = GgufFile.Open(SharedData.Path("gguf_vocab", $"ggml-vocab-{name}.gguf"));
        return GgufTokenizer.Read(file.Metadata, out _)!;
    }

    private static string WithTokenizer(ScratchFolder folder, GgufMetadata tokenizer)
    {
        ToGguf(TinyDirectory.Create(folder, tokenizer.GetStrings("tokenizer.ggml.tokens").Length), folder.File("plain.gguf"));
        return CliStories.With(folder, folder.File("plain.gguf"), m =>
        {
            foreach (var (key, value) in tokenizer.Pairs)
                if (key.StartsWith("tokenizer.", StringComparison.Ordinal)) m[key] = value;
        });
    }
}
