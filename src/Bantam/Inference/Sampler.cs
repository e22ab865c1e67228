using System.Numerics;

namespace Bantam.Inference;

/// <summary>
/// Chooses the next token: repetition penalty, temperature, top-k, top-p, min-p, then one draw. Allocates nothing after
/// it is made. For one sequence at a time.
/// </summary>
public sealed class Sampler
{
    private readonly SamplingOptions _options;
    private readonly Random _random;
    private readonly float[] _keys;
    private readonly int[] _ids;
    private readonly int[] _recent;
    private int _seen;

    /// <summary>A sampler over <paramref name="vocabulary"/> tokens.</summary>
    /// <param name="options">See <see cref="SamplingOptions"/>.</param>
    /// <param name="vocabulary">How many of the logits stand for tokens: padding of the embedding is never chosen.</param>
    public Sampler(SamplingOptions options, int vocabulary)
    {
        _options = options.Validate();
        _random = new Random(options.Seed);
        _keys = new float[vocabulary];
        _ids = new int[vocabulary];
        _recent = new int[options.RepetitionWindow];
    }

    /// <summary>Takes note of a token of the text, for the repetition penalty.</summary>
    public void Accept(int token)
    {
        if (_recent.Length > 0) _recent[_seen++ % _recent.Length] = token;
    }

    /// <summary>Chooses from <paramref name="logits"/> [V], which it changes.</summary>
    /// <exception cref="BantamException">The logits are no numbers (BT4005).</exception>
    public int Next(Span<float> logits)
    {
        logits = logits[..Math.Min(logits.Length, _keys.Length)];
        Penalise(logits);
        if (_options.Temperature == 0)
        {
            var largest = Largest(logits);
            return float.IsFinite(logits[largest]) ? largest : throw NoNumber(logits[largest]);
        }

        // Candidates in descending order of logit; equal logits by id, so that the order is the same everywhere.
        var n = logits.Length;
        for (var i = 0; i < n; i++) (_keys[i], _ids[i]) = (-logits[i], i);
        n = Select(n);
        var max = -_keys[0];
        double sum = 0;
        for (var i = 0; i < n; i++) sum += Weight(i, max);
        // NaN among the candidates, or an infinite maximum.
        if (!double.IsFinite(sum)) throw NoNumber(max);

        n = Cut(n, max, sum);
        sum = 0;
        for (var i = 0; i < n; i++) sum += Weight(i, max);
        var point = _random.NextDouble() * sum;
        for (var i = 0; i < n - 1; i++)
        {
            point -= Weight(i, max);
            if (point < 0) return _ids[i];
        }
        return _ids[n - 1];
    }

    /// <summary>The first of the largest logits; where some are NaN, the first of those: one damaged row of a head shows.</summary>
    public static int Largest(ReadOnlySpan<float> logits)
    {
        // What is no number is not equal to itself; with a whole register of maxima this costs one comparison more.
        var (most, sound) = (new Vector<float>(float.NegativeInfinity), Vector<int>.AllBitsSet);
        var i = 0;
        for (; i + Vector<float>.Count <= logits.Length; i += Vector<float>.Count)
        {
            var x = new Vector<float>(logits[i..]);
            most = Vector.ConditionalSelect(Vector.GreaterThan(x, most), x, most);
            sound &= Vector.Equals(x, x);
        }
        var largest = float.NegativeInfinity;
        for (var lane = 0; lane < Vector<float>.Count; lane++) largest = MathF.Max(largest, most[lane]);
        for (; i < logits.Length; i++) largest = MathF.Max(largest, logits[i]);
        return sound == Vector<int>.AllBitsSet && !float.IsNaN(largest) ? First(logits, largest) : FirstNaN(logits);
    }

    private static int First(ReadOnlySpan<float> logits, float value)
    {
        var wanted = new Vector<float>(value);
        var i = 0;
        while (i + Vector<float>.Count <= logits.Length && !Vector.EqualsAny(new Vector<float>(logits[i..]), wanted)) i += Vector<float>.Count;
        while (i < logits.Length && logits[i] != value) i++;
        return i < logits.Length ? i : 0;
    }

    private static int FirstNaN(ReadOnlySpan<float> logits)
    {
        var i = 0;
        while (!float.IsNaN(logits[i])) i++;
        return i;
    }

    private static BantamException NoNumber(float logit) =>
        new("BT4005", $"the largest logit is {logit}: the logits are not finite; are there damaged weights, or values beyond the range of their format?");

    private double Weight(int i, float max) => Math.Exp((-_keys[i] - max) / _options.Temperature);

    private void Penalise(Span<float> logits)
    {
        if (_options.RepetitionPenalty == 1f) return;
        var recent = _recent.AsSpan(0, Math.Min(_seen, _recent.Length));
        for (var i = 0; i < recent.Length; i++)
        {
            // Each token once, however often it occurred.
            if (recent[i] >= logits.Length || recent[..i].Contains(recent[i])) continue;
            ref var logit = ref logits[recent[i]];
            logit = logit > 0 ? logit / _options.RepetitionPenalty : logit * _options.RepetitionPenalty;
        }
    }

    // Sorts the candidates so that at least the top-k stand in front, in order; returns how many stay.
    private int Select(int n)
    {
        var k = _options.TopK == 0 ? n : Math.Min(_options.TopK, n);
        if (k < n / 8)
        {
            // A bounded insertion sort beats sorting a large vocabulary for a few places.
            for (var i = 1; i < n; i++)
            {
                var (key, id) = (_keys[i], _ids[i]);
                var at = Math.Min(i, k);
                if (at == k && key >= _keys[k - 1]) continue;
                if (at == k) at--;
                for (; at > 0 && _keys[at - 1] > key; at--) (_keys[at], _ids[at]) = (_keys[at - 1], _ids[at - 1]);
                (_keys[at], _ids[at]) = (key, id);
            }
            return k;
        }
        // Array.Sort is not stable: ties are put in order of id afterwards.
        Array.Sort(_keys, _ids, 0, n);
        for (var start = 0; start < n;)
        {
            var end = start + 1;
            while (end < n && _keys[end] == _keys[start]) end++;
            if (end - start > 1) Array.Sort(_ids, start, end - start);
            start = end;
        }
        return k;
    }

    private int Cut(int n, float max, double sum)
    {
        var kept = n;
        if (_options.TopP < 1)
        {
            double reached = 0;
            for (kept = 0; kept < n && reached < _options.TopP * sum; kept++) reached += Weight(kept, max);
        }
        while (kept > 1 && Weight(kept - 1, max) < _options.MinP) kept--;
        return Math.Max(kept, 1);
    }
}
