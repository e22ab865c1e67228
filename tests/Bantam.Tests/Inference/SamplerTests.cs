using Bantam.Inference;

namespace Bantam.Tests.Inference;

public sealed class SamplerTests
{
    private static readonly SamplingOptions Open = new() { Temperature = 1, TopK = 0, TopP = 1, MinP = 0 };

    // Probabilities 0.5, 0.25, 0.125, 0.0625, … in shuffled order of id.
    private static float[] Logits => [MathF.Log(0.125f), MathF.Log(0.5f), MathF.Log(0.03125f), MathF.Log(0.25f), MathF.Log(0.0625f), MathF.Log(0.03125f)];

    public static TheoryData<string, SamplingOptions, int[]> Cuts => new()
    {
        { "nothing cut", Open, [0, 1, 2, 3, 4, 5] },
        { "greedy", SamplingOptions.Greedy, [1] },
        { "top_k 3", Open with { TopK = 3 }, [0, 1, 3] },
        { "top_k beyond the vocabulary", Open with { TopK = 100 }, [0, 1, 2, 3, 4, 5] },
        { "top_p 0.7", Open with { TopP = 0.7f }, [1, 3] },
        { "top_p just above the first", Open with { TopP = 0.51f }, [1, 3] },
        { "top_p tiny keeps one", Open with { TopP = 1e-6f }, [1] },
        { "min_p 0.2", Open with { MinP = 0.2f }, [0, 1, 3] },
        { "min_p 1", Open with { MinP = 1f }, [1] },
        { "both", Open with { TopK = 4, MinP = 0.3f }, [1, 3] },
    };

    [Theory]
    [MemberData(nameof(Cuts))]
    public void Only_the_kept_tokens_are_drawn_and_all_of_them_are(string name, SamplingOptions options, int[] kept)
    {
        var sampler = new Sampler(options with { Seed = 3 }, 6);
        var drawn = Enumerable.Range(0, 3000).Select(_ => sampler.Next(Logits)).Distinct().Order();
        Assert.True(kept.SequenceEqual(drawn), name);
    }

    [Fact]
    public void The_largest_is_the_first_of_the_largest_or_the_first_that_is_no_number()
    {
        float[] pool = [1, 1, 0, -0f, -1, -1e30f, 3, float.NegativeInfinity, float.PositiveInfinity, float.NaN];
        var random = new Random(5);
        for (var round = 0; round < 3000; round++)
        {
            // From few values, so that many are equal; NaN and infinity in some rounds only.
            var values = pool[..(round % 5 == 0 ? pool.Length : round % 7 == 0 ? pool.Length - 1 : 1 + random.Next(7))];
            var logits = Enumerable.Range(0, 1 + random.Next(100)).Select(_ => values[random.Next(values.Length)]).ToArray();
            var expected = Array.FindIndex(logits, float.IsNaN);
            if (expected < 0) expected = Array.FindIndex(logits, l => l == logits.Max());
            Assert.Equal(expected, Sampler.Largest(logits));
        }
        Assert.Equal(0, Sampler.Largest([]));
    }

    [Theory]
    [InlineData(1f)]
    [InlineData(0.5f)]
    [InlineData(2f)]
    public void Frequencies_follow_the_tempered_softmax(float temperature)
    {
        const int Draws = 40000;
        var sampler = new Sampler(Open with { Temperature = temperature, Seed = 11 }, 6);
        var counts = new int[6];
        for (var i = 0; i < Draws; i++) counts[sampler.Next(Logits)]++;
        var weights = Logits.Select(l => Math.Exp(l / temperature)).ToArray();
        for (var i = 0; i < 6; i++)
        {
            var p = weights[i] / weights.Sum();
            // Five standard deviations of a binomial.
            Assert.Equal(p, (double)counts[i] / Draws, 5 * Math.Sqrt(p * (1 - p) / Draws));
        }
    }

    [Fact]
    public void A_large_vocabulary_gives_the_same_top_k_as_a_full_sort()
    {
        var random = new Random(1);
        var logits = Enumerable.Range(0, 5000).Select(_ => MathF.Round(random.NextSingle() * 200) / 20).ToArray();
        var expected = Enumerable.Range(0, logits.Length).OrderByDescending(i => logits[i]).ThenBy(i => i).Take(7).Order().ToArray();
        var sampler = new Sampler(Open with { TopK = 7, Temperature = 50 }, logits.Length);
        var drawn = Enumerable.Range(0, 2000).Select(_ => sampler.Next([.. logits])).Distinct().Order();
        Assert.Equal(expected, drawn);
    }

    [Fact]
    public void The_same_seed_gives_the_same_tokens_and_another_seed_others()
    {
        int[] Draw(int seed)
        {
            var sampler = new Sampler(Open with { Seed = seed }, 6);
            return [.. Enumerable.Range(0, 50).Select(_ => sampler.Next(Logits))];
        }
        Assert.True(Draw(1).SequenceEqual(Draw(1)));
        Assert.False(Draw(1).SequenceEqual(Draw(2)));
    }

    [Fact]
    public void The_repetition_penalty_lowers_recent_tokens_once_whatever_their_sign()
    {
        var sampler = new Sampler(SamplingOptions.Greedy with { RepetitionPenalty = 2, RepetitionWindow = 2 }, 3);
        sampler.Accept(0);
        sampler.Accept(0);
        Span<float> logits = [3f, 2f, -1f];
        Assert.Equal(1, sampler.Next(logits));
        Assert.Equal(1.5f, logits[0]);
        sampler.Accept(2);
        sampler.Accept(1);
        // Token 0 has left the window of two.
        logits = [3f, 2f, -1f];
        Assert.Equal(0, sampler.Next(logits));
        Assert.Equal(-2f, logits[2]);
    }

    [Fact]
    public void Padding_of_the_embedding_is_never_chosen() =>
        Assert.Equal(0, new Sampler(SamplingOptions.Greedy, 2).Next([1f, 0f, 100f]));

    [Theory]
    [InlineData("temperature", -1f)]
    [InlineData("temperature", float.NaN)]
    [InlineData("top_p", 0f)]
    [InlineData("top_p", 2f)]
    [InlineData("min_p", -0.1f)]
    [InlineData("repetition_penalty", 0f)]
    public void A_meaningless_option_is_refused_by_name(string name, float value)
    {
        var options = name switch
        {
            "temperature" => Open with { Temperature = value },
            "top_p" => Open with { TopP = value },
            "min_p" => Open with { MinP = value },
            _ => Open with { RepetitionPenalty = value },
        };
        Assert.Contains(name, Assert.Throws<BantamException>(() => new Sampler(options, 6)).Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, float[]> NoNumbers => new()
    {
        { "all NaN", [float.NaN, float.NaN, float.NaN] },
        { "NaN first", [float.NaN, 1, 2] },
        { "all minus infinity", [float.NegativeInfinity, float.NegativeInfinity, float.NegativeInfinity] },
        { "plus infinity", [0, float.PositiveInfinity, 1] },
    };

    [Theory]
    [MemberData(nameof(NoNumbers))]
    public void Logits_that_are_no_numbers_are_refused_and_not_drawn_from(string name, float[] logits)
    {
        foreach (var options in new[] { SamplingOptions.Greedy, Open, new SamplingOptions() })
        {
            var refusal = Assert.Throws<BantamException>(() => new Sampler(options, 3).Next([.. logits]));
            Assert.True(refusal.Code == "BT4005", name);
        }
        Assert.Equal(1, new Sampler(new SamplingOptions(), 3).Next([float.NegativeInfinity, 1, float.NegativeInfinity]));
    }
}
