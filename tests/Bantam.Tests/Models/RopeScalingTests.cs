using System.Text.Json;
using Bantam.Execution;
using Bantam.Kernels;
using Bantam.Models;
using Bantam.Ops;
using Bantam.Tensors;

namespace Bantam.Tests.Models;

/// <summary>
/// The rotation of every published scaling against an independent double-precision reference (Golden/rope-angles.json, made
/// by bench/peers/families/angles_golden.py), also far beyond the original context.
/// </summary>
public sealed class RopeScalingTests
{
    private static readonly JsonElement Golden =
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Golden", "rope-angles.json"))).RootElement;

    public static TheoryData<string> Cases => new(Golden.GetProperty("cases").EnumerateArray().Select(c => c.GetProperty("name").GetString()!));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Frequencies_and_factor_are_those_of_the_reference(string name)
    {
        var (config, context, factor, frequencies) = Case(name);
        var (ours, ourFactor) = RopeScaling.Of(config, context);
        Assert.Equal(frequencies.Length, ours.Length);
        // The configuration keeps its numbers in single precision, longrope's divisors too; those here are exact there.
        for (var i = 0; i < ours.Length; i++) Assert.InRange(ours[i] / frequencies[i], 1 - 1e-12, 1 + 1e-12);
        Assert.Equal(factor, ourFactor, 1e-12);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_table_of_a_pass_holds_the_angles_of_far_positions(string name)
    {
        var (config, context, factor, frequencies) = Case(name);
        int[] positions = [0, 1, 4095, 9_000, 40_000];
        using var workers = new Workers(1);
        // The cache says which context is asked for; a single layer and head, filled up to each position.
        using var cache = new KvCache(1, 1, 2, 1, Math.Max(context, positions[^1] + 1), DType.F16);
        using var pass = new Pass(workers, cache);
        pass.Begin([.. Enumerable.Range(0, positions[^1] + 1).Select(i => new Row(0, i))]);
        var table = Rope.Table(pass, RopeScaling.Of(config, context).Frequencies, RopeScaling.Of(config, context).Factor);
        foreach (var position in positions)
            for (var i = 0; i < frequencies.Length; i++)
            {
                var (sin, cos) = Math.SinCos(position * frequencies[i]);
                Assert.Equal(cos * factor, table.RowSpan<float>(position)[i], 2e-7);
                Assert.Equal(sin * factor, table.RowSpan<float>(position)[frequencies.Length + i], 2e-7);
            }
    }

    [Fact]
    public void A_share_of_a_head_that_was_counted_comes_back_as_that_many_elements()
    {
        for (var head = 2; head <= 512; head += 2)
            for (var rotated = 2; rotated <= head; rotated += 2)
                Assert.Equal(rotated, (TinyLlama.Wide with { HeadDim = head, PartialRotaryFactor = rotated / (float)head }).RotaryDim);
        // Written as a decimal, what does not come to a whole element is cut off.
        foreach (var (head, share, rotated) in new[] { (80, 0.4f, 32), (96, 0.75f, 72), (10, 0.7f, 7), (128, 0.99f, 126) })
            Assert.Equal(rotated, (TinyLlama.Wide with { HeadDim = head, PartialRotaryFactor = share }).RotaryDim);
    }

    [Fact]
    public void Longrope_and_dynamic_look_at_the_context_that_is_asked_for()
    {
        foreach (var name in new[] { "longrope, beyond", "dynamic, beyond" })
        {
            var (config, context, _, frequencies) = Case(name);
            var positions = new RotaryPositions(config);
            using var workers = new Workers(1);
            foreach (var (capacity, isFar) in new[] { (context, true), (64, false), (context, true) })
            {
                using var cache = new KvCache(1, 1, 2, 1, capacity, DType.F16);
                using var pass = new Pass(workers, cache);
                pass.Begin([new Row(0, 0), new Row(0, 1)]);
                var last = positions.Table(pass).RowSpan<float>(1)[^1];
                Assert.Equal(isFar, Math.Abs(last - (Math.Sin(frequencies[^1]) * RopeScaling.Of(config, capacity).Factor)) < 1e-6 * last);
            }
        }
    }

    private static (ModelConfig Config, int Context, double Factor, double[] Frequencies) Case(string name)
    {
        var row = Golden.GetProperty("cases").EnumerateArray().Single(c => c.GetProperty("name").GetString() == name);
        return (HuggingFaceConfig.Read(row.GetProperty("config"), "config.json"), row.GetProperty("context").GetInt32(), row.GetProperty("factor").GetDouble(),
            [.. row.GetProperty("frequencies").EnumerateArray().Select(f => f.GetDouble())]);
    }
}
