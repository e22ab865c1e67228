using Bantam.Inference;
using Bantam.Tensors;

namespace Bantam.Peers.Compare;

/// <summary>A line of the table: one quantity of one model.</summary>
/// <param name="Model">Name of the file, without its ending.</param>
/// <param name="Threads">Threads of both sides.</param>
/// <param name="Quantity">What was measured.</param>
/// <param name="Bantam">Over the pairs.</param>
/// <param name="Peer">Over the pairs, at the setting that was better.</param>
/// <param name="Flash">That setting.</param>
/// <param name="Ratio">Bantam by llama.cpp, pair by pair.</param>
/// <param name="OfLimit">Bantam by what the machine allows, median of the pairs; null where that is not known.</param>
/// <param name="Pairs">How many.</param>
internal sealed record Row(string Model, int Threads, Quantity Quantity, Spread Bantam, Spread Peer, bool Flash, Spread Ratio, double? OfLimit, int Pairs)
{
    /// <summary>The lines of a test: none where no pair counts.</summary>
    public static IEnumerable<Row> Of(TestResult result, Side[] sides, ModelLimits limits, double arithmeticRate, DType cacheType)
    {
        if (result.Kept.Count == 0) yield break;
        foreach (var quantity in result.Test.Quantities)
        {
            // Private memory, for instance, is not told by every system.
            if (result.Kept.Any(pair => pair.Runs.Any(run => quantity.Read(run) is null))) continue;
            var ours = Of(0);
            // The setting whose median is better, for each quantity: not the better run of each pair, which would reward noise.
            var peers = Enumerable.Range(1, sides.Length - 1).Select(i => (Side: sides[i], Numbers: Of(i)));
            var (side, theirs) = quantity.MoreIsBetter ? peers.MaxBy(p => Spread.Of(p.Numbers).Median) : peers.MinBy(p => Spread.Of(p.Numbers).Median);
            double?[] ofLimit = [.. result.Kept.Select((pair, i) => ours[i] / limits.MostTokens(quantity.Bound, pair.ReadRate, arithmeticRate, cacheType, result.Test.Depth))];
            yield return new(Path.GetFileNameWithoutExtension(result.Model), result.Threads, quantity, Spread.Of(ours), Spread.Of(theirs), side.Flash!.Value,
                Spread.Of([.. ours.Zip(theirs, (a, b) => a / b)]), ofLimit[0] is null ? null : Spread.Of([.. ofLimit.Select(x => x!.Value)]).Median, ours.Length);

            double[] Of(int i) => [.. result.Kept.Select(pair => quantity.Read(pair.Runs[i])!.Value)];
        }
    }
}
