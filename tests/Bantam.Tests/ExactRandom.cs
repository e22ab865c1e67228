namespace Bantam.Tests;

/// <summary>
/// Pseudo-random numbers that every machine and every later release repeats bit for bit, unlike <see cref="Random"/>:
/// the linear congruential generator of Knuth's MMIX (The Art of Computer Programming, 3.3.4), upper half. Golden files
/// that other programs computed stand on it.
/// </summary>
internal sealed class ExactRandom(ulong seed)
{
    private ulong _state = seed;

    /// <summary>32 random bits.</summary>
    public uint Next()
    {
        _state = unchecked((_state * 6364136223846793005) + 1442695040888963407);
        return (uint)(_state >> 32);
    }

    /// <summary>A whole number from 0 to <paramref name="limit"/> − 1.</summary>
    public int Below(int limit) => (int)(((ulong)Next() * (uint)limit) >> 32);

    /// <summary>
    /// Nearly Gaussian: the sum of four 16-bit numbers less its mean, over 2^15. Exact in single precision; mean 0,
    /// standard deviation 1.1547, never beyond ±4.
    /// </summary>
    public float Bell()
    {
        var sum = 0;
        for (var i = 0; i < 2; i++)
        {
            var two = Next();
            sum += (int)(two >> 16) + (int)(two & 0xffff);
        }
        return (sum - 131070) / 32768f;
    }
}
