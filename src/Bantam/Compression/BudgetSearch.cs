namespace Bantam.Compression;

/// <summary>
/// Chooses one option for every item so that distortion is least and bytes stay within a budget: the multiple-choice
/// knapsack problem (Kellerer, Pferschy, Pisinger, Knapsack Problems, chapter 11). The budget is never exceeded, and the
/// same input gives the same choice.
/// </summary>
/// <remarks>
/// <list type="number">
/// <item>Options that another one beats in bytes and in distortion are dropped.</item>
/// <item>Starting from the smallest options, the steps along every item's lower convex hull are taken by distortion saved per
/// byte, largest first, wherever they fit. That alone is optimal for the budgets at which it uses up everything.</item>
/// <item>Options of single items and of pairs are exchanged as long as that helps.</item>
/// <item>What could still be better is decided exactly: a Lagrangian bound drops every option that cannot be part of a better
/// choice, and dynamic programming decides about the rest, over bytes in units of the common divisor of all differences in
/// size, which is large for real tensors. Where that table would take more than 64 MiB, the result of the third step stands.</item>
/// </list>
/// </remarks>
public static class BudgetSearch
{
    /// <summary>Chooses.</summary>
    /// <param name="items">The options of every item, at least one each, in any order.</param>
    /// <param name="budget">Most bytes in all.</param>
    /// <exception cref="BantamException">Even the smallest options exceed the budget (BT4001).</exception>
    /// <exception cref="ArgumentException">An item has no options, or an option's bytes are negative or its distortion not finite.</exception>
    public static BudgetChoice Choose(IReadOnlyList<IReadOnlyList<BudgetOption>> items, long budget) => Choose(items, budget, ExactChoice.MostBytes);

    /// <summary>The smallest number of bytes that a choice can have: the least budget that is not refused.</summary>
    /// <inheritdoc cref="Choose(IReadOnlyList{IReadOnlyList{BudgetOption}}, long)" path="/param[@name='items']"/>
    public static long SmallestBudget(IReadOnlyList<IReadOnlyList<BudgetOption>> items) => items.Sum(options => options.Min(o => o.Bytes));

    internal static BudgetChoice Choose(IReadOnlyList<IReadOnlyList<BudgetOption>> items, long budget, long tableBytes)
    {
        var ladders = items.Select((options, i) => Ladder(options, i)).ToArray();
        var smallest = ladders.Sum(l => l[0].Option.Bytes);
        if (smallest > budget)
            throw new BantamException("BT4001", $"a budget of {budget} bytes cannot be met: the smallest choice of formats takes {smallest} bytes");

        var (greedy, slope) = Greedy(ladders, budget - smallest);
        var local = LocalChoice.Improve(ladders, greedy, budget - smallest);
        var exact = ExactChoice.Find(ladders, budget - smallest, local, slope, tableBytes);
        // The table adds up in another order: an equal choice may look better by a rounding.
        var rungs = exact is not null && Distortion(ladders, exact) < Distortion(ladders, local) ? exact : local;
        return new BudgetChoice(
            [.. rungs.Select((rung, i) => ladders[i][rung].Index)],
            ladders.Select((ladder, i) => ladder[rungs[i]].Option.Bytes).Sum(),
            Distortion(ladders, rungs),
            exact is not null);
    }

    /// <summary>The options worth having, by ascending bytes and so by descending distortion.</summary>
    private static Rung[] Ladder(IReadOnlyList<BudgetOption> options, int item)
    {
        if (options.Count == 0) throw new ArgumentException($"item {item} has no options", nameof(options));
        foreach (var option in options)
            if (option.Bytes < 0 || !double.IsFinite(option.Distortion))
                throw new ArgumentException($"item {item}: an option of {option.Bytes} bytes and a distortion of {option.Distortion} cannot be weighed", nameof(options));
        var ladder = new List<Rung>();
        foreach (var rung in options.Select((o, i) => new Rung(o, i)).OrderBy(r => r.Option.Bytes).ThenBy(r => r.Option.Distortion).ThenBy(r => r.Index))
            if (ladder.Count == 0 || rung.Option.Distortion < ladder[^1].Option.Distortion) ladder.Add(rung);
        return [.. ladder];
    }

    // Steps of the lower convex hulls, steepest first. A step that does not fit ends its item's climb; others may still fit.
    // The first such step tells what a byte is worth at this budget.
    private static (int[] Rungs, double Slope) Greedy(Rung[][] ladders, long gap)
    {
        var steps = ladders
            .SelectMany((ladder, item) => Hull(ladder).Select(step => (Item: item, step.To, step.Bytes, step.Slope)))
            .OrderByDescending(s => s.Slope).ThenBy(s => s.Item).ThenBy(s => s.To);
        var rungs = new int[ladders.Length];
        var ended = new bool[ladders.Length];
        double? worth = null;
        foreach (var (item, to, bytes, slope) in steps)
        {
            ended[item] |= bytes > gap;
            if (ended[item]) worth ??= slope;
            if (ended[item]) continue;
            rungs[item] = to;
            gap -= bytes;
        }
        return (rungs, worth ?? 0);
    }

    private static IEnumerable<(int To, long Bytes, double Slope)> Hull(Rung[] ladder)
    {
        for (var at = 0; at < ladder.Length - 1;)
        {
            var (best, slope) = (at, double.NegativeInfinity);
            for (var to = at + 1; to < ladder.Length; to++)
            {
                var s = (ladder[at].Option.Distortion - ladder[to].Option.Distortion) / (ladder[to].Option.Bytes - ladder[at].Option.Bytes);
                // The farthest of equal slopes: fewer, larger steps.
                if (s >= slope) (best, slope) = (to, s);
            }
            yield return (best, ladder[best].Option.Bytes - ladder[at].Option.Bytes, slope);
            at = best;
        }
    }

    private static double Distortion(Rung[][] ladders, int[] rungs) => ladders.Select((ladder, i) => ladder[rungs[i]].Option.Distortion).Sum();
}

/// <summary>An option that nothing dominates, and its index as it was given.</summary>
internal readonly record struct Rung(BudgetOption Option, int Index);
