using Bantam.Models;
using Bantam.Sizing;
using Bantam.Tensors;

namespace Bantam.Tests.Sizing;

public class FitReportTests
{
    private static readonly Footprint Gemma = Footprint.Of(ModelCatalog.Find("gemma-2b").Config);

    [Fact]
    public void The_terms_add_up()
    {
        var row = FitReport.Of(Gemma, Device(16_000_000_000), new() { Context = 8192, Formats = [DType.Q8_0] }).Rows.Single();

        Assert.Equal((Gemma.WeightBytes(DType.Q8_0), 8192L * 18_432, Gemma.ScratchBytes(512, 8192, Device(1).Cores), 96_000_000), (row.WeightBytes, row.KvBytes, row.ScratchBytes, row.RuntimeBytes));
        Assert.Equal(row.WeightBytes + row.KvBytes + row.ScratchBytes + row.RuntimeBytes, row.MemoryBytes);
        Assert.Equal(row.WeightBytes, row.DownloadBytes);
    }

    [Theory]
    [InlineData(0, FitVerdict.Tight)]
    [InlineData(-1, FitVerdict.DoesNotFit)]
    public void It_is_tight_down_to_the_last_byte(long spare, FitVerdict verdict) =>
        Assert.Equal(verdict, One(Need(DType.Q4_0) + spare).Verdict);

    [Theory]
    [InlineData(0, FitVerdict.Fits)]
    [InlineData(-10, FitVerdict.Tight)]
    public void It_fits_up_to_four_fifths_of_what_is_available(long spare, FitVerdict verdict) =>
        Assert.Equal(verdict, One((long)Math.Ceiling(Need(DType.Q4_0) / 0.8) + spare).Verdict);

    [Fact]
    public void The_verdict_looks_at_available_memory_and_not_at_all_of_it()
    {
        var busy = Device(1_000_000_000) with { TotalMemory = 64_000_000_000 };
        Assert.Equal(FitVerdict.DoesNotFit, FitReport.Of(Gemma, busy).Verdict);
    }

    [Fact]
    public void A_full_disk_is_a_refusal()
    {
        var full = Device(64_000_000_000) with { FreeDisk = 1_000_000 };
        Assert.All(FitReport.Of(Gemma, full).Rows, r => Assert.Equal(FitVerdict.DoesNotFit, r.Verdict));
    }

    [Theory]
    [InlineData("gemma-2b")]
    [InlineData("gemma-2-2b")] // half of its layers stop growing at the window
    [InlineData("llama-3.2-1b")]
    public void The_longest_context_fits_and_one_more_token_does_not(string name)
    {
        var model = Footprint.Of(ModelCatalog.Find(name).Config);
        var most = model.Config!.MaxPositionEmbeddings;
        var between = (NeedAt(model, 16) + NeedAt(model, most)) / 2;

        var longest = FitReport.Of(model, Device(between), new() { Formats = [DType.Q8_0] }).Rows.Single().LongestContext!.Value;

        Assert.InRange(longest, 16, most - 1);
        Assert.True(NeedAt(model, longest) <= between);
        Assert.True(NeedAt(model, longest + 1) > between);
    }

    [Fact]
    public void The_longest_context_is_bounded_by_the_model_and_is_0_where_not_even_the_weights_fit()
    {
        Assert.Equal(8192, One(64_000_000_000).LongestContext);
        Assert.Equal(0, One(100_000_000).LongestContext);
    }

    [Fact]
    public void An_unknown_term_never_fits_but_what_is_known_can_be_too_much()
    {
        // A header without keys and values: no cache can be told, and no activations.
        var unknown = Footprint.Of([("model.layers.0.mixer.weight", DType.F16, new Shape(1000, 1000))]);
        var report = FitReport.Of(unknown, Device(64_000_000_000));
        Assert.Equal(FitVerdict.Unknown, report.Verdict);
        Assert.All(report.Rows, r => Assert.Equal((null, null, null), (r.KvBytes, r.MemoryBytes, r.LongestContext)));

        Assert.Equal(FitVerdict.DoesNotFit, FitReport.Of(unknown, Device(1_000_000)).Verdict);
    }

    [Fact]
    public void A_file_comes_first_as_it_is_stored_and_needs_no_more_disk()
    {
        var config = ModelCatalog.Find("gemma-2b").Config;
        var file = Footprint.Of(Architectures.Of(config).Layout(config).Select(t => (t.Name, DType.BF16, t.Shape)), config);
        var report = FitReport.Of(file, Device(64_000_000_000) with { FreeDisk = 1_000_000 }, new() { Formats = [DType.Q8_0] });

        Assert.Equal([null, DType.Q8_0], report.Rows.Select(r => r.Format));
        Assert.Equal((5_012_344_832, FitVerdict.Fits, FitVerdict.DoesNotFit), (report.Rows[0].WeightBytes, report.Rows[0].Verdict, report.Rows[1].Verdict));
        Assert.Equal(FitVerdict.Fits, report.Verdict);
    }

    [Fact]
    public void The_report_takes_the_best_format()
    {
        var report = FitReport.Of(Footprint.Of(ModelCatalog.Find("llama-3.1-8b").Config), Device(8_000_000_000));

        Assert.Equal(FitVerdict.DoesNotFit, report.Rows[0].Verdict); // F16 takes 16 GB
        Assert.Equal(FitVerdict.Fits, report.Verdict); // Q4_K takes 4.5
        Assert.Equal(4096, report.Context);
    }

    [Fact]
    public void An_encoder_needs_no_cache()
    {
        var row = FitReport.Of(Footprint.Of(ModelCatalog.Find("distilbert").Config), Device(4_000_000_000), new() { Formats = [DType.Q8_0] }).Rows.Single();
        Assert.Equal((0, FitVerdict.Fits, 512), (row.KvBytes, row.Verdict, row.LongestContext));
    }

    [Fact]
    public void What_cannot_be_asked_is_refused()
    {
        foreach (var options in (FitOptions[])[new() { Context = 8193 }, new() { Context = 0 }, new() { Sequences = 0 }, new() { Sequences = 1025 }, new() { Chunk = 0 }, new() { Formats = [] }])
            Assert.Equal("BT2004", Assert.Throws<BantamException>(() => FitReport.Of(Gemma, Device(1), options)).Code);
    }

    [Fact]
    public void The_largest_configuration_that_is_read_at_all_overflows_nothing()
    {
        var config = Models.ConfigFixtures.Read("""
            {"model_type":"qwen3_moe","hidden_size":262144,"intermediate_size":2097152,"moe_intermediate_size":2097152,"num_hidden_layers":32,
             "num_attention_heads":4096,"num_key_value_heads":2048,"head_dim":256,"vocab_size":16777216,"max_position_embeddings":33554432,"num_experts":4096,"num_experts_per_tok":4096}
            """);
        var report = FitReport.Of(Footprint.Of(config), Device(1), new() { Context = 33554432, Sequences = 1024, CacheType = DType.F32, Formats = [DType.F32] });

        Assert.Equal(FitVerdict.DoesNotFit, report.Verdict);
        Assert.True(report.Rows[0].MemoryBytes > 1L << 60);
        Assert.True(report.Model.FlopsPerToken(33554432) > 0);
    }

    private static long Need(DType format) => FitReport.Of(Gemma, Device(1), new() { Formats = [format] }).Rows[0].MemoryBytes!.Value;

    private static long NeedAt(Footprint model, int context) =>
        FitReport.Of(model, Device(1), new() { Context = context, Formats = [DType.Q8_0] }).Rows[0].MemoryBytes!.Value;

    private static FitRow One(long available) => FitReport.Of(Gemma, Device(available), new() { Formats = [DType.Q4_0] }).Rows.Single();

    private static DeviceProfile Device(long available) => new() { Name = "test", TotalMemory = available, AvailableMemory = available, Cores = 4 };
}
