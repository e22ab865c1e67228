using Bantam.Compression;

namespace Bantam.Tests.Compression;

public sealed class BudgetSearchTests
{
    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    [InlineData(4, false)]
    public void It_is_as_good_as_trying_everything(int seed, bool exact)
    {
        var random = new Random(seed);
        var worst = 0.0;
        for (var round = 0; round < 400; round++)
        {
            var items = RandomItems(random);
            var budget = (long)(random.NextDouble() * 1.2 * items.Sum(o => o.Max(x => x.Bytes)));
            var best = BruteForce(items, budget);
            if (best is null)
            {
                var error = Assert.Throws<BantamException>(() => BudgetSearch.Choose(items, budget));
                Assert.Equal("BT4001", error.Code);
                Assert.Contains($"{BudgetSearch.SmallestBudget(items)} bytes", error.Message);
                Assert.True(BudgetSearch.SmallestBudget(items) > budget);
                continue;
            }
            var choice = exact ? BudgetSearch.Choose(items, budget) : BudgetSearch.Choose(items, budget, tableBytes: 0);
            Assert.Equal(items.Count, choice.Chosen.Count);
            Assert.Equal(items.Select((o, i) => o[choice.Chosen[i]].Bytes).Sum(), choice.Bytes);
            Assert.Equal(items.Select((o, i) => o[choice.Chosen[i]].Distortion).Sum(), choice.Distortion, 1e-12);
            Assert.True(choice.Bytes <= budget, $"{choice.Bytes} bytes exceed {budget}");
            Assert.True(choice.Distortion >= best - 1e-9, "brute force missed something");
            if (exact) Assert.True(choice.IsOptimal);
            if (choice.IsOptimal) Assert.Equal(best.Value, choice.Distortion, 1e-9);
            worst = Math.Max(worst, (choice.Distortion - best.Value) / (best.Value + 1));
        }
        // Without the table it is a heuristic; exchanges of pairs keep it close.
        Assert.True(worst < (exact ? 1e-9 : 0.5), $"{worst}");
    }

    [Fact]
    public void The_smallest_budget_is_met_and_one_byte_less_refused()
    {
        var items = RandomItems(new Random(5));
        var smallest = BudgetSearch.SmallestBudget(items);
        Assert.Equal(smallest, BudgetSearch.Choose(items, smallest).Bytes);
        Assert.Throws<BantamException>(() => BudgetSearch.Choose(items, smallest - 1));
        Assert.Empty(BudgetSearch.Choose([], 0).Chosen);
    }

    [Fact]
    public void With_room_for_everything_the_best_of_each_is_taken()
    {
        var items = RandomItems(new Random(6));
        Assert.Equal(items.Sum(o => o.Min(x => x.Distortion)), BudgetSearch.Choose(items, long.MaxValue / 2).Distortion, 1e-12);
    }

    [Fact]
    public void A_model_of_real_size_is_decided_exactly_and_without_a_table_almost_as_well()
    {
        // Llama-2-7B: 7 matrices in 32 layers and two of the vocabulary, at 4.5, 6.5625, 8.5 and 16 bits.
        var random = new Random(7);
        var items = new List<BudgetOption[]>();
        for (var i = 0; i < (7 * 32) + 2; i++)
        {
            var elements = i % 7 < 4 ? 4096L * 4096 : 4096L * 11008;
            if (i >= 7 * 32) elements = 4096L * 32000;
            var care = Math.Exp(3 * random.NextDouble());
            items.Add([.. new[] { (4.5, 1.0), (6.5625, 0.07), (8.5, 0.012), (16, 0.00003) }.Select(f => new BudgetOption((long)(elements * f.Item1 / 8), care * f.Item2))]);
        }
        var (smallest, largest) = (BudgetSearch.SmallestBudget(items), items.Sum(o => o[^1].Bytes));
        var previous = double.PositiveInfinity;
        for (var step = 0; step <= 8; step++)
        {
            var budget = smallest + ((largest - smallest) * step / 8) + 12345;
            var (exact, local) = (BudgetSearch.Choose(items, budget), BudgetSearch.Choose(items, budget, tableBytes: 0));
            Assert.True(exact.IsOptimal);
            Assert.True(exact.Bytes <= budget && local.Bytes <= budget);
            Assert.InRange(local.Distortion, exact.Distortion * (1 - 1e-9), exact.Distortion * 1.01);
            Assert.True(exact.Distortion <= previous, "more room must not cost quality");
            Assert.Equal(exact.Chosen, BudgetSearch.Choose(items, budget).Chosen);
            previous = exact.Distortion;
        }
    }

    [Fact]
    public void Options_that_cannot_be_weighed_are_refused()
    {
        Assert.Throws<ArgumentException>(() => BudgetSearch.Choose([[]], 10));
        Assert.Throws<ArgumentException>(() => BudgetSearch.Choose([[new BudgetOption(1, double.NaN)]], 10));
        Assert.Throws<ArgumentException>(() => BudgetSearch.Choose([[new BudgetOption(-1, 1)]], 10));
    }

    private static List<BudgetOption[]> RandomItems(Random random)
    {
        // Some rounds in odd bytes, some in multiples: both kinds of common divisor.
        var unit = new[] { 1, 32, 18 * 64 }[random.Next(3)];
        var start = unit == 1 ? 0 : random.Next(100);
        return
        [
            .. Enumerable.Range(0, random.Next(1, 9)).Select(_ => Enumerable.Range(0, random.Next(1, 5))
                .Select(_ => new BudgetOption(start + (unit * random.Next(1, 60)), random.Next(4) == 0 ? random.Next(5) : random.NextDouble() * 5)).ToArray()),
        ];
    }

    private static double? BruteForce(List<BudgetOption[]> items, long budget)
    {
        double? best = null;
        Try(0, 0, 0);
        return best;

        void Try(int item, long bytes, double distortion)
        {
            if (item == items.Count)
            {
                if (bytes <= budget && (best is null || distortion < best)) best = distortion;
                return;
            }
            foreach (var option in items[item]) Try(item + 1, bytes + option.Bytes, distortion + option.Distortion);
        }
    }
}
