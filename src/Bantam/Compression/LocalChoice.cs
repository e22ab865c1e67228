namespace Bantam.Compression;

/// <summary>The part of <see cref="BudgetSearch"/> for searches too large to be exact: better neighbours of a choice until there are none.</summary>
internal static class LocalChoice
{
    // A pass looks at all pairs of items; gains after a few are tiny, and ten thousand tensors must not take an hour.
    private const int MostPasses = 8;
    private const int MostPairedItems = 3000;

    /// <summary>Moves one item, or one item up and another down, wherever the bytes allow it and the distortion falls. Never worse than <paramref name="start"/>.</summary>
    public static int[] Improve(Rung[][] ladders, int[] start, long gap)
    {
        int[] rungs = [.. start];
        for (var i = 0; i < rungs.Length; i++) gap -= Bytes(ladders, i, rungs[i]) - Bytes(ladders, i, 0);
        var improved = true;
        for (var pass = 0; improved && pass < MostPasses; pass++)
        {
            improved = Singles(ladders, rungs, ref gap);
            if (rungs.Length <= MostPairedItems) improved |= Pairs(ladders, rungs, ref gap);
        }
        return rungs;
    }

    private static bool Singles(Rung[][] ladders, int[] rungs, ref long gap)
    {
        var improved = false;
        for (var i = 0; i < rungs.Length; i++)
        {
            var up = Highest(ladders, i, rungs[i], gap);
            if (up == rungs[i]) continue;
            gap -= Bytes(ladders, i, up) - Bytes(ladders, i, rungs[i]);
            rungs[i] = up;
            improved = true;
        }
        return improved;
    }

    private static bool Pairs(Rung[][] ladders, int[] rungs, ref long gap)
    {
        var improved = false;
        for (var i = 0; i < rungs.Length; i++)
            for (var j = 0; j < rungs.Length; j++)
            {
                if (i == j) continue;
                // j steps down; what that frees lets i climb.
                for (var down = rungs[j] - 1; down >= 0; down--)
                {
                    var freed = Bytes(ladders, j, rungs[j]) - Bytes(ladders, j, down);
                    var up = Highest(ladders, i, rungs[i], gap + freed);
                    var before = ladders[i][rungs[i]].Option.Distortion + ladders[j][rungs[j]].Option.Distortion;
                    if (ladders[i][up].Option.Distortion + ladders[j][down].Option.Distortion >= before) continue;
                    gap += freed - (Bytes(ladders, i, up) - Bytes(ladders, i, rungs[i]));
                    (rungs[i], rungs[j]) = (up, down);
                    improved = true;
                    break;
                }
            }
        return improved;
    }

    private static int Highest(Rung[][] ladders, int item, int from, long bytes)
    {
        var rung = from;
        while (rung + 1 < ladders[item].Length && Bytes(ladders, item, rung + 1) - Bytes(ladders, item, from) <= bytes) rung++;
        return rung;
    }

    private static long Bytes(Rung[][] ladders, int item, int rung) => ladders[item][rung].Option.Bytes;
}
