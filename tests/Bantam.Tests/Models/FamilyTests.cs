using Bantam.Execution;
using Bantam.Inference;
using Bantam.Kernels;
using Bantam.Models;
using Bantam.Sizing;
using Bantam.Tensors;

namespace Bantam.Tests.Models;

/// <summary>What holds for every family: independence of company, windows that forget nothing they show, memory as predicted.</summary>
public sealed class FamilyTests
{
    private const int Chunk = 7;

    private static readonly Dictionary<string, ModelConfig> Shapes =
        FamilyShapes.Wide.Concat(FamilyShapes.OnlyInDirectories.Where(s => Architectures.Of(s.Value).Lacks(s.Value) is null)).ToDictionary();

    public static TheoryData<string> Families => new(Shapes.Keys);

    public static TheoryData<string> Wide => new(FamilyShapes.Wide.Keys);

    public static TheoryData<string> Variants => new(Shapes.Keys.Except(FamilyShapes.Wide.Keys));

    [Theory]
    [MemberData(nameof(Wide))]
    [Trait("Category", "Kernels")]
    public void Logits_do_not_depend_on_company_chunking_threads_or_windows(string family) => Check(Shapes[family]);

    [Theory]
    [MemberData(nameof(Variants))]
    public void Nor_do_those_of_what_only_directories_can_say(string shape) => Check(Shapes[shape]);

    private static void Check(ModelConfig config)
    {
        var type = config.HiddenSize % 32 == 0 && config.IntermediateSize % 32 == 0 && !config.InputFirstLinears ? DType.Q8_0 : DType.F32;
        var model = Architectures.Of(config).Create!(config, FamilyShapes.Weights(config, type, 1));
        int[][] texts = [FamilyShapes.Text(config), [.. FamilyShapes.Text(config).Reverse()], FamilyShapes.Text(config)[5..20]];

        // One text at a time, one token at a time, one thread, everything kept: the plainest way.
        var expected = texts.Select(text => RaggedRun.Logits(model, DType.F16, 1, [text], 1)[0]).ToArray();
        foreach (var threads in new[] { 1, 3 })
            foreach (var chunk in new[] { 1, 2, Chunk, 40 })
                foreach (var windows in new[] { false, true })
                    Assert.Equal(expected, RaggedRun.Logits(model, DType.F16, threads, texts, chunk, windows));
    }

    [Theory]
    [InlineData("gemma2")]
    [InlineData("gemma3_text")]
    [InlineData("mistral, window")]
    [InlineData("qwen2, window in some layers")]
    public void Pages_that_windows_give_back_are_not_missed(string shape)
    {
        const int Context = 256;
        var config = (Shapes.TryGetValue(shape, out var family) ? family : FamilyShapes.OnlyInDirectories[shape]) with { MaxPositionEmbeddings = Context };
        var model = Architectures.Of(config).Create!(config, FamilyShapes.Weights(config, DType.F32, 1));
        var random = new ExactRandom(7);
        int[][] texts = [.. new[] { 250, 129, 90 }.Select(n => Enumerable.Range(0, n).Select(_ => random.Below(config.VocabSize)).ToArray())];
        var expected = texts.Select(text => RaggedRun.Logits(model, DType.F16, 1, [text], 50, context: Context)[0]).ToArray();
        foreach (var chunk in new[] { 1, 13, 64, 100 })
            Assert.Equal(expected, RaggedRun.Logits(model, DType.F16, 2, texts, chunk, windows: true, Context));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void The_cache_takes_what_its_footprint_says(string family)
    {
        var config = Shapes[family];
        var model = Architectures.Of(config).Create!(config, FamilyShapes.Weights(config, DType.F32, 1));
        foreach (var (keys, values) in new[] { (DType.F16, DType.F16), (DType.F32, DType.BF16) })
            foreach (var context in new[] { 1, 64, 65, 300 })
            {
                using var cache = model.NewCache(3, context, keys, Chunk, values);
                Assert.Equal(Footprint.Of(config).KvReservedBytes(context, 3, keys, Chunk, values), cache.Bytes);
                for (var sequence = 0; sequence < 3; sequence++)
                    for (var at = 0; at < context; at += Chunk)
                        cache.Admit([.. Enumerable.Range(at, Math.Min(Chunk, context - at)).Select(p => new Row(1, p, sequence))]);
                // A window of 24 and a chunk of 7 have two pages and may lie in one.
                Assert.InRange(cache.UsedBytes, Footprint.Of(config).Kv!.Bytes(context, 3, keys, Chunk, values), cache.Bytes);
                if (config.SlidingWindow is null) Assert.Equal(cache.Bytes, cache.UsedBytes);
            }
    }

    [Fact]
    public void A_generator_whose_windows_have_moved_on_begins_again_and_answers_the_same()
    {
        var config = FamilyShapes.Wide["gemma2"] with { MaxPositionEmbeddings = 250 };
        var model = Architectures.Of(config).Create!(config, FamilyShapes.Weights(config, DType.F32, 1));
        using var workers = new Workers(1);
        using var warm = new Generator(model, workers, 250, DType.F32, chunk: 4);
        int[] text = [.. Enumerable.Range(0, 6).SelectMany(_ => FamilyShapes.Text(config))];
        warm.Prefill(text);
        foreach (var kept in new[] { 238, 200, 3 })
        {
            int[] other = [.. text[..kept], 9, 8, 7];
            using var cold = new Generator(model, workers, 250, DType.F32, chunk: 16);
            Assert.Equal(cold.Prefill(other).ToArray(), warm.Prefill(other).ToArray());
            warm.Prefill(text);
        }
        Assert.Throws<InvalidOperationException>(() => warm.Rewind(5));
    }

    [Fact]
    public void A_pass_brings_no_more_rows_than_the_cache_was_made_for()
    {
        var config = FamilyShapes.Wide["gemma2"];
        using var cache = new KvCache(config.NumHiddenLayers, config.NumKeyValueHeads, config.HeadDim, 1, 64, DType.F32, config.WindowOfLayer, Chunk);
        using var workers = new Workers(1);
        using var pass = new Pass(workers, cache);
        var rows = Enumerable.Range(0, Chunk + 1).Select(i => new Row(i, i)).ToArray();
        Assert.Contains($"chunks of {Chunk}", Assert.Throws<ArgumentException>(() => pass.Begin(rows)).Message, StringComparison.Ordinal);
    }
}
