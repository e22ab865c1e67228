namespace Bantam.Evaluation;

/// <summary>Collects observations that come in groups (the tokens of a window) and gives their mean with its <see cref="Estimate"/> of error.</summary>
internal sealed class GroupedMean
{
    private readonly List<(double Sum, long Count)> _groups = [];
    private double _groupSum;
    private long _groupCount;
    private double _mean;
    private double _squares;

    public long Count { get; private set; }

    // Welford's update: the sum of squared deviations never is a difference of large sums.
    public void Add(double value)
    {
        Count++;
        var delta = value - _mean;
        _mean += delta / Count;
        _squares += delta * (value - _mean);
        _groupSum += value;
        _groupCount++;
    }

    public void EndGroup()
    {
        if (_groupCount > 0) _groups.Add((_groupSum, _groupCount));
        (_groupSum, _groupCount) = (0, 0);
    }

    /// <summary>The mean over all observations of the groups that have ended.</summary>
    public Estimate Result()
    {
        var mean = _groups.Sum(g => g.Sum) / Count;
        return new Estimate(mean, double.MaxNumber(IndependentError(), GroupError(mean)));
    }

    /// <summary>√(s² / n): every observation for itself.</summary>
    internal double IndependentError() => Count < 2 ? double.NaN : Math.Sqrt(_squares / (Count - 1) / Count);

    /// <summary>√(G/(G−1) · Σ (Sₖ − m·nₖ)²) / n: the groups vary, whatever happens inside them.</summary>
    internal double GroupError(double mean)
    {
        if (_groups.Count < 2) return double.NaN;
        var squares = 0.0;
        foreach (var (sum, count) in _groups) squares += (sum - (mean * count)) * (sum - (mean * count));
        return Math.Sqrt(squares * _groups.Count / (_groups.Count - 1)) / Count;
    }
}
