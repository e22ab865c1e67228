using Bantam.Sizing;

namespace Bantam.Tests.Sizing;

public class SizeClassTests
{
    [Theory]
    [InlineData("stories260k", "tiny", ModelKind.SmallerNlpModel)]
    [InlineData("distilbert", "135M", ModelKind.SmallerNlpModel)]
    [InlineData("gpt2", "135M", ModelKind.SmallLanguageModel)]
    [InlineData("smollm2-135m", "135M", ModelKind.SmallLanguageModel)]
    [InlineData("smollm2-360m", "360M", ModelKind.SmallLanguageModel)]
    [InlineData("qwen2.5-0.5b", "0.5B", ModelKind.SmallLanguageModel)]
    [InlineData("qwen3-0.6b", "0.5B", ModelKind.SmallLanguageModel)]
    [InlineData("tinyllama-1.1b", "1B", ModelKind.LargeLanguageModel)]
    [InlineData("llama-3.2-1b", "1B", ModelKind.LargeLanguageModel)]
    [InlineData("gemma-2b", "2–4B", ModelKind.LargeLanguageModel)]
    [InlineData("gemma-2-2b", "2–4B", ModelKind.LargeLanguageModel)]
    [InlineData("llama-3.2-3b", "2–4B", ModelKind.LargeLanguageModel)]
    [InlineData("qwen3-4b", "2–4B", ModelKind.LargeLanguageModel)]
    [InlineData("llama-2-7b", "7–9B", ModelKind.LargeLanguageModel)]
    [InlineData("gemma-2-9b", "7–9B", ModelKind.LargeLanguageModel)]
    [InlineData("qwen2.5-14b", "13–14B", ModelKind.LargeLanguageModel)]
    [InlineData("qwen3-32b", "30B", ModelKind.LargeLanguageModel)]
    [InlineData("llama-3.1-70b", "70B", ModelKind.LargeLanguageModel)]
    [InlineData("qwen2.5-72b", "70B", ModelKind.LargeLanguageModel)]
    [InlineData("llama-3.1-405b", "400B", ModelKind.LargeLanguageModel)]
    public void Models_are_in_the_class_that_the_field_puts_them_in(string name, string sizeClass, ModelKind kind)
    {
        var footprint = Footprint.Of(ModelCatalog.Find(name).Config);
        Assert.Equal((sizeClass, kind), (footprint.SizeClass!.Name, SizeClass.KindOf(footprint.Config!, footprint.Parameters!.Value)));
    }

    [Fact]
    public void The_classes_follow_each_other_without_a_gap()
    {
        Assert.Equal((0, long.MaxValue), (SizeClass.All[0].From, SizeClass.All[^1].To));
        Assert.All(SizeClass.All.Zip(SizeClass.All.Skip(1)), pair => Assert.Equal(pair.First.To, pair.Second.From));
        Assert.Equal(("100B+", "1T"), (SizeClass.Of(235_093_634_560).Name, SizeClass.Of(1_000_000_000_000).Name));
    }

    [Theory]
    [InlineData("2B", 2_000_000_000)]
    [InlineData("135m", 135_000_000)]
    [InlineData("1.1B", 1_100_000_000)]
    [InlineData("8x7B", 56_000_000_000)]
    [InlineData("260K", 260_000)]
    public void Nominal_sizes_are_read(string text, long parameters)
    {
        Assert.True(NominalSize.TryParse(text, out var size));
        Assert.Equal(parameters, size.Parameters);
    }

    [Theory]
    [InlineData("")]
    [InlineData("B")]
    [InlineData("2")]
    [InlineData("-2B")]
    [InlineData("x7B")]
    [InlineData("1x2x3B")]
    [InlineData("1e9B")]
    [InlineData("999999999999T")]
    public void What_is_no_nominal_size_is_not_read(string text) => Assert.False(NominalSize.TryParse(text, out _));

    [Fact]
    public void A_Gemma_2B_has_a_quarter_more_than_its_name_says()
    {
        var entry = ModelCatalog.Find("gemma-2b");
        Assert.Equal(0.2531, entry.Nominal.Deviation(2_506_172_416), 4);
        Assert.Equal("2.51 B", NominalSize.Format(2_506_172_416));
        Assert.Equal(["405 B", "135 M", "66.4 M", "260 K", "12", "1.02 T"], ((long[])[405_000_000_000, 135_000_000, 66_362_880, 260_032, 12, 1_020_000_000_000]).Select(NominalSize.Format));
    }
}
