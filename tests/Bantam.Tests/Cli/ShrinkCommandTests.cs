using System.Text.Json;
using Bantam.Checkpoints;
using Bantam.Tensors;
using Bantam.Tests.Formats;
using Bantam.Tests.Models;

namespace Bantam.Tests.Cli;

public sealed class ShrinkCommandTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly string _gguf;
    private readonly string _small;

    public ShrinkCommandTests()
    {
        _gguf = CliStories.Gguf(_folder);
        _small = _folder.File("small.gguf");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_file_keeps_the_budget_the_prediction_is_exact_and_every_field_is_told()
    {
        var json = (await CliRun.Of("shrink", _gguf, "--budget", "300KB", "-o", _small, "--tokens", "300", "--judge", "weights", "--json")).Json;
        Assert.Equal(
            ["model", "output", "budget_bytes", "predicted_bytes", "judged_by", "is_optimal", "predicted_distortion", "is_smaller", "ranks_speed", "before", "after",
             "kl", "kl_median", "kl_99", "kl_max", "same_top", "log_perplexity_ratio", "greedy", "text", "scored_tokens", "protocol", "tensors", "notices"],
            json.EnumerateObject().Select(p => p.Name));
        var length = new FileInfo(_small).Length;
        Assert.InRange(length, 250_000, 300_000);
        Assert.Equal((300_000, length, length), (Number(json, "budget_bytes"), Number(json, "predicted_bytes"), Number(json.GetProperty("after"), "file_bytes")));
        Assert.Equal(new FileInfo(_gguf).Length, Number(json.GetProperty("before"), "file_bytes"));
        Assert.Equal((true, false), (json.GetProperty("is_smaller").GetBoolean(), json.GetProperty("ranks_speed").GetBoolean()));
        Assert.Equal(300, Number(json, "scored_tokens"));
        Assert.InRange(json.GetProperty("kl").GetProperty("value").GetDouble(), 1e-3, 0.5);
        Assert.InRange(json.GetProperty("kl").GetProperty("standard_error").GetDouble(), 1e-5, 0.1);
        // Speeds and memory come from processes of their own.
        foreach (var side in new[] { "before", "after" })
        {
            var speed = json.GetProperty(side).GetProperty("decode_tokens_per_second");
            Assert.InRange(speed.GetProperty("median").GetDouble(), speed.GetProperty("least").GetDouble(), speed.GetProperty("most").GetDouble());
            Assert.InRange(Number(json.GetProperty(side), "resident_bytes"), 10_000_000, 1_000_000_000);
        }

        using var small = Checkpoint.Open(_small);
        var tensors = json.GetProperty("tensors").EnumerateArray().ToDictionary(t => t.GetProperty("name").GetString()!, t => t.GetProperty("type").GetString()!);
        Assert.Equal(small.Weights.All.ToDictionary(t => t.Key, t => t.Value.DType.Name), tensors);
    }

    [Fact]
    public async Task The_card_for_people_has_every_line_and_the_result_runs()
    {
        var small = _folder.File("my small.gguf");
        var text = _folder.Write("story.txt", CliStories.Golden.GetProperty("greedy_empty_prompt").GetProperty("text").GetString()!);
        var card = await CliRun.Of("shrink", _gguf, "--budget", "400KB", "-o", small, "--text", text, "--judge", "weights", "--no-speed");
        Assert.Equal((0, ""), (card.ExitCode, card.Error));
        foreach (var line in new[] { "file", "perplexity", "bits per byte", "KL divergence", "same top token", "greedy text", "Formats:", "Chosen by", "Measured on", $"next: bantam run \"{small}\" -p" })
            Assert.Contains(line, card.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("decode", card.Output, StringComparison.Ordinal);
        Assert.Equal(0, (await CliRun.Of("run", small, "-p", "Once", "-n", "5", "--temperature", "0")).ExitCode);
    }

    [Fact]
    public async Task What_another_engine_makes_of_the_file_is_said()
    {
        using (var donor = FamilyCheckpoints.Create(FamilyShapes.OnlyInDirectories["mistral, window"] with { VocabSize = 512 }, DType.F32, 7))
            HuggingFaceExport.Write(_folder.File("model"), donor, DType.F32);
        var run = await CliRun.Of("shrink", _folder.File("model"), "--tokenizer", CliStories.Tokenizer, "--budget", "1MB", "-o", _small, "--tokens", "16", "--judge", "weights", "--no-speed", "--json");
        Assert.Equal(0, run.ExitCode);
        using var json = JsonDocument.Parse(run.Output);
        var notice = Assert.Single(json.RootElement.GetProperty("notices").EnumerateArray()).GetString()!;
        Assert.StartsWith("llama.cpp has no window for llama", notice, StringComparison.Ordinal);
        Assert.Equal($"note: {notice}\n", run.Error);
    }

    [Fact]
    public async Task What_cannot_be_done_is_refused_in_one_line_and_nothing_is_written()
    {
        Assert.Contains("BT4001", (await Shrink("--budget", "50KB", "-o", _small)).OneErrorLine(1), StringComparison.Ordinal);
        Assert.Contains("BT9011", (await Shrink("--budget", "300KB", "-o", _folder.File("small.bin"))).OneErrorLine(1), StringComparison.Ordinal);
        Assert.Contains("BT9007", (await Shrink("--budget", "300KB", "-o", _gguf, "--force")).OneErrorLine(1), StringComparison.Ordinal);
        Assert.Equal(2, (await Shrink("--budget", "lots", "-o", _small)).ExitCode);
        Assert.Equal(2, (await Shrink("-o", _small)).ExitCode);
        Assert.False(File.Exists(_small));
        File.WriteAllText(_small, "mine");
        Assert.Contains("BT9006", (await Shrink("--budget", "300KB", "-o", _small)).OneErrorLine(1), StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(_small));
    }

    private async Task<CliRun> Shrink(params string[] options) =>
        await CliRun.Of(["shrink", _gguf, .. options, "--judge", "weights", "--tokens", "16", "--no-speed"]);

    private static long Number(JsonElement json, string name) => json.GetProperty(name).GetInt64();
}
