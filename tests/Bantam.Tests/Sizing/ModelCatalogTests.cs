using Bantam.Sizing;

namespace Bantam.Tests.Sizing;

public class ModelCatalogTests
{
    // The published count of every entry.
    private static readonly Dictionary<string, long> Published = new()
    {
        ["gemma-2b"] = 2_506_172_416,
        ["gemma-7b"] = 8_537_680_896,
        ["gemma-2-2b"] = 2_614_341_888,
        ["gemma-2-9b"] = 9_241_705_984,
        ["gemma-3-270m"] = 268_098_176,
        ["gemma-3-1b"] = 999_885_952,
        ["mistral-7b"] = 7_241_732_096,
        ["mistral-7b-v0.3"] = 7_248_023_552,
        ["mixtral-8x7b"] = 46_702_792_704,
        ["llama-2-7b"] = 6_738_415_616,
        ["llama-3.1-8b"] = 8_030_261_248,
        ["llama-3.1-70b"] = 70_553_706_496,
        ["llama-3.1-405b"] = 405_853_388_800,
        ["llama-3.2-1b"] = 1_235_814_400,
        ["llama-3.2-3b"] = 3_212_749_824,
        ["tinyllama-1.1b"] = 1_100_048_384,
        ["qwen2.5-0.5b"] = 494_032_768,
        ["qwen2.5-1.5b"] = 1_543_714_304,
        ["qwen2.5-3b"] = 3_085_938_688,
        ["qwen2.5-7b"] = 7_615_616_512,
        ["qwen2.5-14b"] = 14_770_033_664,
        ["qwen2.5-32b"] = 32_763_876_352,
        ["qwen2.5-72b"] = 72_706_203_648,
        ["qwen3-0.6b"] = 596_049_920,
        ["qwen3-1.7b"] = 1_720_574_976,
        ["qwen3-4b"] = 4_022_468_096,
        ["qwen3-8b"] = 8_190_735_360,
        ["qwen3-14b"] = 14_768_307_200,
        ["qwen3-32b"] = 32_762_123_264,
        ["smollm2-135m"] = 134_515_008,
        ["smollm2-360m"] = 361_821_120,
        ["smollm2-1.7b"] = 1_711_376_384,
        ["smollm3-3b"] = 3_075_098_624,
        ["phi-3-mini"] = 3_821_079_552,
        ["phi-3.5-mini"] = 3_821_079_552,
        ["distilbert"] = 66_362_880,
        ["distilbert-sst2"] = 66_955_010,
        // Published with a mask of 1024 · 1024 in each layer, which is no parameter: 137,022,720, 379,988,992, 811,778,816, 1,607,942,848.
        ["gpt2"] = 124_439_808,
        ["gpt2-medium"] = 354_823_168,
        ["gpt2-large"] = 774_030_080,
        ["gpt2-xl"] = 1_557_611_200,
        ["stories260k"] = 260_032,
    };

    public static TheoryData<string> Names => [.. ModelCatalog.All.Select(e => e.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_entry_has_the_published_count(string name) =>
        Assert.Equal(Published[name], Footprint.Of(ModelCatalog.Find(name).Config).Parameters);

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_nominal_size_is_within_reach_of_the_true_count(string name)
    {
        var entry = ModelCatalog.Find(name);
        // The widest gap is Gemma 2 2B's: 31 % more than its name says.
        Assert.InRange(entry.Nominal.Deviation(Published[name]), -0.2, 0.31);
    }

    [Fact]
    public void The_catalogue_holds_what_was_asked_of_it_and_every_name_once()
    {
        Assert.Equal(Published.Keys.Order(), ModelCatalog.All.Select(e => e.Name).Order());
        var names = ModelCatalog.All.SelectMany(e => e.Aliases.Append(e.Name)).Concat(ModelCatalog.Undisclosed.SelectMany(u => u.Aliases.Append(u.Name)));
        Assert.Empty(names.GroupBy(ModelCatalog.Key).Where(g => g.Select(n => Owner(n)).Distinct().Count() > 1).Select(g => g.Key));
    }

    [Theory]
    [InlineData("gemma-2b", "gemma-2b")]
    [InlineData("Gemma 2B", "gemma-2b")]
    [InlineData("google/gemma-2b", "gemma-2b")]
    [InlineData("gemma_2_2b", "gemma-2-2b")]
    [InlineData("llama3.1-8B", "llama-3.1-8b")]
    [InlineData("meta-llama/Meta-Llama-3.1-8B-Instruct", "llama-3.1-8b")]
    [InlineData("QWEN2.5:0.5B", "qwen2.5-0.5b")]
    [InlineData("Mistral-7B-v0.1", "mistral-7b")]
    [InlineData("GPT-2", "gpt2")]
    public void Lookup_forgives_case_and_punctuation(string asked, string name) => Assert.Equal(name, ModelCatalog.Find(asked).Name);

    [Theory]
    [InlineData("gemma-3b", "gemma-2b")]
    [InlineData("lama-3.1-8b", "llama-3.1-8b")]
    [InlineData("mixtrall", "mixtral-8x7b")]
    [InlineData("smollm2", "smollm2-135m")]
    public void A_near_miss_is_answered_with_what_was_probably_meant(string asked, string meant)
    {
        Assert.Contains(meant, ModelCatalog.Suggest(asked));
        var error = Assert.Throws<BantamException>(() => ModelCatalog.Find(asked));
        Assert.Equal("BT2005", error.Code);
        Assert.Contains("did you mean", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("///")]
    [InlineData("something-else-altogether")]
    public void A_name_that_is_near_nothing_gets_no_suggestion(string asked)
    {
        Assert.Empty(ModelCatalog.Suggest(asked));
        Assert.DoesNotContain("did you mean", Assert.Throws<BantamException>(() => ModelCatalog.Find(asked)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gpt-4")]
    [InlineData("GPT-4o")]
    [InlineData("gpt-4o-mini")]
    [InlineData("gemini-1.5-pro")]
    [InlineData("Gemini 1.5 Pro")]
    [InlineData("claude")]
    [InlineData("claude-3.5-sonnet")]
    public void A_model_of_undisclosed_size_gets_that_answer(string asked)
    {
        var error = Assert.Throws<BantamException>(() => ModelCatalog.Find(asked));
        Assert.Equal("BT2006", error.Code);
        Assert.Contains("size undisclosed", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_number_in_Gemini_1_5_Pro_is_a_version()
    {
        Assert.True(ModelCatalog.TryFindUndisclosed("gemini-1.5-pro", out var model));
        Assert.Contains("1.5 is a version, not a size", model.Note, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("", "abc", 3)]
    [InlineData("abc", "abc", 0)]
    public void Edit_distance_counts_changed_letters(string a, string b, int distance) => Assert.Equal(distance, ModelCatalog.EditDistance(a, b));

    private static string Owner(string name) => ModelCatalog.TryFind(name, out var e) ? e.Name : ModelCatalog.TryFindUndisclosed(name, out var u) ? u.Name : "";
}
