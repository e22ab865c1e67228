namespace Bantam.Tests.Models;

/// <summary>
/// A few numbers that stand for all logits of a text: the five largest at every fourth position, mean and standard
/// deviation, and 32 projections on random signs, each of which touches every logit. A projection of independent errors
/// is as large as their root mean square.
/// </summary>
internal sealed record LogitsDigest(int[] TopIds, float[] TopLogits, float[] Moments, float[] Projections)
{
    /// <summary>Positions of which the largest logits are kept: every fourth.</summary>
    public const int Step = 4;

    /// <summary>How many of the largest.</summary>
    public const int Top = 5;

    private const int Count = 32;

    /// <summary>Digests logits [T, V].</summary>
    public static LogitsDigest Of(float[] logits, int vocabulary)
    {
        var rows = logits.Length / vocabulary;
        var ids = Enumerable.Range(0, rows).Where(t => t % Step == 0)
            .SelectMany(t => Enumerable.Range(0, vocabulary).OrderByDescending(i => logits[(t * vocabulary) + i]).Take(Top))
            .ToArray();
        var mean = logits.Average(l => (double)l);
        var deviation = Math.Sqrt(logits.Average(l => (l - mean) * (l - mean)));
        return new(ids, At(logits, vocabulary, ids), [(float)mean, (float)deviation], Project(logits));
    }

    /// <summary>The logits of <paramref name="ids"/>, <see cref="Top"/> for every position of which they are kept.</summary>
    public static float[] At(float[] logits, int vocabulary, int[] ids) =>
        [.. ids.Select((id, i) => logits[(i / Top * Step * vocabulary) + id])];

    private static float[] Project(float[] logits)
    {
        var random = new ExactRandom(64);
        var projections = new float[Count];
        for (var p = 0; p < Count; p++)
        {
            var sum = 0.0;
            foreach (var logit in logits) sum += random.Next() >> 31 == 0 ? logit : -logit;
            projections[p] = (float)(sum / Math.Sqrt(logits.Length));
        }
        return projections;
    }
}
