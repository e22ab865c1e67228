using Bantam.Inference;
using Bantam.Kernels;
using Bantam.Models;
using Bantam.Tensors;
using Bantam.Tests.Models;

namespace Bantam.Tests.Inference;

public sealed class GeneratorTests
{
    private static readonly GenerationOptions Greedy = new() { MaxTokens = 20, Sampling = SamplingOptions.Greedy };

    [Fact]
    public void A_shared_beginning_is_not_computed_again_and_changes_nothing()
    {
        using var workers = new Workers(2);
        var model = Model();
        using var warm = new Generator(model, workers, 64);
        int[] first = [1, 2, 3, 4, 5, 6];
        int[] second = [1, 2, 3, 4, 9, 8, 7];
        _ = warm.Generate(first, Greedy).ToArray();
        using var cold = new Generator(model, workers, 64);
        Assert.Equal(cold.Generate(second, Greedy).ToArray(), warm.Generate(second, Greedy).ToArray());
    }

    [Fact]
    public void Decoding_allocates_nothing_once_warm()
    {
        using var workers = new Workers(2);
        foreach (var type in new[] { DType.F32, DType.Q8_0, DType.Q4_K })
        {
            using var generator = new Generator(new Llama(TinyLlama.Wide, TinyLlama.Weights(TinyLlama.Wide, type)), workers, 128);
            generator.Prefill([1, 2, 3]);
            var sampler = new Sampler(new SamplingOptions { TopK = 5 }, TinyLlama.Wide.VocabSize);
            for (var i = 0; i < 16; i++) generator.Decode(sampler.Next(generator.Decode(7)));
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 32; i++) _ = sampler.Next(generator.Decode(7));
            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }

    public static TheoryData<string> Families => new(FamilyShapes.Wide.Keys);

    [Theory]
    [MemberData(nameof(Families))]
    public void Decoding_of_every_family_allocates_nothing_once_warm(string family)
    {
        const int Length = 140;
        var config = FamilyShapes.Wide[family] with { MaxPositionEmbeddings = Length };
        using var workers = new Workers(2);
        foreach (var type in family == "gpt2" ? new[] { DType.F32, DType.BF16 } : [DType.F32, DType.Q8_0, DType.Q5_1, DType.Q4_K])
        {
            using var generator = new Generator(Architectures.Of(config).Create!(config, FamilyShapes.Weights(config, type, 1)), workers, Length, chunk: 4);
            // Mixtures take other experts for other tokens, each with its own rows; and activations grow with the text.
            Write();
            generator.Rewind();
            var before = GC.GetAllocatedBytesForCurrentThread();
            // Into the third page, and beyond the window, which gives back the first.
            Write();
            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

            void Write()
            {
                for (var i = 0; i < Length; i++) _ = generator.Decode(i % 100);
            }
        }
    }

    [Fact]
    public void Generation_ends_at_an_end_token_the_limit_or_the_context()
    {
        using var workers = new Workers(1);
        using var generator = new Generator(Model(), workers, 16);
        var free = generator.Generate([1, 2, 3], Greedy).ToArray();
        // Sixteen positions hold the prompt and thirteen tokens; one more can be chosen and not fed back.
        Assert.Equal(14, free.Length);
        Assert.Equal(free[..4], generator.Generate([1, 2, 3], Greedy with { MaxTokens = 4 }).ToArray());
        var end = free[5];
        var until = Array.IndexOf(free, end);
        Assert.Equal(free[..until], generator.Generate([1, 2, 3], Greedy with { EosTokenIds = [end] }).ToArray());
    }

    [Fact]
    public void A_prompt_that_cannot_be_run_is_refused_and_the_generator_lives_on()
    {
        using var workers = new Workers(1);
        using var generator = new Generator(Model(), workers, 8);
        Assert.Equal("BT3003", Assert.Throws<BantamException>(() => generator.Generate([], Greedy).ToArray()).Code);
        Assert.Equal("BT3001", Assert.Throws<BantamException>(() => generator.Generate([.. Enumerable.Range(0, 9)], Greedy).ToArray()).Code);
        Assert.Equal("BT4004", Assert.Throws<BantamException>(() => generator.Generate([1, 5000], Greedy).ToArray()).Code);
        Assert.Equal("BT4004", Assert.Throws<BantamException>(() => generator.Generate([1, -1], Greedy).ToArray()).Code);
        Assert.NotEmpty(generator.Generate([1, 2], Greedy).ToArray());
    }

    [Fact]
    public void A_limit_of_no_tokens_yields_none()
    {
        using var workers = new Workers(1);
        using var generator = new Generator(Model(), workers, 16);
        Assert.Empty(generator.Generate([1, 2, 3], Greedy with { MaxTokens = 0 }));
    }

    [Fact]
    public void A_disposed_generator_refuses_to_go_on()
    {
        using var workers = new Workers(1);
        var generator = new Generator(Model(), workers, 16);
        using var tokens = generator.Generate([1, 2, 3], Greedy).GetEnumerator();
        Assert.True(tokens.MoveNext());
        generator.Dispose();
        Assert.Throws<ObjectDisposedException>(() => tokens.MoveNext());
    }

    [Fact]
    public void Cancelling_between_tokens_leaves_a_usable_generator()
    {
        using var workers = new Workers(2);
        using var generator = new Generator(Model(), workers, 64);
        var expected = generator.Generate([1, 2, 3], Greedy).ToArray();
        using var cancellation = new CancellationTokenSource();
        var seen = new List<int>();
        Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (var token in generator.Generate([1, 2, 3], Greedy, cancellation.Token))
            {
                seen.Add(token);
                if (seen.Count == 5) cancellation.Cancel();
            }
        });
        Assert.Equal(expected[..5], seen);
        Assert.Equal(expected, generator.Generate([1, 2, 3], Greedy).ToArray());
    }

    private static Llama Model() => new(TinyLlama.Wide, TinyLlama.Weights(TinyLlama.Wide, DType.Q8_0));
}
