using System.Text.Json;
using Bantam.Checkpoints;
using Bantam.Cli;
using Bantam.Evaluation;
using Bantam.Kernels;
using Bantam.Tensors;
using Bantam.Tests.Formats;

namespace Bantam.Tests.Cli;

public sealed class CompareCommandTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly string _gguf;
    private readonly string _text;

    public CompareCommandTests()
    {
        _gguf = CliStories.Gguf(_folder);
        _text = _folder.Write("story.txt", CliStories.Golden.GetProperty("greedy_empty_prompt").GetProperty("text").GetString()!);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_model_does_not_differ_from_itself_and_its_perplexity_is_the_library_s()
    {
        var json = (await CliRun.Of("compare", _gguf, CliStories.Bin, "--tokenizer", CliStories.Tokenizer, "--text", _text, "--window", "100", "--json")).Json;
        Assert.Equal(
            ["reference", "candidate", "text", "tokens", "text_is_cut", "scored_tokens", "scored_bytes", "windows", "window", "kl", "kl_median", "kl_99", "kl_max", "same_top", "log_perplexity_ratio", "protocol"],
            json.EnumerateObject().Select(p => p.Name));
        Assert.Equal((0, 1, 0), (Value(json, "kl"), Value(json, "same_top"), Value(json, "log_perplexity_ratio")));

        using var checkpoint = Checkpoint.Open(_gguf);
        using var workers = new Workers(1);
        var windows = TextWindows.FromText(checkpoint.CreateTokenizer(), File.ReadAllText(_text), 100);
        var expected = Perplexity.Measure(checkpoint.CreateModel(), workers, windows);
        var reference = json.GetProperty("reference");
        Assert.Equal(expected.Perplexity.Value, Value(reference, "perplexity"), 1e-9);
        Assert.Equal(expected.BitsPerByte!.Value.Value, Value(reference, "bits_per_byte"), 1e-9);
        Assert.Equal((windows.ScoredTokens, windows.ScoredBytes, 3, 100), (json.GetProperty("scored_tokens").GetInt64(), json.GetProperty("scored_bytes").GetInt64(), json.GetProperty("windows").GetInt32(), json.GetProperty("window").GetInt32()));
    }

    [Fact]
    public async Task Coarser_formats_are_further_away()
    {
        var distances = new List<double>();
        foreach (var type in (DType[])[DType.F16, DType.Q8_0, DType.Q4_0])
            distances.Add(Value((await CliRun.Of("compare", _gguf, CliStories.Gguf(_folder, type), "--text", _text, "--json")).Json, "kl"));
        Assert.True(distances[0] > 0 && distances[1] > 2 * distances[0] && distances[2] > 2 * distances[1], string.Join(", ", distances));
    }

    [Fact]
    public async Task The_page_tells_both_models_and_the_protocol()
    {
        var run = await CliRun.Of("compare", _gguf, CliStories.Gguf(_folder, DType.Q8_0), "--text", _text, "--tokens", "100");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        foreach (var text in (string[])["stories-Q8_0.gguf against stories-F32.gguf", "the first 100 tokens in 1 window", "mean KL", "same top token", "perplexity", "bits per byte", "ln ratio", "non-overlapping windows of 512 tokens, BOS in each"])
            Assert.Contains(text, run.Output);
    }

    [Fact]
    public async Task Of_a_long_text_only_the_beginning_is_read()
    {
        var once = File.ReadAllText(_text);
        var longer = _folder.Write("long.txt", string.Concat(Enumerable.Repeat(once, 200)));
        var json = (await CliRun.Of("compare", _gguf, _gguf, "--text", longer, "--tokens", "50", "--json")).Json;
        Assert.Equal((50, true), (json.GetProperty("tokens").GetInt32(), json.GetProperty("text_is_cut").GetBoolean()));
        var first = (await CliRun.Of("compare", _gguf, _gguf, "--text", _text, "--tokens", "50", "--json")).Json;
        Assert.Equal(Value(first.GetProperty("reference"), "perplexity"), Value(json.GetProperty("reference"), "perplexity"));
        Assert.Equal(16_384, (await CliRun.Of("compare", _gguf, _gguf, "--text", longer, "--json")).Json.GetProperty("tokens").GetInt32());
    }

    [Fact]
    public async Task Another_tokenizer_is_refused_by_the_first_token_that_differs()
    {
        var other = CliStories.With(_folder, _gguf, m =>
        {
            var pieces = m.GetStrings("tokenizer.ggml.tokens").ToArray();
            pieces[300] = "zzz";
            m["tokenizer.ggml.tokens"] = pieces;
        });
        var line = (await CliRun.Of("compare", _gguf, other, "--text", _text)).OneErrorLine(1);
        Assert.Contains("token 300 is '", line);
        Assert.Contains("'zzz'", line);
    }

    [Fact]
    public async Task A_text_that_is_none_is_refused()
    {
        Assert.Contains("at least two", (await CliRun.Of("compare", _gguf, _gguf, "--text", _folder.Write("empty.txt", ""))).OneErrorLine(1));
        Assert.Contains("UTF-8", (await CliRun.Of("compare", _gguf, _gguf, "--text", _folder.Write("bytes.txt", [0x61, 0xFF, 0xFE, 0x62]))).OneErrorLine(1));
        Assert.Contains("none.txt", (await CliRun.Of("compare", _gguf, _gguf, "--text", _folder.File("none.txt"))).OneErrorLine(1));
        Assert.Contains("context of 512", (await CliRun.Of("compare", _gguf, _gguf, "--text", _text, "--window", "513")).OneErrorLine(1));
        (await CliRun.Of("compare", _gguf, _gguf)).OneErrorLine(2);
    }

    [Theory]
    [InlineData(2.55432, 0.0781, "2.554 ± 0.078")]
    [InlineData(0.000613, 0.0000181, "0.000613 ± 0.000018")]
    [InlineData(2417.3, 8779.4, "2417 ± 8779")]
    [InlineData(0, 0, "0 ± 0")]
    [InlineData(1.5, double.NaN, "1.5 ± unknown")]
    [InlineData(1e-12, 3e-13, "1.00E-12 ± 3.0E-13")]
    public void Errors_are_written_with_two_digits(double value, double error, string text) => Assert.Equal(text, Tables.PlusMinus(new Estimate(value, error)));

    private static double Value(JsonElement json, string name) => json.GetProperty(name).GetProperty("value").GetDouble();
}
