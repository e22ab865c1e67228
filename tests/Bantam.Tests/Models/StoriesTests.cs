using Bantam.Execution;
using Bantam.Kernels;
using Bantam.Tensors;

namespace Bantam.Tests.Models;

/// <summary>The engine on trained weights against the numbers of an independent double-precision script.</summary>
public sealed class StoriesTests
{
    [Theory]
    [InlineData("F32")]
    [InlineData("F16")]
    public void Greedy_text_is_the_golden_text(string cacheType)
    {
        var expected = Stories.Golden.GetProperty("greedy_empty_prompt").Ids("greedy_ids");
        Assert.True(expected.Length > 200);
        Assert.True(DType.TryParse(cacheType, out var type));
        Assert.Equal(expected, Stories.Write(Stories.Model, expected.Length, type, Stories.Greedy));
    }

    [Fact]
    public void First_logits_are_the_golden_logits()
    {
        var golden = Stories.Golden.GetProperty("first_step_top5_logits_after_BOS").EnumerateArray().ToList();
        Assert.Equal(5, golden.Count);
        var model = Stories.Model;
        using var workers = new Workers(1);
        using var cache = model.NewCache(1, 1, DType.F32);
        using var pass = new Pass(workers, cache);
        var logits = model.Logits(pass, model.Forward(pass, [new Row(1, 0, WantsLogits: true)])).AsSpan<float>();
        foreach (var pair in golden) Assert.Equal(pair[1].GetDouble(), logits[pair[0].GetInt32()], 1e-4);
    }
}
