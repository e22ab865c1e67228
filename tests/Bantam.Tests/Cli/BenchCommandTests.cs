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
        var json = (await CliRun.Of("bench", path, "-p", "24", "-n", "6", "-t", "1", "--rounds", "3", "--chunk", "7", "--kv", "f32", "--kv-v", "bf16", "--json")).Json;

        Assert.Equal(
            ["model", "container", "file_bytes", "cores", "instruction_sets", "threads", "prompt_tokens", "new_tokens", "rounds", "chunk", "sequences", "depth", "max_context", "exceeds_context", "load_seconds",
             "prefill_tokens_per_second", "decode_tokens_per_second", "kv_type", "kv_value_type", "kv_bytes", "kv_used_bytes", "scratch_bytes", "resident_bytes", "private_bytes", "managed_bytes", "allocated_bytes_per_token"],
            json.EnumerateObject().Select(p => p.Name));
        Assert.Equal((24, 6, 3, 7, 1, 512), (Number(json, "prompt_tokens"), Number(json, "new_tokens"), Number(json, "rounds"), Number(json, "chunk"), Number(json, "threads"), Number(json, "max_context")));
        Assert.Equal(new FileInfo(path).Length, Number(json, "file_bytes"));
        // Keys of four bytes and values of two, 5 layers, 4 heads of 8 elements, a page for 31 tokens.
        const int Page = (4 + 2) * 5 * 4 * 8 * 64;
        Assert.Equal(("F32", "BF16"), (json.GetProperty("kv_type").GetString(), json.GetProperty("kv_value_type").GetString()));
        Assert.Equal((Page, Page), (Number(json, "kv_bytes"), Number(json, "kv_used_bytes")));
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
    public async Task Texts_together_have_prompts_of_their_own_and_share_what_lies_before_a_depth()
    {
        string[] test = ["bench", CliStories.Bin, "-p", "70", "-n", "4", "--rounds", "1", "--chunk", "32", "--sequences", "5", "--json"];
        var json = (await CliRun.Of(test)).Json;
        var page = Number(json, "kv_bytes") / (5 * 2);
        Assert.Equal((5, 0, 5 * 2 * page), (Number(json, "sequences"), Number(json, "depth"), Number(json, "kv_used_bytes")));
        Assert.True(json.GetProperty("prefill_tokens_per_second").GetProperty("median").GetDouble() > 0);

        json = (await CliRun.Of([.. test, "--depth", "130"])).Json;
        page = Number(json, "kv_bytes") / (5 * 3);
        // Two full pages for all, and one that each has begun.
        Assert.Equal((130, (2 + 5) * page), (Number(json, "depth"), Number(json, "kv_used_bytes")));
        Assert.Equal(JsonValueKind.Null, json.GetProperty("prefill_tokens_per_second").GetProperty("median").ValueKind);
        Assert.True(json.GetProperty("decode_tokens_per_second").GetProperty("least").GetDouble() > 0);
        Assert.Contains("decode behind 130", (await CliRun.Of(test[..^1].Append("--depth").Append("130").ToArray())).Output);
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
