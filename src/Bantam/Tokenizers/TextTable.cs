using System.Numerics;

namespace Bantam.Tokenizers;

/// <summary>
/// The id of each text, also of two texts put together without putting them together: the hash of a text is a polynomial of
/// its characters, modulo a prime, at a point drawn anew each time, so that the hash of two follows from theirs, and files
/// cannot choose texts that collide.
/// </summary>
internal sealed class TextTable
{
    // 2⁶¹ − 1: a remainder is a shift and a sum.
    private const ulong Prime = (1UL << 61) - 1;

    private readonly string[] _texts;
    private readonly ulong[] _hashes;
    private readonly ulong[] _powers = new ulong[(2 * Vocabulary.MaxPieceLength) + 1];
    private readonly int[] _ids;
    private readonly int _shift;

    /// <summary>Takes texts by id, each of at most <see cref="Vocabulary.MaxPieceLength"/>; of equal ones the last is found.</summary>
    public TextTable(string[] texts)
    {
        _texts = texts;
        _hashes = new ulong[texts.Length];
        var point = (ulong)Random.Shared.NextInt64(1 << 20, (long)Prime);
        _powers[0] = 1;
        for (var i = 1; i < _powers.Length; i++) _powers[i] = Multiply(_powers[i - 1], point);
        var bits = BitOperations.Log2((uint)Math.Max(texts.Length, 8)) + 2;
        _ids = new int[1 << bits];
        _shift = 64 - bits;
        for (var id = 0; id < texts.Length; id++)
        {
            _hashes[id] = Hash(texts[id]);
            Slot(_hashes[id], texts[id], "") = id + 1;
        }
    }

    /// <summary>The id of a text of at most <see cref="Vocabulary.MaxPieceLength"/>, or −1.</summary>
    public int Find(string text) => Slot(Hash(text), text, "") - 1;

    /// <summary>The id of the text of <paramref name="left"/> with that of <paramref name="right"/> behind it, or −1.</summary>
    public int Join(int left, int right) =>
        Slot(Add(Multiply(_hashes[left], _powers[_texts[right].Length]), _hashes[right]), _texts[left], _texts[right]) - 1;

    private ulong Hash(string text)
    {
        var (hash, point) = (0UL, _powers[1]);
        foreach (var c in text) hash = Add(Multiply(hash, point), c + 1UL);
        return hash;
    }

    private ref int Slot(ulong hash, string left, string right)
    {
        var mask = _ids.Length - 1;
        for (var at = (int)((hash * 0x9E37_79B9_7F4A_7C15) >> _shift); ; at = (at + 1) & mask)
        {
            ref var slot = ref _ids[at];
            if (slot == 0 || (_hashes[slot - 1] == hash && IsJoined(_texts[slot - 1], left, right))) return ref slot;
        }
    }

    private static bool IsJoined(string text, string left, string right) =>
        text.Length == left.Length + right.Length && text.StartsWith(left, StringComparison.Ordinal) && text.EndsWith(right, StringComparison.Ordinal);

    private static ulong Multiply(ulong a, ulong b)
    {
        var high = Math.BigMul(a, b, out var low);
        return Add(low & Prime, (high << 3) | (low >> 61));
    }

    // Of numbers below 2⁶² what is left below the prime.
    private static ulong Add(ulong a, ulong b)
    {
        var sum = a + b;
        sum = (sum & Prime) + (sum >> 61);
        return sum >= Prime ? sum - Prime : sum;
    }
}
