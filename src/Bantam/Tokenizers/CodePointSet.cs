namespace Bantam.Tokenizers;

/// <summary>A class of a pattern: kinds and ranges of code points, or everything else.</summary>
internal sealed class CodePointSet
{
    private readonly uint _kinds;
    private readonly (int First, int Last)[] _ranges;
    private readonly bool _negated;
    private readonly UInt128 _ascii;

    /// <param name="kinds">Kinds of <see cref="CodePoints"/>.</param>
    /// <param name="ranges">Ranges, both ends included; they may overlap.</param>
    /// <param name="negated">Whether the class is what is in none of them.</param>
    public CodePointSet(uint kinds, IEnumerable<(int First, int Last)> ranges, bool negated = false)
    {
        (_kinds, _negated) = (kinds, negated);
        _ranges = Merge(ranges);
        for (var c = 0; c < 128; c++)
            if (Find(c)) _ascii |= UInt128.One << c;
    }

    public bool Contains(int codePoint) => codePoint < 128 ? ((_ascii >> codePoint) & 1) != 0 : Find(codePoint);

    private bool Find(int codePoint) => (((_kinds >> CodePoints.Kind(codePoint)) & 1) != 0 || InRange(codePoint)) != _negated;

    private bool InRange(int codePoint)
    {
        var (low, high) = (0, _ranges.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (codePoint < _ranges[middle].First) high = middle;
            else if (codePoint > _ranges[middle].Last) low = middle + 1;
            else return true;
        }
        return false;
    }

    private static (int First, int Last)[] Merge(IEnumerable<(int First, int Last)> ranges)
    {
        var merged = new List<(int First, int Last)>();
        foreach (var range in ranges.Order())
        {
            if (merged is [.., var last] && range.First <= last.Last + 1) merged[^1] = (last.First, Math.Max(last.Last, range.Last));
            else merged.Add(range);
        }
        return [.. merged];
    }
}
