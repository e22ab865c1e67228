using System.Text.Json;
using Bantam.Cli;
using Bantam.Sizing;
using Bantam.Tensors;
using Bantam.Tests.Formats;
using Bantam.Tests.Hostile;

namespace Bantam.Tests.Cli;

public class FitCommandTests
{
    [Fact]
    public async Task The_numbers_of_the_JSON_are_those_of_the_footprint()
    {
        var run = await CliRun.Of("fit", "gemma-2b", "--context", "8192", "--memory", "64GB", "--cores", "6", "--sequences", "2", "--kv", "f32", "--json");
        var footprint = Footprint.Of(ModelCatalog.Find("gemma-2b").Config);
        var json = run.Json;

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(
            ["model", "display_name", "source", "architecture", "parameters", "active_parameters", "size_class", "kind", "max_context", "stored_bytes",
             "context", "sequences", "kv_type", "kv_value_type", "kv_bytes_per_token", "device", "comfortable_share", "formats", "answer", "verdict", "runs_in_bantam"],
            json.EnumerateObject().Select(p => p.Name));
        Assert.Equal(("gemma-2b", "Gemma 2B", "catalogue", "gemma"), (Text(json, "model"), Text(json, "display_name"), Text(json, "source"), Text(json, "architecture")));
        Assert.Equal((2_506_172_416, 2_506_172_416, 8192), (Number(json, "parameters"), Number(json, "active_parameters"), Number(json, "max_context")));
        Assert.Equal(("2–4B", "large language model", "fits", "F16"), (Text(json, "size_class"), Text(json, "kind"), Text(json, "verdict"), Text(json, "answer")));
        Assert.Equal(JsonValueKind.Null, json.GetProperty("stored_bytes").ValueKind);
        Assert.Equal((8192, 2, "F32", 2 * 18_432), (Number(json, "context"), Number(json, "sequences"), Text(json, "kv_type"), Number(json, "kv_bytes_per_token")));
        var device = json.GetProperty("device");
        Assert.Equal((64_000_000_000, 64_000_000_000, 6), (Number(device, "total_memory_bytes"), Number(device, "available_memory_bytes"), Number(device, "cores")));

        var rows = json.GetProperty("formats").EnumerateArray().ToList();
        Assert.Equal(["F16", "Q8_0", "Q6_K", "Q4_K", "Q4_0"], rows.Select(r => Text(r, "format")));
        foreach (var row in rows)
        {
            Assert.True(DType.TryParse(Text(row, "format")!, out var format));
            Assert.Equal((footprint.WeightBytes(format), footprint.WeightBytes(format)), (Number(row, "weight_bytes"), Number(row, "download_bytes")));
            Assert.Equal((footprint.KvBytes(8192, 2, DType.F32), footprint.ScratchBytes(512, 8192, 6)), (Number(row, "kv_bytes"), Number(row, "scratch_bytes")));
            Assert.Equal(
                Number(row, "weight_bytes") + Number(row, "kv_bytes") + Number(row, "scratch_bytes") + Number(row, "runtime_bytes"), Number(row, "memory_bytes"));
            Assert.Equal(("fits", 8192), (Text(row, "verdict"), Number(row, "longest_context")));
        }
    }

    [Theory]
    [InlineData("64GB", null, 0)]
    [InlineData("100MB", null, 11)]
    [InlineData("2GB", null, 10)] // Q4_0 takes 1.71 GB: more than four fifths
    [InlineData("4GB", null, 0)]
    [InlineData("4GB", "F16", 11)]
    [InlineData("4GB", "q8_0", 0)]
    public async Task The_exit_code_is_the_verdict_of_the_best_format_or_of_the_one_that_was_asked_for(string memory, string? format, int code)
    {
        var run = await CliRun.Of(format is null ? ["fit", "gemma-2b", "--memory", memory] : ["fit", "gemma-2b", "--memory", memory, "--format", format]);
        Assert.Equal((code, ""), (run.ExitCode, run.Error));
    }

    [Fact]
    public async Task The_page_names_the_model_the_machine_every_format_and_the_next_command()
    {
        var run = await CliRun.Of("fit", "gemma-2b");

        foreach (var text in (string[])["Gemma 2B", "2,506,172,416 (2.51 B)", "2–4B", SizeClass.Note, "4,096 of 8,192 tokens", "this machine", "available", "Q4_K", "5.01 GB (4.67 GiB)", "Longest", "80 %", "next: bantam "])
            Assert.Contains(text, run.Output);
        Assert.Equal("", run.Error);
    }

    [Theory]
    [InlineData(80)]
    [InlineData(100)]
    [InlineData(120)]
    [InlineData(null)]
    public async Task Nothing_is_cut_and_no_line_is_wider_than_the_window(int? width)
    {
        var run = await CliRun.Of(["fit", "llama-3.1-405b", "--memory", "512GB"], TestContext.Current.CancellationToken, width);

        Assert.All(run.Output.Split('\n'), line => Assert.True(line.Length <= (width ?? 200), line));
        Assert.Contains("405,853,388,800", run.Output);
        Assert.Contains("756 GiB", run.Output); // F16 takes 812 GB
        Assert.DoesNotContain("…", run.Output);
        Assert.DoesNotContain('\x1b', run.Output);
        Assert.DoesNotContain("[bold]", run.Output);
    }

    [Fact]
    public async Task A_file_is_fitted_as_it_is_stored_before_any_other_format()
    {
        var path = SharedData.Path("weights", "stories260K", "stories260K.bin");
        var run = await CliRun.Of("fit", path, "--memory", "1GB", "--json");

        var first = run.Json.GetProperty("formats")[0];
        Assert.Equal(("as stored", 4 * 260_032, "fits"), (Text(first, "format"), Number(first, "weight_bytes"), Text(first, "verdict")));
        Assert.Equal("as stored", Text(run.Json, "answer"));
        Assert.Contains("as stored", (await CliRun.Of("fit", path)).Output);
    }

    [Fact]
    public async Task A_GGUF_file_is_known_as_well_as_the_checkpoint_that_it_was_made_from()
    {
        using var folder = new ScratchFolder();
        var gguf = (await CliRun.Of("fit", CliStories.Gguf(folder), "--memory", "1GB", "--json")).Json;
        var checkpoint = (await CliRun.Of("fit", CliStories.Bin, "--memory", "1GB", "--json")).Json;

        Assert.Equal(("fits", "llama", 512), (Text(gguf, "verdict"), Text(gguf, "architecture"), Number(gguf, "context")));
        foreach (var field in (string[])["parameters", "active_parameters", "max_context", "kv_bytes_per_token", "formats"])
            Assert.Equal(checkpoint.GetProperty(field).ToString(), gguf.GetProperty(field).ToString());
    }

    [Fact]
    public async Task A_GGUF_file_of_an_unknown_family_is_sized_by_its_header_alone()
    {
        using var folder = new ScratchFolder();
        var bytes = new GgufBytes().With(GgufBytes.Pair.Text("general.architecture", "mamba9"));
        var run = await CliRun.Of("fit", folder.Write("a.gguf", bytes.Build()), "--json");

        Assert.Equal((12, "unknown", 80), (run.ExitCode, Text(run.Json, "verdict"), Number(run.Json, "parameters")));
        Assert.Equal(JsonValueKind.Null, run.Json.GetProperty("architecture").ValueKind);
    }

    [Theory]
    [InlineData("smollm2-360m", null)]
    [InlineData("gemma-2b", null)]
    [InlineData("distilbert", "DistilBERT can be sized")]
    [InlineData("llama-3.1-8b", null)]
    public async Task What_the_engine_does_not_run_yet_is_said_in_one_line_and_does_not_change_the_verdict(string name, string? expected)
    {
        var page = await CliRun.Of("fit", name, "--memory", "1TB");
        var json = await CliRun.Of("fit", name, "--memory", "1TB", "--json");

        var line = page.Output.Split('\n').SingleOrDefault(l => l.StartsWith("Bantam's own engine does not run it yet: ", StringComparison.Ordinal));
        Assert.Equal(expected is null, line is null);
        Assert.Contains(expected ?? "", line ?? "");
        Assert.Equal((0, 0, "fits"), (page.ExitCode, json.ExitCode, Text(json.Json, "verdict")));
        Assert.Equal(expected is null, json.Json.GetProperty("runs_in_bantam").GetBoolean());
    }

    [Fact]
    public async Task What_a_fit_says_about_the_engine_is_what_run_does()
    {
        using var folder = new ScratchFolder();
        var runs = CliStories.Gguf(folder);
        var other = folder.File("other");
        Assert.Equal(0, (await CliRun.Of("convert", runs, "-o", other)).ExitCode);
        var config = Path.Combine(other, "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("silu", "gelu", StringComparison.Ordinal));

        Assert.True((await CliRun.Of("fit", runs, "--json")).Json.GetProperty("runs_in_bantam").GetBoolean());
        Assert.DoesNotContain("not run", (await CliRun.Of("fit", runs)).Output);
        Assert.Equal(0, (await CliRun.Of("run", runs, "-n", "1")).ExitCode);
        Assert.False((await CliRun.Of("fit", other, "--json")).Json.GetProperty("runs_in_bantam").GetBoolean());
        Assert.Contains("BT2106", (await CliRun.Of("run", other, "-n", "1")).OneErrorLine(1));
    }

    [Fact]
    public async Task Tensors_of_a_type_without_kernels_do_not_run_and_a_family_that_is_not_told_is_unknown()
    {
        using var folder = new ScratchFolder();
        var iq2 = Target(DType.All.Single(t => t.Name == "IQ2_XS"));
        Assert.False(EngineSupport.Runs(iq2));
        Assert.Contains("tensors in IQ2_XS can be sized", EngineSupport.Line(iq2));
        Assert.True(EngineSupport.Runs(Target(DType.Q4_K)));
        var unknown = (await CliRun.Of("fit", folder.Write("a.gguf", new GgufBytes().With(GgufBytes.Pair.Text("general.architecture", "mamba9")).Build()), "--json")).Json;
        Assert.Equal(JsonValueKind.Null, unknown.GetProperty("runs_in_bantam").ValueKind);

        static ModelTarget Target(DType type) =>
            new("m.gguf", "m", "GGUF", Footprint.Of(ModelCatalog.Find("smollm2-360m").Config), Path: "m.gguf") { StoredTypes = [DType.F32, type] };
    }

    [Fact]
    public async Task A_smaller_model_is_proposed_that_fits_indeed()
    {
        var run = await CliRun.Of("fit", "llama-3.1-8b", "--memory", "2GB");
        Assert.Equal(11, run.ExitCode);
        var next = run.Output.Split("next: bantam ")[1].Trim().Split(' ');

        Assert.Equal(0, (await CliRun.Of(next)).ExitCode);
    }

    [Fact]
    public async Task What_a_header_does_not_tell_makes_the_verdict_unknown()
    {
        using var folder = new ScratchFolder();
        var run = await CliRun.Of("fit", folder.Write("a.gguf", new GgufBytes().Build()));

        Assert.Equal((12, ""), (run.ExitCode, run.Error));
        Assert.Contains("is not known", run.Output);
    }

    private static string? Text(JsonElement json, string name) => json.GetProperty(name).GetString();

    private static long Number(JsonElement json, string name) => json.GetProperty(name).GetInt64();
}
