using System.Numerics;

namespace Bantam.Tokenizers;

/// <summary>
/// Which UTF-16 units may stand side by side inside one of a set of texts. It may say so of two that do not, as its places
/// are shared, but never denies two that do.
/// </summary>
internal sealed class JoinedUnits
{
    private readonly ulong[] _bits;
    private readonly int _shift;

    /// <summary>Takes the texts, <paramref name="count"/> at most.</summary>
    public JoinedUnits(IEnumerable<string> texts, int count)
    {
        // Texts have few pairs that no text before has: 16 bits each leave most of them unset.
        var bits = BitOperations.Log2((uint)Math.Max(count, 64)) + 4;
        _bits = new ulong[(1 << bits) / 64];
        _shift = 32 - bits;
        foreach (var text in texts)
        {
            for (var i = 1; i < text.Length; i++)
            {
                var place = Place(text[i - 1], text[i]);
                _bits[place / 64] |= 1UL << (int)place;
            }
        }
    }

    /// <summary>Whether some text may hold these two, one behind the other.</summary>
    public bool Holds(char left, char right)
    {
        var place = Place(left, right);
        return (_bits[place / 64] & (1UL << (int)place)) != 0;
    }

    private uint Place(char left, char right) => ((((uint)left << 16) | right) * 0x9E37_79B9) >> _shift;
}
