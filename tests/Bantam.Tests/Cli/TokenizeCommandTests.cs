using System.Text;
using System.Text.Json;
using Bantam.Checkpoints;
using Bantam.Cli;
using Bantam.Formats.Gguf;
using Bantam.Tests.Formats;
using Bantam.Tests.Tokenizers;
using Bantam.Tokenizers;
using Spectre.Console;

namespace Bantam.Tests.Cli;

public sealed class TokenizeCommandTests : IDisposable
{
    private static readonly string Plain = TokenizerData.GoldenPath("plain.model");

    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_table_tells_index_id_place_type_and_piece()
    {
        var run = await CliRun.Of("tokenize", ByteLevel(), "a\n日<e>b");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(
            """
              Token   Id  Start  Length  Type    Piece
                  0   97      0       1  normal  "a"
                  1   10      1       1  normal  "\n"
                  2  256      2       1  normal  <0xE6><0x97>
                  3  165      2       1  normal  <0xA5>
                  4   60      3       1  normal  "<"
                  5  101      4       1  normal  "e"
                  6   62      5       1  normal  ">"
                  7   98      6       1  normal  "b"

            8 tokens for 7 characters (9 bytes in UTF-8); 0.88 characters per token

            """,
            run.Output);
    }

    [Theory]
    [InlineData("97", "a")]
    [InlineData("97 257 98", "a<e>b", "--special")]
    [InlineData("97 60 101 62 98", "a<e>b")]
    [InlineData("97 60 101 62 98", "a<e>b", "--no-special")]
    [InlineData("257 97", "a", "--add-bos")]
    [InlineData("97", "a", "--no-bos")]
    [InlineData("97 257", "a", "--add-eos", "--no-bos")]
    [InlineData("45 120", "--", "-x")]
    [InlineData("", "")]
    public async Task Ids_alone_are_one_line(string ids, params string[] args)
    {
        var separated = args is ["--", var dashed] ? ["--ids-only", "--", dashed] : args.Append("--ids-only").ToArray();
        var run = await CliRun.Of(["tokenize", ByteLevel(), .. separated]);
        Assert.Equal((0, $"{ids}\n", ""), (run.ExitCode, run.Output, run.Error));
    }

    [Fact]
    public async Task A_token_that_is_asked_for_and_not_there_is_told()
    {
        // A tokenizer.json alone does not say which of its tokens begins a text.
        var run = await CliRun.Of("tokenize", Path.Combine(ByteLevel(), "tokenizer.json"), "a", "--add-bos", "--add-eos", "--ids-only");
        Assert.Equal((0, "97\n"), (run.ExitCode, run.Output));
        Assert.Equal(["BOS", "EOS"], run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split("names no ")[1][..3]));
    }

    [Fact]
    public async Task Tokens_are_counted_in_text_arguments_files_and_pipes()
    {
        var model = ByteLevel();
        Assert.Equal("3\n", (await CliRun.Of("tokenize", model, "abc", "--count")).Output);
        // A newline at the end is the pipe's, and in a file the file's.
        Assert.Equal("3\n", (await CliRun.WithInput("abc\n", "tokenize", model, "--count")).Output);
        Assert.Equal("3\n", (await CliRun.WithInput("abc\r\n", "tokenize", model, "-", "--count")).Output);
        Assert.Equal("4\n", (await CliRun.Of("tokenize", model, "-f", _folder.Write("a.txt", "abc\n"), "--count")).Output);
        Assert.Equal("0\n", (await CliRun.Of("tokenize", model, "", "--count")).Output);
        Assert.Equal("0\n", (await CliRun.WithInput("", "tokenize", model, "--count")).Output);
    }

    [Fact]
    public async Task Json_is_one_object_whose_spans_cover_the_text()
    {
        const string Text = "a 日🦙\u001b[2J";
        var json = (await CliRun.Of("tokenize", ByteLevel(), Text, "--json")).Json;
        Assert.Equal(["model", "container", "kind", "vocabulary_size", "characters", "utf16_units", "bytes", "count", "tokens"], json.EnumerateObject().Select(p => p.Name));
        Assert.Equal(
            ("byte-level BPE", "directory", 258, 8, 9, 13),
            (json.GetProperty("kind").GetString(), json.GetProperty("container").GetString(), Int(json, "vocabulary_size"), Int(json, "characters"), Int(json, "utf16_units"), Int(json, "bytes")));
        var tokens = json.GetProperty("tokens").EnumerateArray().ToList();
        Assert.Equal(Int(json, "count"), tokens.Count);
        Assert.All(tokens, token => Assert.Equal(["id", "piece", "text", "bytes", "type", "start", "length"], token.EnumerateObject().Select(p => p.Name)));
        Assert.Equal(Text, string.Concat(tokens.DistinctBy(token => Int(token, "start")).Select(token => Text.Substring(Int(token, "start"), Int(token, "length")))));
        Assert.Equal(Convert.ToHexStringLower(Encoding.UTF8.GetBytes(Text)), string.Concat(tokens.Select(token => token.GetProperty("bytes").GetString())));
        // A piece that is half a character has no text.
        Assert.Equal([null, null], tokens.Where(token => Int(token, "start") == 2).Select(token => token.GetProperty("text").GetString()));
    }

    [Fact]
    public async Task A_text_of_many_tokens_is_printed_whole()
    {
        var text = string.Concat(Enumerable.Repeat("ab 日", 4000));
        var file = _folder.Write("long.txt", text);
        var json = (await CliRun.Of("tokenize", ByteLevel(), "-f", file, "--json")).Json;
        Assert.Equal(20_000, json.GetProperty("tokens").GetArrayLength());
        var table = (await CliRun.Of("tokenize", ByteLevel(), "-f", file)).Output;
        Assert.Equal(20_000 + 3, table.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length + 1);
        Assert.Contains("20,000 tokens for 16,000 characters", table);
    }

    [Theory]
    [InlineData("97 230 151 165", "a日")]
    [InlineData("[97,\n257, 98]", "ab")]
    [InlineData("97 257", "a<e>", "--special")]
    [InlineData("230", "\uFFFD")]
    [InlineData("", "")]
    public async Task Ids_become_text_again(string ids, string text, params string[] args)
    {
        string[] line = ["tokenize", ByteLevel(), .. args];
        Assert.Equal($"{text}\n", (await CliRun.Of([.. line, "--decode", ids])).Output);
        Assert.Equal($"{text}\n", (await CliRun.WithInput($"{ids}\n", [.. line, "--decode", "-"])).Output);
        var json = (await CliRun.Of([.. line, "--decode", ids, "--json"])).Json;
        Assert.Equal(text, json.GetProperty("text").GetString());
        Assert.Equal(Int(json, "count"), json.GetProperty("tokens").GetArrayLength());
    }

    [Theory]
    [InlineData("97 x", "'x', token 1")]
    [InlineData("258", "'258', token 0")]
    [InlineData("-1", "'-1', token 0")]
    [InlineData("99999999999", "'99999999999', token 0")]
    [InlineData("9\u001b[2J", "'9\\u001b'")]
    public async Task What_is_no_id_is_refused(string ids, string named)
    {
        var line = (await CliRun.Of("tokenize", ByteLevel(), $"--decode={ids}")).OneErrorLine(1);
        Assert.Contains(named, line);
        Assert.Contains("0 to 257", line);
        Assert.EndsWith("(BT9013)", line);
    }

    [Fact]
    public async Task Nothing_of_text_or_vocabulary_reaches_the_terminal_unescaped()
    {
        const string Evil = "a\u001b[2J\u0007\u202eb\u2028\u009b";
        var model = ByteLevel(Evil);
        foreach (var args in (string[][])[[Evil], [Evil, "--special"]])
        {
            var run = await CliRun.Of(["tokenize", model, .. args]);
            Assert.Equal((0, ""), (run.ExitCode, run.Error));
            Assert.DoesNotContain(run.Output, c => (char.IsControl(c) && c != '\n') || c is '\u202e' or '\u2028');
            Assert.Contains("\\u001b", run.Output);
        }
        var terminal = new StringWriter { NewLine = "\n" };
        var output = new CliOutput(terminal, TextWriter.Null) { IsTerminal = true, Colours = ColorSystemSupport.NoColors };
        Assert.Equal(0, await CommandLine.RunAsync(["tokenize", model, "--special", "--decode", "258"], output, TestContext.Current.CancellationToken));
        Assert.Equal("a\\u001b[2J\\u0007\\u202eb\u2028\\u009b\n", terminal.ToString());
    }

    [Fact]
    public async Task A_terminal_shows_the_text_in_the_colours_of_its_tokens()
    {
        var plain = await Terminal(ColorSystemSupport.NoColors);
        Assert.DoesNotContain('\u001b', plain);
        Assert.StartsWith("  Token", plain);

        var coloured = await Terminal(ColorSystemSupport.Standard);
        var text = coloured.Split('\n')[0];
        Assert.Equal(3, text.Split("\u001b[").Count(part => part.Contains('m') && part.Split('m', 2)[1].Length > 0));
        Assert.Equal("ab日", System.Text.RegularExpressions.Regex.Replace(text, "\u001b\\[[0-9;]*m", ""));
        Assert.EndsWith(plain, coloured);

        async Task<string> Terminal(ColorSystemSupport colours)
        {
            var text = new StringWriter { NewLine = "\n" };
            var output = new CliOutput(text, TextWriter.Null) { IsTerminal = true, Colours = colours };
            Assert.Equal(0, await CommandLine.RunAsync(["tokenize", ByteLevel(), "ab日"], output, TestContext.Current.CancellationToken));
            return text.ToString();
        }
    }

    [Fact]
    public async Task Bytes_that_are_no_text_are_refused_by_their_place()
    {
        byte[] bytes = [.. "日本"u8, 0xE2, 0x80, 0x41];
        foreach (var run in new[] { await CliRun.Of("tokenize", Plain, "-f", _folder.Write("a.txt", bytes)), await CliRun.WithInput(bytes, "tokenize", Plain) })
        {
            var line = run.OneErrorLine(1);
            Assert.Contains("0xE2 at byte 6", line);
            Assert.EndsWith("(BT9010)", line);
        }
        Assert.Contains("a directory is no text", (await CliRun.Of("tokenize", Plain, "-f", _folder.Path)).OneErrorLine(1));
        Assert.EndsWith("(BT1000)", (await CliRun.Of("tokenize", Plain, "-f", _folder.File("none.txt"))).OneErrorLine(1));
    }

    [Fact]
    public async Task A_text_without_an_end_is_not_read_to_its_end()
    {
        using var endless = new Endless();
        var run = await CliRun.WithInput(() => endless, "tokenize", Plain, "--count");
        Assert.EndsWith("(BT9014)", run.OneErrorLine(1));
        Assert.InRange(endless.Given, TextInput.MaxBytes, TextInput.MaxBytes + (1L << 20));
    }

    [Theory]
    [InlineData("TEXT and --file", "x", "--file", "y")]
    [InlineData("TEXT and --decode", "x", "--decode", "1")]
    [InlineData("--file and --fertility", "--file", "y", "--fertility")]
    [InlineData("--ids-only and --count", "x", "--ids-only", "--count")]
    [InlineData("--ids-only and --json", "x", "--ids-only", "--json")]
    [InlineData("--special and --no-special", "x", "--special", "--no-special")]
    [InlineData("--add-bos and --no-bos", "x", "--add-bos", "--no-bos")]
    [InlineData("belong to --fertility", "x", "--compare", "b")]
    [InlineData("belong to --fertility", "x", "--by-line")]
    [InlineData("--by-line takes files", "--by-line", "--fertility")]
    [InlineData("--file is empty", "--file", "")]
    public async Task What_does_not_go_together_is_wrong_usage(string named, params string[] args) =>
        Assert.Contains(named, (await CliRun.Of(["tokenize", Plain, .. args])).OneErrorLine(2));

    [Fact]
    public async Task Nobody_is_made_to_wait_for_a_text_that_nobody_types()
    {
        var (text, error) = (new StringWriter(), new StringWriter { NewLine = "\n" });
        var code = await CommandLine.RunAsync(["tokenize", Plain], new CliOutput(text, error) { InputIsTerminal = true }, TestContext.Current.CancellationToken);
        Assert.Equal((2, ""), (code, text.ToString()));
        Assert.Contains("there is no text", error.ToString());
    }

    [Theory]
    [InlineData("gemma-2b", "BT9005")]
    [InlineData("nobody/has-this", "BT9003")]
    [InlineData("none.gguf", "BT9001")]
    public async Task A_model_that_is_not_here_is_named(string model, string code) => Assert.EndsWith($"({code})", (await CliRun.Of("tokenize", model, "x")).OneErrorLine(1));

    [Fact]
    public async Task Every_file_that_holds_a_tokenizer_is_one()
    {
        var vocabulary = TokenizerData.Vocabulary("plain");
        var gguf = _folder.File("vocabulary.gguf");
        var metadata = new GgufMetadata { ["general.architecture"] = "nobody-knows-it" };
        GgufTokenizer.Write(metadata, vocabulary, vocabulary.Count);
        GgufWriter.Write(gguf, metadata, []);
        var directory = Directory.CreateDirectory(_folder.File("directory")).FullName;
        File.Copy(Plain, Path.Combine(directory, "tokenizer.model"));
        var expected = (await CliRun.Of("tokenize", Plain, "hello well", "--ids-only")).Output;
        Assert.Equal($"{string.Join(' ', new SentencePieceBpe(vocabulary).Encode("hello well"))}\n", expected);

        Assert.Equal(expected, (await CliRun.Of("tokenize", gguf, "hello well", "--ids-only")).Output);
        Assert.Equal(expected, (await CliRun.Of("tokenize", directory, "hello well", "--ids-only")).Output);
        // A family that no one knows is no hindrance, and its ids are read.
        var config = Path.Combine(directory, "config.json");
        File.WriteAllText(config, """{"model_type":"nobody-knows-it","eos_token_id":[2,5]}""");
        Assert.Equal(expected, (await CliRun.Of("tokenize", config, "hello well", "--ids-only")).Output);
        Assert.Equal([2, 5], TokenizerSource.Open(directory).Tokenizer.EosIds.ToArray());
    }

    [Theory]
    [InlineData("WordPiece", "tokenizers", "distilbert-base-uncased")]
    [InlineData("WordPiece", "tokenizers", "distilbert-base-uncased", "tokenizer.json")]
    [InlineData("WordPiece", "tokenizers", "distilbert-base-uncased", "vocab.txt")]
    [InlineData("WordPiece", "gguf_vocab", "ggml-vocab-bert-bge.gguf")]
    [InlineData("byte-level BPE", "tokenizers", "llama3", "tokenizer.model")]
    [InlineData("byte-level BPE", "tokenizers", "qwen2.5")]
    [InlineData("byte-level BPE", "tokenizers", "qwen2.5", "merges.txt")]
    [InlineData("SentencePiece BPE", "tokenizers", "llama2", "tokenizer.bin")]
    [InlineData("SentencePiece BPE", "tokenizers", "mistral", "tokenizer.model.v3")]
    public async Task Published_tokenizers_are_read_from_every_file_that_holds_them(string kind, params string[] path)
    {
        var json = (await CliRun.Of("tokenize", SharedData.Path(path), "Hello, World!", "--no-bos", "--no-eos", "--json")).Json;
        Assert.Equal(kind, json.GetProperty("kind").GetString());
        var words = json.GetProperty("tokens").EnumerateArray().Where(token => Int(token, "length") > 0).Select(token => "Hello, World!".Substring(Int(token, "start"), Int(token, "length")).Trim());
        Assert.Equal(["Hello", ",", "World", "!"], words);
    }

    [Fact]
    public async Task What_holds_no_tokenizer_is_refused_once()
    {
        var empty = Directory.CreateDirectory(_folder.File("empty")).FullName;
        var gguf = _folder.File("none.gguf");
        GgufWriter.Write(gguf, new GgufMetadata { ["general.architecture"] = "llama" }, []);
        var other = _folder.File("other.gguf");
        GgufWriter.Write(other, new GgufMetadata { ["general.architecture"] = "llama", ["tokenizer.ggml.model"] = "no-such\u001bkind", ["tokenizer.ggml.tokens"] = new[] { "a" } }, []);
        foreach (var path in (string[])[empty, gguf, other])
        {
            var line = (await CliRun.Of("tokenize", path, "x")).OneErrorLine(1);
            Assert.Equal(2, line.Split("(BT1045)").Length);
        }
        Assert.EndsWith("(BT1002)", (await CliRun.Of("tokenize", _folder.Write("notes.md", "# Notes"), "x")).OneErrorLine(1));
        Assert.EndsWith("(BT1047)", (await CliRun.Of("tokenize", _folder.Write("damaged.model", "# Notes"), "x")).OneErrorLine(1));
        Assert.Contains("give its tokenizer.bin", (await CliRun.Of("tokenize", _folder.Write("stories.bin", [64, 0, 0, 0, 172, 0, 0, 0]), "x")).OneErrorLine(1));
        (await CliRun.Of("tokenize", _folder.Write("empty.model", ""), "x")).OneErrorLine(1);
        Assert.Contains("pickle", (await CliRun.Of("tokenize", _folder.Write("weights.pth", "x"), "x")).OneErrorLine(1));
    }

    [Fact]
    public void Long_work_shows_that_it_goes_on_and_leaves_nothing()
    {
        var (text, clock) = (new StringWriter(), new HandTimer());
        using (new Waiting(new CliOutput(TextWriter.Null, text) { ErrorIsTerminal = true, Clock = clock }, "tokenizing"))
        {
            Assert.Equal((TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1)), (clock.Due, clock.Period));
            clock.Fire(2.2);
            clock.Fire(10);
        }
        clock.Fire(11);
        Assert.Equal("\rtokenizing … 2 s\rtokenizing … 10 s\r                 \r", text.ToString());

        var silent = new HandTimer();
        using (new Waiting(new CliOutput(TextWriter.Null, text) { Clock = silent }, "tokenizing")) Assert.Null(silent.Due);
    }

    private static int Int(JsonElement json, string name) => json.GetProperty(name).GetInt32();

    /// <summary>The 256 bytes, one merge that cuts a character, and the special token <c>&lt;e&gt;</c>, which is BOS and EOS.</summary>
    private string ByteLevel(params ReadOnlySpan<string> controls)
    {
        // The first two bytes of 日 are E6 97.
        var halves = $"{ByteCharacters.Of(0xE6)} {ByteCharacters.Of(0x97)}";
        var vocabulary = ByteLevelData.Small([halves], [("<e>", TokenType.Control), .. controls.ToArray().Select(name => (name, TokenType.Control))]);
        var path = Directory.CreateDirectory(_folder.File("byte-level")).FullName;
        using var stream = File.Create(Path.Combine(path, "tokenizer.json"));
        TokenizerJsonWriter.Write(stream, vocabulary);
        File.WriteAllText(Path.Combine(path, "tokenizer_config.json"), """{"bos_token":"<e>","eos_token":"<e>","add_bos_token":false}""");
        return path;
    }

    /// <summary>A text of letters without an end.</summary>
    private sealed class Endless : MemoryStream
    {
        public long Given { get; private set; }

        public override bool CanSeek => false;

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            buffer.Fill((byte)'a');
            Given += buffer.Length;
            return buffer.Length;
        }
    }

    private sealed class HandTimer : TimeProvider
    {
        private TimerCallback? _callback;
        private double _seconds;

        public TimeSpan? Due { get; private set; }

        public TimeSpan Period { get; private set; }

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => (long)(_seconds * 1000);

        public void Fire(double seconds)
        {
            _seconds = seconds;
            _callback!(null);
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            (_callback, Due, Period) = (callback, dueTime, period);
            return new Nothing();
        }

        private sealed class Nothing : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => default;
        }
    }
}
