using System.Runtime.InteropServices;
using Bantam.Formats.Gguf;
using Bantam.Kernels.Quant;
using Bantam.Tensors;
using Bantam.Tests.Formats;
using Bantam.Tests.Hostile;

namespace Bantam.Tests.Cli;

public class InspectCommandTests
{
    [Fact]
    public async Task A_vocabulary_without_tensors_is_shown_with_its_arrays_summarised()
    {
        var path = SharedData.Path("gguf_vocab", "ggml-vocab-llama-spm.gguf");
        var run = await CliRun.Of("inspect", path, "--json");
        var json = run.Json;

        Assert.Equal((0, "GGUF", "3", 0), (run.ExitCode, json.GetProperty("container").GetString(), json.GetProperty("version").GetString(), json.GetProperty("tensor_count").GetInt32()));
        Assert.Equal(new FileInfo(path).Length, json.GetProperty("file_bytes").GetInt64());
        var metadata = json.GetProperty("metadata").EnumerateArray().ToDictionary(e => e.GetProperty("key").GetString()!);
        Assert.Equal("llama", metadata["general.architecture"].GetProperty("value").GetString());
        Assert.Equal(4096, metadata["llama.context_length"].GetProperty("value").GetInt32());
        var tokens = metadata["tokenizer.ggml.tokens"];
        Assert.Equal(("String[32000]", 32000), (tokens.GetProperty("type").GetString(), tokens.GetProperty("count").GetInt32()));
        Assert.Equal(["<unk>", "<s>", "</s>", "<0x00>", "<0x01>"], tokens.GetProperty("first").EnumerateArray().Select(t => t.GetString()));

        var page = await CliRun.Of("inspect", path);
        Assert.Contains("32,000: <unk>, <s>, </s>, <0x00>, <0x01>, …", page.Output);
    }

    [Fact]
    public async Task Every_kind_of_container_is_shown()
    {
        using var folder = new ScratchFolder();
        var weights = SizeCommandTests.Safetensors("""{"__metadata__":{"format":"pt"},"a.weight":{"dtype":"F16","shape":[4,8],"data_offsets":[0,64]}}""", 64);
        folder.Write("config.json", """{"model_type":"llama","rope_scaling":null,"eos_token_id":[1,2]}""");
        (string Path, string Container, int Tensors)[] files =
        [
            (folder.Write("a.gguf", new GgufBytes().Build()), "GGUF", 3),
            (folder.Write("model.safetensors", weights), "safetensors", 1),
            (folder.Path, "Hugging Face directory", 1),
            (SharedData.Path("weights", "stories260K", "stories260K.bin"), "llama2.c checkpoint", 47),
        ];
        foreach (var (path, container, tensors) in files)
        {
            var run = await CliRun.Of("inspect", path, "--tensors", "--json");
            Assert.Equal((container, tensors), (run.Json.GetProperty("container").GetString(), run.Json.GetProperty("tensors").GetArrayLength()));
            Assert.Equal(run.Json.GetProperty("tensor_bytes").GetInt64(), run.Json.GetProperty("tensors").EnumerateArray().Sum(t => t.GetProperty("bytes").GetInt64()));
            Assert.Equal(0, (await CliRun.Of("inspect", path, "--tensors")).ExitCode);
        }
    }

    public static TheoryData<string> Formats => [.. BlockFormats.All.Where(f => f.DType.GgmlType >= 0).Select(f => f.DType.Name)];

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Verify_finds_a_value_that_is_not_finite_in_every_format(string format)
    {
        using var folder = new ScratchFolder();
        Assert.True(DType.TryParse(format, out var type));
        float[] values = [.. Enumerable.Range(0, 3 * 256).Select(i => (float)Math.Sin(i))];
        var good = await CliRun.Of("inspect", Write(folder, type, values, spoil: false), "--verify", "--json");
        var bad = await CliRun.Of("inspect", Write(folder, type, values, spoil: true), "--verify", "--json");

        Assert.Equal((0, true), (good.ExitCode, good.Json.GetProperty("finite").GetBoolean()));
        var tensor = good.Json.GetProperty("tensors")[0];
        Assert.InRange(tensor.GetProperty("min").GetDouble(), -1.15, -0.9);
        Assert.InRange(tensor.GetProperty("max").GetDouble(), 0.9, 1.15);
        Assert.InRange(tensor.GetProperty("mean_abs").GetDouble(), 0.6, 0.67); // 2 / π

        Assert.Equal((1, false), (bad.ExitCode, bad.Json.GetProperty("finite").GetBoolean()));
        tensor = bad.Json.GetProperty("tensors")[0];
        Assert.True(tensor.GetProperty("nan").GetInt64() + tensor.GetProperty("infinite").GetInt64() > 0);
    }

    [Fact]
    public async Task Verify_of_real_weights_agrees_with_a_plain_loop()
    {
        var path = SharedData.Path("weights", "stories260K", "stories260K.bin");
        var run = await CliRun.Of("inspect", path, "--verify", "--json");
        var embedding = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(path).AsSpan(28, 4 * 512 * 64)).ToArray();

        var first = run.Json.GetProperty("tensors")[0];
        Assert.Equal(
            ("model.embed_tokens.weight", (double)embedding.Min(), (double)embedding.Max(), 0L),
            (first.GetProperty("name").GetString(), first.GetProperty("min").GetDouble(), first.GetProperty("max").GetDouble(), first.GetProperty("nan").GetInt64()));
        Assert.Equal(embedding.Average(v => Math.Abs((double)v)), first.GetProperty("mean_abs").GetDouble(), 1e-9);
        Assert.Contains("Every value is finite in 47 tensors.", (await CliRun.Of("inspect", path, "--verify")).Output);
    }

    [Fact]
    public async Task Values_that_are_not_finite_are_counted_and_left_out_of_the_statistics()
    {
        using var folder = new ScratchFolder();
        float[] values = [1, float.NaN, -3, float.PositiveInfinity, 2, float.NegativeInfinity, .. Enumerable.Repeat(2f, 40_000), -4, float.NaN];
        var path = folder.File("a.gguf");
        GgufWriter.Write(path, new GgufMetadata(), [new GgufTensorSource("a", DType.F32, new Shape(values.Length), s => s.Write(MemoryMarshal.AsBytes(values.AsSpan())))]);
        var run = await CliRun.Of("inspect", path, "--verify", "--json");
        var tensor = run.Json.GetProperty("tensors")[0];

        Assert.Equal((1, 2, 2), (run.ExitCode, tensor.GetProperty("nan").GetInt32(), tensor.GetProperty("infinite").GetInt32()));
        Assert.Equal((-4, 2), (tensor.GetProperty("min").GetDouble(), tensor.GetProperty("max").GetDouble()));
        Assert.Equal((1.0 + 3 + 2 + 80_000 + 4) / 40_004, tensor.GetProperty("mean_abs").GetDouble(), 1e-12);
        Assert.Contains("2 NaN, 2 infinite", (await CliRun.Of("inspect", path, "--verify")).Output);
    }

    [Fact]
    public async Task What_a_file_calls_its_tensors_cannot_drive_the_terminal()
    {
        using var folder = new ScratchFolder();
        var bytes = new GgufBytes().With(GgufBytes.Pair.Text("evil", "\u001b[2Jred [bold]\u202etext\n")).Only(32, new GgufBytes.Info("a\u001b[1m[red]\n", [8], 0, 0));
        var run = await CliRun.Of("inspect", folder.Write("evil.gguf", bytes.Build()), "--tensors");

        Assert.Equal(0, run.ExitCode);
        Assert.DoesNotContain(run.Output, c => (char.IsControl(c) && c != '\n') || c == '\u202e');
        Assert.Contains("\\u001b[2Jred [bold]\\u202etext\\n", run.Output);
        Assert.Contains("a\\u001b[1m[red]\\n", run.Output);
    }

    [Fact]
    public async Task A_cancelled_verb_stops_with_130()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        var run = await CliRun.Of(["inspect", SharedData.Path("weights", "stories260K", "stories260K.bin"), "--verify"], cancelled.Token);
        run.OneErrorLine(130);
    }

    private static unsafe string Write(ScratchFolder folder, DType type, float[] values, bool spoil)
    {
        var bytes = new byte[type.Bytes(values.Length)];
        fixed (float* x = values)
        fixed (byte* blocks = bytes)
            BlockFormats.Of(type).Quantize(x, blocks, values.Length);
        // The scale stands first in most formats, last in Q6_K and Q3_K, last but for a minimum's in Q2_K; floats are spoiled anywhere.
        var at = type == DType.Q6_K || type == DType.Q3_K ? type.BlockBytes - 2 : type == DType.Q2_K ? type.BlockBytes - 4 : 0;
        if (spoil && type == DType.F32) bytes.AsSpan(0, 4).Fill(0xFF);
        else if (spoil) bytes.AsSpan(at, 2).Fill(0xFF);
        var path = folder.File(spoil ? "bad.gguf" : "good.gguf");
        GgufWriter.Write(path, new GgufMetadata { ["general.architecture"] = "llama" }, [new GgufTensorSource("a", type, new Shape(3, 256), s => s.Write(bytes))]);
        return path;
    }
}
