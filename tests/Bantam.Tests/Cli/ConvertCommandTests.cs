using System.Text.Json;
using Bantam.Checkpoints;
using Bantam.Sizing;
using Bantam.Tensors;
using Bantam.Tests.Checkpoints;
using Bantam.Tests.Formats;
using Bantam.Tests.Models;

namespace Bantam.Tests.Cli;

public class ConvertCommandTests
{
    [Fact]
    public async Task A_model_goes_through_every_container_and_comes_back_as_it_was()
    {
        using var folder = new ScratchFolder();
        var (gguf, directory, back) = (folder.File("stories.gguf"), folder.File("stories"), folder.File("back.gguf"));
        Assert.Equal(0, (await CliRun.Of("convert", CliStories.Bin, "--tokenizer", CliStories.Tokenizer, "-o", gguf)).ExitCode);
        Assert.Equal(0, (await CliRun.Of("convert", gguf, "-o", directory)).ExitCode);
        Assert.Equal(0, (await CliRun.Of("convert", directory, "-o", back)).ExitCode);

        using var first = Checkpoint.Open(gguf);
        using var last = Checkpoint.Open(back);
        Assert.Equal(first.Weights.All.Keys.Order(StringComparer.Ordinal), last.Weights.All.Keys.Order(StringComparer.Ordinal));
        foreach (var (name, tensor) in first.Weights.All)
            Assert.Equal(tensor.AsSpan<float>().ToArray(), last.Weights.All[name].AsSpan<float>().ToArray());
        Assert.Equal(first.Vocabulary!.Pieces, last.Vocabulary!.Pieces);
        Assert.Equal(["back.gguf", "stories", "stories.gguf"], Directory.EnumerateFileSystemEntries(folder.Path).Select(e => Path.GetFileName(e)).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("F32", 47, 0)]
    [InlineData("Q8_0", 31, 5)]
    [InlineData("Q4_0", 31, 5)]
    [InlineData("Q4_K", 0, 36)]
    public async Task The_house_rule_decides_types_and_the_length_is_known_before(string type, int inType, int inF16)
    {
        using var folder = new ScratchFolder();
        var path = folder.File("a.gguf");
        var json = (await CliRun.Of("convert", CliStories.Bin, "--tokenizer", CliStories.Tokenizer, "-o", path, "--type", type, "--json")).Json;
        var types = json.GetProperty("types").EnumerateArray().ToDictionary(t => t.GetProperty("type").GetString()!, t => t.GetProperty("tensors").GetInt32());

        Assert.Equal((inType, inF16), (types.GetValueOrDefault(type), types.GetValueOrDefault("F16")));
        Assert.Equal(new FileInfo(path).Length, json.GetProperty("bytes").GetInt64());
        Assert.Equal(new FileInfo(path).Length, json.GetProperty("predicted_bytes").GetInt64());
        Assert.True(DType.TryParse(type, out var format));
        using var written = Checkpoint.Open(path);
        foreach (var (name, tensor) in written.Weights.All) Assert.Equal(StorageRule.TypeOf(name, tensor, format), tensor.DType);
    }

    [Fact]
    public async Task What_a_directory_cannot_hold_becomes_F16_and_that_is_said()
    {
        using var folder = new ScratchFolder();
        var run = await CliRun.Of("convert", CliStories.Gguf(folder, DType.Q8_0), "-o", folder.File("out"));
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("cannot hold Q8_0", run.Error);
        Assert.Contains("36 in F16, 11 in F32", run.Output);
        using var written = Checkpoint.Open(folder.File("out"));
        Assert.Equal([DType.F16, DType.F32], written.Weights.All.Values.Select(t => t.DType).Distinct().OrderBy(t => t.BlockBytes));
        Assert.Contains("float16", File.ReadAllText(Path.Combine(folder.File("out"), "config.json")));

        Assert.Contains("cannot hold Q8_0", (await CliRun.Of("convert", CliStories.Bin, "-o", folder.File("other"), "--type", "Q8_0")).OneErrorLine(1));
        Assert.False(Directory.Exists(folder.File("other")));
    }

    [Fact]
    public async Task Eight_bit_floats_become_BF16_where_no_format_is_asked_for_and_that_is_said()
    {
        using var folder = new ScratchFolder();
        var (quantised, plain) = Float8Llama.Write(folder, "fp8, blocks");
        foreach (var (output, container) in new[] { ("a.gguf", "GGUF file"), ("a", "Hugging Face directory") })
        {
            var run = await CliRun.Of("convert", quantised, "-o", folder.File(output));
            Assert.Equal(0, run.ExitCode);
            Assert.Contains($"a {container} cannot hold F8_E4M3; such tensors are written as BF16", run.Error);
            Assert.Contains("14 in BF16, 7 in F32", run.Output);
        }
        Assert.Equal(0, (await CliRun.Of("convert", quantised, "-o", folder.File("b.gguf"), "--type", "Q8_0")).ExitCode);
        Assert.Equal(0, (await CliRun.Of("convert", plain, "-o", folder.File("c.gguf"), "--type", "Q8_0")).ExitCode);
        Assert.Equal(new FileInfo(folder.File("c.gguf")).Length, new FileInfo(folder.File("b.gguf")).Length);
        (await CliRun.Of("convert", quantised, "-o", folder.File("d"), "--type", "F8_E4M3")).OneErrorLine(2);
    }

    [Fact]
    public async Task What_exists_is_replaced_only_when_that_is_asked_for()
    {
        using var folder = new ScratchFolder();
        var gguf = CliStories.Gguf(folder);
        var other = folder.Write("a.gguf", "precious");
        Assert.Contains("--force", (await CliRun.Of("convert", gguf, "-o", other)).OneErrorLine(1));
        Assert.Equal("precious", File.ReadAllText(other));
        Assert.Equal(0, (await CliRun.Of("convert", gguf, "-o", other, "--force")).ExitCode);
        Assert.Equal("GGUF"u8.ToArray(), File.ReadAllBytes(other)[..4]);

        var directory = folder.File("model");
        Assert.Equal(0, (await CliRun.Of("convert", gguf, "-o", directory)).ExitCode);
        File.WriteAllText(Path.Combine(directory, "model-00001-of-00002.safetensors"), "of another model");
        Assert.Contains("--force", (await CliRun.Of("convert", gguf, "-o", directory)).OneErrorLine(1));
        Assert.Equal(0, (await CliRun.Of("convert", gguf, "-o", directory, "--force")).ExitCode);
        Assert.DoesNotContain(Directory.EnumerateFiles(directory), f => f.Contains("-of-", StringComparison.Ordinal));

        File.WriteAllText(Path.Combine(directory, "README.md"), "precious");
        Assert.Contains("README.md", (await CliRun.Of("convert", gguf, "-o", directory, "--force")).OneErrorLine(1));
        Assert.True(File.Exists(Path.Combine(directory, "README.md")));
        Assert.Equal(3, Directory.EnumerateFileSystemEntries(folder.Path).Count()); // nothing half-written beside them
    }

    [Fact]
    public async Task The_input_is_never_the_output_through_whatever_link()
    {
        using var folder = new ScratchFolder();
        var gguf = CliStories.Gguf(folder);
        var bytes = File.ReadAllBytes(gguf);
        File.CreateSymbolicLink(folder.File("link.gguf"), Path.GetFileName(gguf));
        Directory.CreateSymbolicLink(folder.File("here"), folder.Path);
        foreach (var path in (string[])[gguf, folder.File("link.gguf"), Path.Combine(folder.File("here"), "link.gguf")])
            Assert.Contains("the output is the input", (await CliRun.Of("convert", gguf, "-o", path, "--force")).OneErrorLine(1));

        Assert.Equal(0, (await CliRun.Of("convert", gguf, "-o", folder.File("model"))).ExitCode);
        Assert.Contains("the output is the input", (await CliRun.Of("convert", Path.Combine(folder.File("model"), "model.safetensors"), "-o", folder.File("model"), "--force")).OneErrorLine(1));
        Assert.Equal(bytes, File.ReadAllBytes(gguf));
    }

    [Theory]
    [InlineData("out.gguf")]
    [InlineData("out")]
    public async Task Stopping_leaves_nothing_behind(string name)
    {
        using var folder = new ScratchFolder();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        var run = await CliRun.Of(["convert", CliStories.Bin, "--tokenizer", CliStories.Tokenizer, "-o", folder.File(name)], cancelled.Token);
        run.OneErrorLine(130);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Theory]
    [InlineData("gemma-2b")]
    [InlineData("google/gemma-2b")]
    public async Task A_model_that_is_only_known_is_refused(string name) =>
        Assert.Contains("known, but not downloaded", (await CliRun.Of("convert", name, "-o", "a.gguf")).OneErrorLine(1));

    [Fact]
    public async Task A_configuration_without_weights_is_refused()
    {
        using var folder = new ScratchFolder();
        Assert.Contains("weights are not here", (await CliRun.Of("convert", SharedData.Path("configs", "Meta-Llama-3.1-405B", "config.json"), "-o", folder.File("a.gguf"))).OneErrorLine(1));
        Assert.Contains("no weights", (await CliRun.Of("convert", SharedData.Path("configs", "Meta-Llama-3.1-405B"), "-o", folder.File("a.gguf"))).OneErrorLine(1));
    }

    [Fact]
    public async Task A_missing_folder_and_a_missing_tokenizer_are_told()
    {
        using var folder = new ScratchFolder();
        Assert.Contains("no folder", (await CliRun.Of("convert", CliStories.Bin, "-o", folder.File("no/such/a.gguf"))).OneErrorLine(1));
        var run = await CliRun.Of("convert", CliStories.Bin, "-o", folder.File("a.gguf"));
        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith("note: the input brings no tokenizer", run.Error);
    }

    [Fact]
    public async Task The_fields_of_the_JSON_are_those_of_the_documentation()
    {
        using var folder = new ScratchFolder();
        var json = (await CliRun.Of("convert", CliStories.Gguf(folder), "-o", folder.File("out"), "--json")).Json;
        Assert.Equal(["input", "input_container", "input_bytes", "output", "container", "bytes", "predicted_bytes", "tensor_count", "types", "notices"], json.EnumerateObject().Select(p => p.Name));
        Assert.Equal(("GGUF v3", "Hugging Face directory", JsonValueKind.Null), (json.GetProperty("input_container").GetString(), json.GetProperty("container").GetString(), json.GetProperty("predicted_bytes").ValueKind));
    }

    [Fact]
    public async Task Tensors_are_counted_as_inspect_counts_them()
    {
        using var folder = new ScratchFolder();
        using (var donor = FamilyCheckpoints.Create(FamilyShapes.All["mixtral"], DType.F32, 7))
            HuggingFaceExport.Write(folder.File("model"), donor, DType.F32);
        foreach (var (from, to) in new[] { ("model", "a.gguf"), ("a.gguf", "back") })
        {
            var run = await CliRun.Of("convert", folder.File(from), "-o", folder.File(to), "--type", "F16", "--json");
            using var json = JsonDocument.Parse(run.Output);
            var inspected = (await CliRun.Of("inspect", folder.File(to), "--json")).Json;
            Assert.Equal(inspected.GetProperty("tensor_count").GetInt32(), json.RootElement.GetProperty("tensor_count").GetInt32());
            Assert.Equal(inspected.GetProperty("types").GetRawText(), json.RootElement.GetProperty("types").GetRawText());
        }
    }

    [Fact]
    public async Task What_another_engine_makes_of_the_file_is_said()
    {
        using var folder = new ScratchFolder();
        using (var donor = FamilyCheckpoints.Create(FamilyShapes.OnlyInDirectories["mistral, window"], DType.F32, 7))
            HuggingFaceExport.Write(folder.File("model"), donor, DType.F32);
        var run = await CliRun.Of("convert", folder.File("model"), "-o", folder.File("a.gguf"), "--json");
        Assert.Equal(0, run.ExitCode);
        using var json = JsonDocument.Parse(run.Output);
        var notice = Assert.Single(json.RootElement.GetProperty("notices").EnumerateArray()).GetString()!;
        Assert.StartsWith("llama.cpp has no window for llama", notice, StringComparison.Ordinal);
        Assert.Contains($"note: {notice}", run.Error, StringComparison.Ordinal);
    }
}
