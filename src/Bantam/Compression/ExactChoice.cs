namespace Bantam.Compression;

/// <summary>The exact part of <see cref="BudgetSearch"/>: bounds first, then dynamic programming over the bytes that are left to decide about.</summary>
internal static class ExactChoice
{
    /// <summary>Most bytes of the table of decisions.</summary>
    public const long MostBytes = 64L << 20;

    /// <summary>The best rung of every ladder, or null where the table would be too large.</summary>
    /// <param name="ladders">The options of every item.</param>
    /// <param name="gap">Bytes above the lowest rungs.</param>
    /// <param name="known">A choice within the budget; the better it is, the less is left to decide.</param>
    /// <param name="slope">Distortion that a byte is worth, about: any value is right, a good one leaves less to decide.</param>
    /// <param name="mostBytes">The limit on the table.</param>
    public static int[]? Find(Rung[][] ladders, long gap, int[] known, double slope, long mostBytes)
    {
        var kept = Reduce(ladders, gap, known, slope);
        long unit = 0, top = 0;
        for (var i = 0; i < kept.Length; i++)
        {
            var lowest = Extra(ladders, i, kept[i][0]);
            foreach (var rung in kept[i]) unit = Divisor(unit, Extra(ladders, i, rung) - lowest);
            gap -= lowest;
            top += Extra(ladders, i, kept[i][^1]) - lowest;
        }
        // Room for everybody's best, in particular where nobody has a choice any more.
        if (gap >= top) return [.. kept.Select(k => k[^1])];

        // Every sum of differences is a multiple of the unit, so a rest below one unit is of no use to any choice.
        var columns = (gap / unit) + 1;
        var open = kept.Count(k => k.Length > 1);
        if (columns > mostBytes / Math.Max(open, 2 * sizeof(double)) || kept.Any(k => k.Length > byte.MaxValue)) return null;

        // least[c]: least distortion of the items so far with at most c units.
        var (least, next) = (new double[columns], new double[columns]);
        var decisions = new byte[]?[kept.Length];
        for (var item = 0; item < kept.Length; item++)
        {
            if (kept[item].Length == 1) continue;
            var decision = decisions[item] = new byte[columns];
            Array.Fill(next, double.PositiveInfinity);
            for (var k = 0; k < kept[item].Length; k++)
            {
                var distortion = ladders[item][kept[item][k]].Option.Distortion;
                var units = Units(item, k);
                for (var c = units; c < columns; c++)
                    if (least[c - units] + distortion < next[c])
                        (next[c], decision[c]) = (least[c - units] + distortion, (byte)k);
            }
            (least, next) = (next, least);
        }

        var rungs = new int[kept.Length];
        var left = columns - 1;
        for (var item = kept.Length - 1; item >= 0; item--)
        {
            var k = decisions[item]?[left] ?? 0;
            rungs[item] = kept[item][k];
            left -= Units(item, k);
        }
        return rungs;

        long Units(int item, int k) => (Extra(ladders, item, kept[item][k]) - Extra(ladders, item, kept[item][0])) / unit;
    }

    // With a price of s per byte, Σ min (d + s·b) − s·budget bounds every choice from below (Lagrange). A rung whose own
    // price lifts that bound above a choice that is known already is in no better choice.
    private static int[][] Reduce(Rung[][] ladders, long gap, int[] known, double slope)
    {
        double Price(int item, int rung) => ladders[item][rung].Option.Distortion + (slope * Extra(ladders, item, rung));

        var least = ladders.Select((ladder, i) => Enumerable.Range(0, ladder.Length).Min(r => Price(i, r))).ToArray();
        var slack = known.Select((rung, i) => ladders[i][rung].Option.Distortion).Sum() - (least.Sum() - (slope * gap));
        slack += 1e-9 * Math.Abs(least.Sum()); // rounding must not drop what is exactly on the bound
        return [.. ladders.Select((ladder, i) => Enumerable.Range(0, ladder.Length).Where(r => r == known[i] || Price(i, r) - least[i] <= slack).ToArray())];
    }

    private static long Extra(Rung[][] ladders, int item, int rung) => ladders[item][rung].Option.Bytes - ladders[item][0].Option.Bytes;

    private static long Divisor(long a, long b)
    {
        while (b != 0) (a, b) = (b, a % b);
        return a;
    }
}
