using System.Text.Json;
using Bantam.Sizing;
using Bantam.Tests.Formats;

namespace Bantam.Tests.Cli;

public class SizeCommandTests
{
    [Theory]
    [InlineData("")]
    [InlineData("config.json")]
    public async Task A_directory_and_its_configuration_are_sized_without_weights(string file)
    {
        var run = await CliRun.Of("size", Path.Combine(SharedData.Path("configs", "Meta-Llama-3.1-405B"), file), "--json");
        var json = run.Json;

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(
            ["model", "display_name", "source", "architecture", "parameters", "active_parameters", "size_class", "kind", "max_context", "stored_bytes",
             "kv_bytes_per_token", "context", "flops_per_token", "checkpoint_bytes", "formats"],
            json.EnumerateObject().Select(p => p.Name));
        Assert.Equal((405_853_388_800, 516_096, 811_706_777_600), (Number(json, "parameters"), Number(json, "kv_bytes_per_token"), Number(json, "checkpoint_bytes")));
        Assert.Equal(("Meta-Llama-3.1-405B", "400B"), (json.GetProperty("display_name").GetString(), json.GetProperty("size_class").GetString()));
    }

    [Fact]
    public async Task Operations_and_bytes_are_those_of_the_footprint()
    {
        var footprint = Footprint.Of(ModelCatalog.Find("mixtral-8x7b").Config);
        var json = (await CliRun.Of("size", "mixtral-8x7b", "--json")).Json;

        Assert.Equal((46_702_792_704, 12_879_925_248), (Number(json, "parameters"), Number(json, "active_parameters")));
        Assert.Equal((4096L, footprint.FlopsPerToken(4096)!.Value), (Number(json, "context"), Number(json, "flops_per_token")));
        foreach (var row in json.GetProperty("formats").EnumerateArray())
        {
            Assert.True(Bantam.Tensors.DType.TryParse(row.GetProperty("format").GetString()!, out var format));
            Assert.Equal((footprint.WeightBytes(format), footprint.BytesReadPerToken(format, 4096)), (Number(row, "bytes"), Number(row, "bytes_read_per_token")));
        }
        Assert.Contains("12.9 B) for each token", (await CliRun.Of("size", "mixtral-8x7b")).Output);
    }

    [Fact]
    public async Task Packed_weights_without_a_configuration_have_an_unknown_size()
    {
        using var folder = new ScratchFolder();
        var file = folder.Write("packed.safetensors", Safetensors("""{"a.qweight":{"dtype":"I32","shape":[2,2],"data_offsets":[0,16]}}""", 16));
        var run = await CliRun.Of("size", file, "--json");

        Assert.Equal((12, JsonValueKind.Null), (run.ExitCode, run.Json.GetProperty("parameters").ValueKind));
        Assert.Equal(16, Number(run.Json, "stored_bytes"));
        Assert.Contains("unknown", (await CliRun.Of("size", file)).Output);
    }

    [Fact]
    public async Task A_family_that_is_not_known_is_refused_by_name()
    {
        using var folder = new ScratchFolder();
        var line = (await CliRun.Of("size", folder.Write("config.json", """{"model_type":"whisper"}"""))).OneErrorLine(1);
        Assert.Contains("whisper", line);
    }

    internal static byte[] Safetensors(string header, int dataBytes) =>
        [.. BitConverter.GetBytes((ulong)header.Length), .. System.Text.Encoding.UTF8.GetBytes(header), .. new byte[dataBytes]];

    private static long Number(JsonElement json, string name) => json.GetProperty(name).GetInt64();
}
