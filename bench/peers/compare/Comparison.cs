using System.Text.Json.Nodes;

namespace Bantam.Peers.Compare;

/// <summary>One run of each side, and what else the machine did meanwhile.</summary>
/// <param name="Runs">What the sides printed, in their order.</param>
/// <param name="OtherCores">Processors that others took, in the run where it was most.</param>
/// <param name="ReadRate">At which the file was read just before, in bytes per second.</param>
internal sealed record Pair(JsonNode[] Runs, double OtherCores, double ReadRate);

/// <summary>All pairs of a test.</summary>
/// <param name="Model">The file.</param>
/// <param name="Threads">Threads of both sides.</param>
/// <param name="Test">The test.</param>
/// <param name="Kept">Pairs that count.</param>
/// <param name="Discarded">Pairs that others disturbed.</param>
internal sealed record TestResult(string Model, int Threads, Test Test, List<Pair> Kept, List<Pair> Discarded)
{
    /// <summary>What a program lacks for this test; null where it was tried.</summary>
    public string? Lacks { get; init; }

    /// <summary>How a program failed; null where none did.</summary>
    public string? Failure { get; init; }

    /// <summary>Why there are fewer pairs than <paramref name="wanted"/>; null where there are as many.</summary>
    public string? Incomplete(int wanted) =>
        Lacks ?? Failure ?? (Kept.Count < wanted ? $"only {Kept.Count} of {wanted} pairs were not disturbed" : null);
}

/// <summary>Runs the sides in turn until there are enough pairs that nobody disturbed.</summary>
internal static class Comparison
{
    /// <summary>Runs a test.</summary>
    /// <param name="o">How many pairs, and what disturbs.</param>
    /// <param name="sides">Bantam first.</param>
    /// <param name="limits">Of the model.</param>
    /// <param name="model">The file.</param>
    /// <param name="threads">Threads of both sides.</param>
    /// <param name="test">The test.</param>
    public static TestResult Run(CompareOptions o, Side[] sides, ModelLimits limits, string model, int threads, Test test)
    {
        if (test.Needs is { } option && !sides[0].Has(option))
            return new(model, threads, test, [], []) { Lacks = $"bantam bench has no {option} yet" };
        var result = new TestResult(model, threads, test, [], []);
        try
        {
            while (result.Kept.Count < o.Pairs && result.Discarded.Count <= o.Retries)
            {
                OtherLoad.WaitForQuiet(o.MostOther, TimeSpan.FromSeconds(o.Wait));
                var pair = Measure(o, sides, limits, model, threads, test);
                (pair.OtherCores <= o.MostOther ? result.Kept : result.Discarded).Add(pair);
                Say(o, result, pair);
            }
        }
        catch (InvalidOperationException e)
        {
            // One test that fails must not lose what the others found.
            return result with { Failure = e.Message };
        }
        return result;
    }

    private static Pair Measure(CompareOptions o, Side[] sides, ModelLimits limits, string model, int threads, Test test)
    {
        var readRate = limits.ReadRate(threads);
        var (runs, most) = (new JsonNode[sides.Length], 0.0);
        for (var i = 0; i < sides.Length; i++)
        {
            var others = new OtherLoad();
            runs[i] = sides[i].Run(model, test, threads, o.Rounds);
            most = Math.Max(most, others.Cores);
        }
        return new Pair(runs, most, readRate);
    }

    private static void Say(CompareOptions o, TestResult result, Pair pair)
    {
        var speeds = string.Join(", ", result.Test.Quantities.Where(q => q.MoreIsBetter)
            .Select(q => $"{q.Name} {string.Join(" : ", pair.Runs.Select(run => $"{q.Read(run):f1}"))}"));
        var fate = pair.OtherCores <= o.MostOther
            ? $"pair {result.Kept.Count} of {o.Pairs}"
            : $"discarded ({result.Discarded.Count} of at most {o.Retries}): others took {pair.OtherCores:f2} processors";
        Console.Error.WriteLine($"{Path.GetFileName(result.Model)}, {result.Threads} threads, {result.Test.Name}, {fate}; {speeds}");
    }
}
