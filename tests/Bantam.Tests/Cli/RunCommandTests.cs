using System.Text.RegularExpressions;
using Bantam.Cli;
using Bantam.Tests.Formats;

namespace Bantam.Tests.Cli;

public sealed class RunCommandTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly string _gguf;

    public RunCommandTests() => _gguf = CliStories.Gguf(_folder);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Two_hundred_greedy_tokens_are_the_golden_ones()
    {
        var golden = CliStories.Golden.GetProperty("greedy_empty_prompt");
        int[] expected = [.. golden.GetProperty("greedy_ids").EnumerateArray().Select(e => e.GetInt32()).Skip(1).Take(200)];
        string[] args = ["run", _gguf, "-p", "", "-n", "200", "--temperature", "0"];
        var json = (await CliRun.Of([.. args, "--json"])).Json;

        Assert.Equal(expected, json.GetProperty("ids").EnumerateArray().Select(e => e.GetInt32()));
        Assert.Equal((1, 200, "length"), (json.GetProperty("prompt_tokens").GetInt32(), json.GetProperty("tokens").GetInt32(), json.GetProperty("finish_reason").GetString()));
        var text = json.GetProperty("text").GetString()!;
        Assert.StartsWith(text, golden.GetProperty("text").GetString()!.TrimStart());
        Assert.StartsWith("Once upon a time, there was a little girl named Lily.", text);

        var page = await CliRun.Of(args);
        Assert.Equal((0, text + "\n"), (page.ExitCode, page.Output));
        Assert.Matches(@"^\[1 prompt token, .* · 200 new tokens, .* tokens/s · reached -n · greedy · memory .*B.*\]\n$", page.Error);
        Assert.Equal(string.Join(' ', expected) + "\n", (await CliRun.Of([.. args, "--ids", "--quiet", "-t", "1"])).Output);
    }

    [Fact]
    public async Task The_fields_of_the_JSON_are_those_of_the_documentation()
    {
        var json = (await CliRun.Of("run", _gguf, "-n", "3", "--seed", "5", "-t", "1", "--kv", "F16", "--context", "32", "--json")).Json;
        Assert.Equal(
            ["model", "prompt_tokens", "reused_tokens", "tokens", "ids", "text", "finish_reason", "seed", "context", "threads", "timings", "resident_bytes", "managed_bytes"],
            json.EnumerateObject().Select(p => p.Name));
        Assert.Equal(["load_seconds", "prefill_seconds", "prefill_tokens_per_second", "decode_seconds", "decode_tokens_per_second"], json.GetProperty("timings").EnumerateObject().Select(p => p.Name));
        Assert.Equal((5, 32, 1), (json.GetProperty("seed").GetInt32(), json.GetProperty("context").GetInt32(), json.GetProperty("threads").GetInt32()));
        Assert.All(json.GetProperty("timings").EnumerateObject(), t => Assert.True(t.Value.GetDouble() > 0, t.Name));
    }

    [Theory]
    [InlineData("Once upon a time\n")]
    [InlineData("Once upon a time\r\n")]
    [InlineData("Once upon a time")]
    public async Task A_dash_reads_the_prompt_from_standard_input(string input)
    {
        string[] rest = ["-n", "10", "--temperature", "0", "-q"];
        var piped = await CliRun.WithInput(input, ["run", _gguf, "-p", "-", .. rest]);
        Assert.Equal((0, ", there was a little girl named Lily\n", ""), (piped.ExitCode, piped.Output, piped.Error));
        Assert.Equal(piped.Output, (await CliRun.Of(["run", _gguf, "-p", "Once upon a time", .. rest])).Output);
    }

    [Fact]
    public async Task A_stop_text_ends_the_text_and_is_not_shown()
    {
        string[] args = ["run", _gguf, "--temperature", "0", "--stop", "park", "--stop", "Lily. She"];
        var json = (await CliRun.Of([.. args, "--json"])).Json;
        Assert.Equal(("Once upon a time, there was a little girl named ", "stop"), (json.GetProperty("text").GetString(), json.GetProperty("finish_reason").GetString()));
        var page = await CliRun.Of(args);
        Assert.Equal("Once upon a time, there was a little girl named \n", page.Output);
        Assert.Contains("met a stop text", page.Error);
    }

    [Fact]
    public async Task The_model_s_own_end_is_an_end()
    {
        // 426 is the full stop.
        var path = CliStories.With(_folder, _gguf, m => m["tokenizer.ggml.eos_token_id"] = 426u);
        var json = (await CliRun.Of("run", path, "--temperature", "0", "--json")).Json;
        Assert.Equal(("Once upon a time, there was a little girl named Lily", "eos"), (json.GetProperty("text").GetString(), json.GetProperty("finish_reason").GetString()));
        Assert.DoesNotContain(426, json.GetProperty("ids").EnumerateArray().Select(e => e.GetInt32()));
    }

    [Fact]
    public async Task Without_a_prompt_a_model_begins_with_BOS_even_where_prompts_have_none()
    {
        string[] options = ["-n", "12", "--temperature", "0", "--json"];
        var without = CliStories.With(_folder, _gguf, m => m["tokenizer.ggml.add_bos_token"] = false);
        foreach (var (prompt, more) in new[] { ("", 0), ("Once", 1) })
        {
            var (one, two) = ((await CliRun.Of(["run", _gguf, "-p", prompt, .. options])).Json, (await CliRun.Of(["run", without, "-p", prompt, .. options])).Json);
            Assert.Equal(one.GetProperty("prompt_tokens").GetInt32(), two.GetProperty("prompt_tokens").GetInt32() + more);
            if (more == 0) Assert.Equal(one.GetProperty("text").GetString(), two.GetProperty("text").GetString());
        }
    }

    [Fact]
    public async Task A_full_context_is_an_end_too()
    {
        var run = await CliRun.Of("run", _gguf, "-p", "Once upon a time", "-n", "100", "--context", "20");
        Assert.Contains("the context is full", run.Error);
        var json = (await CliRun.Of("run", _gguf, "-p", "Once upon a time", "-n", "100", "--context", "20", "--json")).Json;
        Assert.Equal(("length", 5, 16), (json.GetProperty("finish_reason").GetString(), json.GetProperty("prompt_tokens").GetInt32(), json.GetProperty("tokens").GetInt32()));
    }

    [Fact]
    public async Task A_seed_gives_the_same_text_and_without_one_the_statistics_tell_it()
    {
        var first = await CliRun.Of("run", _gguf, "-n", "60", "--temperature", "2", "--top-k", "0", "--top-p", "1", "--min-p", "0", "--repetition-penalty", "1.1");
        var seed = Regex.Match(first.Error, @"seed (\d+)").Groups[1].Value;
        var again = await CliRun.Of("run", _gguf, "-n", "60", "--temperature", "2", "--top-k", "0", "--top-p", "1", "--min-p", "0", "--repetition-penalty", "1.1", "--seed", seed);
        Assert.Equal(first.Output, again.Output);
        Assert.NotEqual(first.Output, (await CliRun.Of("run", _gguf, "-n", "60", "--temperature", "2", "--top-k", "0", "--top-p", "1", "--min-p", "0")).Output);
    }

    [Fact]
    public async Task Ctrl_C_ends_the_text_with_a_newline_and_130()
    {
        using var interrupted = new CancellationTokenSource();
        using var error = new StringWriter();
        using var text = new Interrupting(interrupted, afterWrites: 6);
        var code = await CommandLine.RunAsync(["run", _gguf, "-n", "500", "--temperature", "0"], new CliOutput(text, error), interrupted.Token);

        Assert.Equal((130, "Once upon a time, there\n"), (code, text.ToString()));
        Assert.Contains("· stopped ·", error.ToString());

        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        (await CliRun.Of(["run", _gguf, "--json"], cancelled.Token)).OneErrorLine(130);
    }

    [Fact]
    public async Task A_prompt_cache_gives_the_same_text_and_is_replaced_by_no_other_model_s()
    {
        var file = _folder.File("kept");
        const string Story = "Once upon a time, there was a little girl named Lily. She loved to play";
        foreach (var (prompt, reused) in new[] { (Story, false), (Story, true), (Story[..30], true), (Story + " outside", true) })
        {
            string[] args = ["run", _gguf, "-p", prompt, "-n", "12", "--temperature", "0", "--json"];
            var (plain, kept) = ((await CliRun.Of(args)).Json, (await CliRun.Of([.. args, "--prompt-cache", file])).Json);
            Assert.Equal(plain.GetProperty("text").GetString(), kept.GetProperty("text").GetString());
            Assert.Equal(0, plain.GetProperty("reused_tokens").GetInt32());
            Assert.Equal(reused, kept.GetProperty("reused_tokens").GetInt32() > 0);
        }
        Assert.Contains("of them kept", (await CliRun.Of("run", _gguf, "-p", Story, "-n", "1", "--prompt-cache", file)).Error);

        var written = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        var other = CliStories.Gguf(_folder, Bantam.Tensors.DType.Q8_0);
        Assert.Contains("BT3015", (await CliRun.Of("run", other, "-p", Story, "-n", "1", "--prompt-cache", file)).OneErrorLine(1));
        Assert.Contains("BT3015", (await CliRun.Of("run", _gguf, "-p", Story, "-n", "1", "--prompt-cache", file, "--kv", "f32")).OneErrorLine(1));
        Assert.Equal(written, await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken));

        var notes = _folder.Write("notes", "not to be lost, and more than a hundred bytes of it: " + new string('x', 100));
        Assert.Contains("BT3013", (await CliRun.Of("run", _gguf, "-p", Story, "-n", "1", "--prompt-cache", notes)).OneErrorLine(1));
        Assert.StartsWith("not to be lost", await File.ReadAllTextAsync(notes, TestContext.Current.CancellationToken));
        foreach (var nowhere in new[] { _folder.Path, _folder.File("no/such"), "/dev/null" })
            Assert.Contains("BT3016", (await CliRun.Of("run", _gguf, "-n", "1", "--prompt-cache", nowhere)).OneErrorLine(1));
    }

    [Theory]
    [InlineData(2, "run", "MODEL", "-n", "0")]
    [InlineData(2, "run", "MODEL", "--temperature", "warm")]
    [InlineData(2, "run", "MODEL", "-t", "100000")]
    [InlineData(1, "run", "MODEL", "--temperature", "-1")]
    [InlineData(1, "run", "MODEL", "--top-p", "0")]
    [InlineData(1, "run", "MODEL", "--context", "513")]
    [InlineData(1, "run", "MODEL", "--context", "2", "-p", "Once upon a time")]
    [InlineData(1, "run", "gemma-2b")]
    [InlineData(1, "run", "nobody/has-this")]
    [InlineData(1, "run", "nothing.gguf")]
    public async Task What_makes_no_sense_is_refused_in_one_line(int code, params string[] args) =>
        (await CliRun.Of([.. args.Select(a => a == "MODEL" ? _gguf : a)])).OneErrorLine(code);

    [Fact]
    public async Task A_checkpoint_without_a_tokenizer_asks_for_one()
    {
        Assert.Contains("--tokenizer", (await CliRun.Of("run", CliStories.Bin)).OneErrorLine(1));
        Assert.Equal("Once upon a time\n", (await CliRun.Of("run", CliStories.Bin, "--tokenizer", CliStories.Tokenizer, "-n", "4", "--temperature", "0")).Output);
    }

    [Theory]
    [InlineData("plain, ünï and 👩‍👩‍👧\n\tnext", "plain, ünï and 👩‍👩‍👧\n\tnext")]
    [InlineData("\u001b[2Jgone", "\\u001b[2Jgone")]
    [InlineData("a\u202eb\rc\u009bd", "a\\u202eb\\u000dc\\u009bd")]
    public void What_a_model_writes_cannot_drive_the_terminal(string text, string shown) => Assert.Equal(shown, SafeText.Lines(text));

    private sealed class Interrupting(CancellationTokenSource source, int afterWrites) : StringWriter
    {
        private int _left = afterWrites;

        public override void Write(string? value)
        {
            base.Write(value);
            if (--_left == 0) source.Cancel();
        }
    }
}
