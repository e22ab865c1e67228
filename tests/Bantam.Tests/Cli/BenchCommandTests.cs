using System.Text.Json;
using Bantam.Tensors;
using Bantam.Tests.Formats;

namespace Bantam.Tests.Cli;

public class BenchCommandTests
{
    [Fact]
    public async Task Every_number_is_there_and_of_its_kind()
    {
        using var folder = new ScratchFolder();
        var path = CliStories.Gguf(folder, DType.Q8_0);
        var json = (await CliRun.Of("bench", path, "-p", "24", "-n", "6", "-t", "1", "--rounds", "3", "--chunk", "7", "--kv", "f32", "--json")).Json;

        Assert.Equal(
            ["model", "container", "file_bytes", "cores", "instruction_sets", "threads", "prompt_tokens", "new_tokens", "rounds", "chunk", "max_context", "exceeds_context", "load_seconds",
             "prefill_tokens_per_second", "decode_tokens_per_second", "kv_type", "kv_bytes", "scratch_bytes", "resident_bytes", "private_bytes", "managed_bytes", "allocated_bytes_per_token"],
            json.EnumerateObject().Select(p => p.Name));
        Assert.Equal((24, 6, 3, 7, 1, 512), (Number(json, "prompt_tokens"), Number(json, "new_tokens"), Number(json, "rounds"), Number(json, "chunk"), Number(json, "threads"), Number(json, "max_context")));
        Assert.Equal(new FileInfo(path).Length, Number(json, "file_bytes"));
        // Keys and values of 5 layers, 4 heads of 8 elements, 31 tokens.
        Assert.Equal(("F32", 2 * 5 * 4 * 8 * 31 * 4), (json.GetProperty("kv_type").GetString(), Number(json, "kv_bytes")));
        foreach (var speed in (string[])["prefill_tokens_per_second", "decode_tokens_per_second"])
        {
            var spread = json.GetProperty(speed);
            Assert.InRange(spread.GetProperty("median").GetDouble(), spread.GetProperty("least").GetDouble(), spread.GetProperty("most").GetDouble());
            Assert.True(spread.GetProperty("least").GetDouble() > 0);
        }
        Assert.True(Number(json, "resident_bytes") > Number(json, "managed_bytes"));
        Assert.False(json.GetProperty("exceeds_context").GetBoolean());
    }

    [Fact]
    public async Task The_page_says_where_the_test_goes_beyond_the_model()
    {
        var within = await CliRun.Of("bench", CliStories.Bin, "-p", "8", "-n", "2", "--rounds", "1");
        Assert.Equal((0, ""), (within.ExitCode, within.Error));
        Assert.Contains("1 round, after one to warm up", within.Output);
        Assert.Contains("allocations", within.Output);
        Assert.DoesNotContain("exceed", within.Output);
        Assert.Contains("520 tokens exceed the 512", (await CliRun.Of("bench", CliStories.Bin, "-p", "518", "-n", "2", "--rounds", "1")).Output);
    }

    [Fact]
    public async Task Ctrl_C_ends_it()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        (await CliRun.Of(["bench", CliStories.Bin], cancelled.Token)).OneErrorLine(130);
    }

    private static long Number(JsonElement json, string name) => json.GetProperty(name).GetInt64();
}
