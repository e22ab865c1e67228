using Bantam.Models;
using Bantam.Sizing;
using Bantam.Tensors;
using Bantam.Tests.Models;

namespace Bantam.Tests.Sizing;

public class FootprintTests
{
    [Theory]
    [InlineData("Meta-Llama-3.1-8B", 8_030_261_248, 16_060_522_496)]
    [InlineData("Llama-3.1-8B-Instruct-bnb-int8", 8_030_261_248, 16_060_522_496)]
    [InlineData("Llama-3.1-8B-ft-bnb-int8-fp32rest", 8_030_261_248, 16_060_522_496)]
    [InlineData("Meta-Llama-3.1-70B", 70_553_706_496, 141_107_412_992)]
    [InlineData("Llama-3.1-70B-Instruct-FP8", 70_553_706_496, 141_107_412_992)]
    [InlineData("Meta-Llama-3.1-405B", 405_853_388_800, 811_706_777_600)]
    [InlineData("Llama-3.2-1B-Instruct", 1_235_814_400, 2_471_628_800)]
    [InlineData("Llama-3.2-3B-Instruct", 3_212_749_824, 6_425_499_648)]
    [InlineData("Mistral-7B-Instruct-v0.3", 7_248_023_552, 14_496_047_104)]
    [InlineData("Mixtral-8x7B-v0.1", 46_702_792_704, 93_405_585_408)]
    [InlineData("WizardLM-2-8x22B", 140_620_634_112, 281_241_268_224)]
    [InlineData("Qwen2.5-7B-Instruct", 7_615_616_512, 15_231_233_024)]
    [InlineData("Qwen3-0.6B", 596_049_920, 1_192_099_840)]
    [InlineData("Qwen3-1.7B", 1_720_574_976, 3_441_149_952)]
    [InlineData("Qwen3-1.7B-unsharded-index", 1_720_574_976, 3_441_149_952)]
    [InlineData("Qwen3-8B", 8_190_735_360, 16_381_470_720)]
    [InlineData("Qwen3-14B-MLX-4bit", 14_768_307_200, 29_536_614_400)]
    [InlineData("Qwen3-32B", 32_762_123_264, 65_524_246_528)]
    [InlineData("Qwen3-32B-FP8", 32_762_123_264, 65_524_246_528)]
    [InlineData("Qwen3-32B-FP8-Static-PerTensor", 32_762_123_264, 65_524_246_528)]
    [InlineData("Qwen3-30B-A3B-FP8", 30_532_122_624, 61_064_245_248)]
    [InlineData("Qwen3-235B-A22B", 235_093_634_560, 470_187_269_120)]
    [InlineData("Qwen3-235B-A22B-FP8", 235_093_634_560, 470_187_269_120)]
    [InlineData("Qwen3-Coder-480B-A35B-Instruct", 480_154_875_392, 960_309_750_784)]
    [InlineData("gemma-2b-it/main", 2_506_172_416, 5_012_344_832)]
    [InlineData("gemma-2b-it/float16", 2_506_172_416, 5_012_344_832)]
    [InlineData("gemma-2-2b-it", 2_614_341_888, 5_228_683_776)]
    public void Parameters_are_the_published_count(string folder, long parameters, long checkpointBytes)
    {
        var footprint = Load(folder);

        Assert.Equal((parameters, checkpointBytes), (footprint.Parameters, footprint.CheckpointBytes));
    }

    [Fact]
    public void DistilBERT_counts_with_and_without_its_head()
    {
        var sst2 = Load("distilbert-base-uncased-finetuned-sst-2-english");
        Assert.Equal(66_955_010, sst2.Parameters);
        Assert.Equal(267_820_040, 4 * sst2.Parameters);
        Assert.Equal(66_362_880, Footprint.Of(sst2.Config! with { Head = ModelHead.None }).Parameters);
        Assert.Equal(0, sst2.KvBytes(512));
    }

    [Theory]
    [InlineData("Mixtral-8x7B-v0.1", 12_879_925_248)]
    [InlineData("Qwen3-235B-A22B", 22_190_763_520)]
    [InlineData("Qwen3-Coder-480B-A35B-Instruct", 35_474_765_312)]
    [InlineData("Qwen3-8B", 8_190_735_360)]
    public void Active_parameters_leave_out_the_experts_that_a_token_does_not_visit(string folder, long active) =>
        Assert.Equal(active, Load(folder).ActiveParameters);

    [Fact]
    public void Tied_tensors_count_once_and_a_padded_vocabulary_counts_in_full()
    {
        var qwen = Load("Qwen3-0.6B").Config!;
        Assert.Equal(751_632_384, Footprint.Of(qwen with { TieWordEmbeddings = false }).Parameters);

        // The Gemma paper counts an embedding of 256,128 rows; the checkpoint has 256,000.
        var gemma = Load("gemma-2b-it/main").Config! with { VocabSize = 256_128 };
        Assert.Equal(524_550_144, Architectures.Of(gemma).Layout(gemma).First().Shape.Count);
    }

    [Theory]
    [InlineData("F16", 16.0005, 14.96)]
    [InlineData("Q8_0", 8.5008, 7.95)]
    [InlineData("Q6_K", 6.5633, 6.14)]
    public void Llama_8B_takes_the_bytes_that_llama_cpp_publishes(string format, double bitsPerWeight, double gib)
    {
        Assert.True(DType.TryParse(format, out var type));
        var footprint = Load("Meta-Llama-3.1-8B");
        var bytes = footprint.WeightBytes(type)!.Value;

        Assert.Equal(bitsPerWeight, 8.0 * bytes / footprint.Parameters!.Value, 0.00006);
        Assert.Equal(gib, bytes / (double)(1L << 30), 0.01);
    }

    [Fact]
    public void Weight_bytes_are_the_sum_over_tensors_of_what_the_rule_gives_them()
    {
        // One layer of stories260K's widths: rows of 64 and 172.
        var config = ModelCatalog.Find("stories260k").Config with { NumHiddenLayers = 1 };
        long matrices64 = (512 * 64) + (64 * 64 * 2) + (32 * 64 * 2) + (172 * 64 * 2), down = 64 * 172, vectors = 3 * 64;

        Assert.Equal((matrices64 * 34 / 32) + (down * 2) + (vectors * 4), Footprint.Of(config).WeightBytes(DType.Q8_0));
        Assert.Equal(((matrices64 + down) * 2) + (vectors * 4), Footprint.Of(config).WeightBytes(DType.Q4_K));
        Assert.Equal((matrices64 + down + vectors) * 4, Footprint.Of(config).WeightBytes(DType.F32));
    }

    [Fact]
    public void One_token_costs_two_operations_per_weight_and_reads_each_weight_once()
    {
        var llama = Load("Meta-Llama-3.1-8B");
        // Parameters without the embedding table and the 65 norms.
        var weights = 8_030_261_248 - (128_256L * 4096) - (65 * 4096);
        Assert.Equal(2 * weights, llama.FlopsPerToken(0));
        Assert.Equal((2 * weights) + (4L * 4096 * 32 * 1000), llama.FlopsPerToken(1000));
        Assert.Equal((2 * weights) + (4 * 65 * 4096) + (2 * 4096) + (1000 * 131_072), llama.BytesReadPerToken(DType.F16, 1000));

        // Tied: the table is the head, and read whole.
        var gemma = Load("gemma-2b-it/main");
        Assert.Equal(gemma.WeightBytes(DType.Q8_0) + (10 * 18_432), gemma.BytesReadPerToken(DType.Q8_0, 10));
        Assert.Equal(2 * (2_506_172_416L - (37 * 2048)), gemma.FlopsPerToken(0));

        // A mixture: two of eight experts.
        var mixtral = Load("Mixtral-8x7B-v0.1");
        Assert.Equal(2 * (12_879_925_248 - (32_000L * 4096) - (65 * 4096)), mixtral.FlopsPerToken(0));
    }

    internal static Footprint Load(string folder) => Footprint.Of(ConfigFixtures.Load(folder.Split('/')));
}
