using Bantam.Sizing;

namespace Bantam.Tests.Sizing;

/// <summary>
/// The memory tables of the Llama 3.1 announcement. They mix units: weights are decimal gigabytes, caches are GiB; the
/// column "1k" has 1024 tokens and the columns "16k" and "128k" have decimal thousands.
/// </summary>
public class Llama31TablesTests
{
    private const double GB = 1e9;
    private const double GiB = 1L << 30;

    [Theory]
    [InlineData("llama-3.1-8b", 16, 8, 4)]
    [InlineData("llama-3.1-70b", 140, 70, 35)]
    [InlineData("llama-3.1-405b", 810, 405, 203)]
    public void Weights_are_the_nominal_parameters_times_2_1_and_half_a_byte(string name, double fp16, double fp8, double int4)
    {
        var entry = ModelCatalog.Find(name);
        var nominal = entry.Nominal.Parameters;
        Assert.Equal((fp16, fp8, int4), (nominal * 2 / GB, nominal / GB, Math.Round(nominal * 0.5 / GB, MidpointRounding.AwayFromZero)));

        // The true counts differ from the nominal ones by less than 1 %.
        Assert.Equal(fp16, Footprint.Of(entry.Config).CheckpointBytes!.Value / GB, fp16 / 100);
    }

    [Theory]
    [InlineData("llama-3.1-8b", 8, 0.125, 1.95, 15.62)]
    [InlineData("llama-3.1-70b", 8, 0.313, 4.88, 39.06)]
    [InlineData("llama-3.1-405b", 16, 0.984, 15.38, 123.05)] // the checkpoint of the day stored each key/value head twice
    [InlineData("llama-3.1-405b", 8, 0.492, 7.69, 61.52)] // today's
    public void Caches_are_as_printed(string name, int keyValueHeads, double at1k, double at16k, double at128k)
    {
        var kv = KvGeometry.Of(ModelCatalog.Find(name).Config with { NumKeyValueHeads = keyValueHeads });

        Assert.Equal(at1k, kv.Bytes(1024) / GiB, 0.00051);
        Assert.Equal(at16k, kv.Bytes(16_000) / GiB, 0.0051);
        Assert.Equal(at128k, kv.Bytes(128_000) / GiB, 0.0051);
    }

    [Fact]
    public void The_first_upload_of_the_405B_had_410_billion_parameters()
    {
        var config = ModelCatalog.Find("llama-3.1-405b").Config with { NumKeyValueHeads = 16 };
        Assert.Equal((410_081_247_232, 1_032_192), (Footprint.Of(config).Parameters, Footprint.Of(config).KvBytesPerToken()));
    }
}
