namespace Bantam.Tokenizers;

/// <summary>A class of a pattern: kinds and ranges of code points and other classes, or everything else.</summary>
internal sealed class CodePointSet
{
    private readonly uint _kinds;
    private readonly (int First, int Last)[] _ranges;
    private readonly IReadOnlyList<CodePointSet> _others;
    private readonly CodePointSet? _and;
    private readonly bool _negated;
    private readonly UInt128 _ascii;

    /// <param name="kinds">Kinds of <see cref="CodePoints"/>.</param>
    /// <param name="ranges">Ranges, both ends included; they may overlap.</param>
    /// <param name="negated">Whether the class is what is in none of them.</param>
    /// <param name="others">Classes whose code points are in this one too.</param>
    /// <param name="and">A class that code points must be in besides, before <paramref name="negated"/> is looked at; null for any.</param>
    public CodePointSet(uint kinds, IEnumerable<(int First, int Last)> ranges, bool negated = false, IReadOnlyList<CodePointSet>? others = null, CodePointSet? and = null)
    {
        (_kinds, _negated, _others, _and) = (kinds, negated, others ?? [], and);
        _ranges = Merge(ranges);
        for (var c = 0; c < 128; c++)
            if (Find(c)) _ascii |= UInt128.One << c;
    }

    /// <summary>The members below 128, one bit each.</summary>
    public UInt128 Ascii => _ascii;

    public bool Contains(int codePoint) => codePoint < 128 ? ((_ascii >> codePoint) & 1) != 0 : Find(codePoint);

    private bool Find(int codePoint) => (IsMember(codePoint) && _and?.Contains(codePoint) != false) != _negated;

    private bool IsMember(int codePoint)
    {
        if (((_kinds >> CodePoints.Kind(codePoint)) & 1) != 0 || InRange(codePoint)) return true;
        foreach (var other in _others)
            if (other.Contains(codePoint)) return true;
        return false;
    }

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
