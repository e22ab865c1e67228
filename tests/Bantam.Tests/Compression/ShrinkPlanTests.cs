using Bantam.Compression;
using Bantam.Evaluation;
using Bantam.Kernels;
using Bantam.Kernels.Quant;
using Bantam.Models;
using Bantam.Tensors;

namespace Bantam.Tests.Compression;

public sealed class ShrinkPlanTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(32)]
    [InlineData(4096)]
    public void Padding_counts_against_the_budget(int alignment)
    {
        var tensors = Enumerable.Range(0, 12).Select(i => new TensorOptions(
            $"model.layers.{i}.mlp.up_proj.weight",
            new Shape(5, 96),
            DType.F32,
            [.. new[] { DType.F16, DType.Q8_0, DType.Q4_0 }.Select((t, d) => new TensorOption(t, t.Bytes(5 * 96), i * d))])).ToList();
        var smallest = 12L * ((270 + alignment - 1) / alignment * alignment);
        for (var budget = smallest; budget < smallest + 5000; budget += 100)
        {
            var plan = ShrinkPlan.For(tensors, budget, alignment);
            Assert.True(plan.PaddedBytes <= budget);
            Assert.Equal(plan.Tensors.Sum(t => (t.Choice.Bytes + alignment - 1) / alignment * alignment), plan.PaddedBytes);
            Assert.Equal(plan.Tensors.Sum(t => t.Type.Bytes(5 * 96)), plan.Bytes);
            Assert.Equal(plan.Bytes, plan.ByFormat.Sum(f => f.Bytes));
            Assert.Equal((12 * 1920) - plan.Bytes, plan.Tensors.Sum(t => t.SavedBytes));
            Assert.Equal(tensors.Select(t => t.Name), plan.Tensors.Select(t => t.Name));
        }
        Assert.Equal("BT4001", Assert.Throws<BantamException>(() => ShrinkPlan.For(tensors, smallest - 1, alignment)).Code);
    }

    [Fact]
    public void What_is_predicted_is_what_the_shrunken_model_has()
    {
        using var workers = new Workers(1);
        var previous = double.PositiveInfinity;
        // Two thirds of the rows are 64 wide and may go down to 4.5 bits; those of 172 and the norms stay wider.
        foreach (var budget in new[] { 260_000L, 300_000, 380_000 })
        {
            var plan = ShrinkPlan.For(SensitivityTests.Measured.Value, budget, alignment: 32);
            Assert.True(plan.PaddedBytes <= budget);
            Assert.True(plan.IsOptimal);
            var shrunken = Stories.Weights.With(plan.Tensors.ToDictionary(t => t.Name, t => TensorEncoder.Encode(Stories.Weights.All[t.Name], t.Type, workers)));
            Assert.Equal(plan.Bytes, shrunken.Bytes);

            var measured = Divergence.Measure(Stories.Model, new Llama(Stories.Config, shrunken), workers, SensitivityTests.Windows.Value).Kl;
            TestContext.Current.TestOutputHelper?.WriteLine($"{budget}: predicted KL {plan.Distortion:G4}, measured {measured}; {string.Join(", ", plan.ByFormat)}");
            // Distortions of single tensors add up well enough to choose by.
            Assert.InRange(measured.Value, plan.Distortion / 2, plan.Distortion * 2);
            Assert.True(measured.Value < previous);
            previous = measured.Value;
        }
    }
}
