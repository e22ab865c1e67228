using System.Numerics;
using System.Runtime.CompilerServices;

namespace Bantam.Tokenizers;

/// <summary>
/// The id of each text, also of two texts put together without putting them together, and of any part of a longer text: the
/// hash of a text is a polynomial of its characters, modulo a prime, at a point drawn anew each time, so that the hash of two
/// follows from theirs, that of a part from those of what ends before and behind it, and files cannot choose texts that collide.
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

    private readonly ulong _point;
    private readonly int _longest;

    /// <summary>Takes texts by id, each of at most <see cref="Vocabulary.MaxPieceLength"/>; of equal ones the last is found.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="isFound">Which of them can be found; all where it is null.</param>
    public TextTable(string[] texts, Predicate<int>? isFound = null)
    {
        _texts = texts;
        _hashes = new ulong[texts.Length];
        _point = (ulong)Random.Shared.NextInt64(1 << 20, (long)Prime);
        _powers[0] = 1;
        for (var i = 1; i < _powers.Length; i++) _powers[i] = Multiply(_powers[i - 1], _point);
        var bits = BitOperations.Log2((uint)Math.Max(texts.Length, 8)) + 2;
        _ids = new int[1 << bits];
        _shift = 64 - bits;
        for (var id = 0; id < texts.Length; id++)
        {
            if (isFound is not null && !isFound(id)) continue;
            _longest = Math.Max(_longest, texts[id].Length);
            _hashes[id] = Hash(texts[id]);
            Slot(_hashes[id], texts[id], "") = id + 1;
        }
    }

    /// <summary>The id of a text, or −1.</summary>
    public int Find(ReadOnlySpan<char> text) => text.Length > _longest ? -1 : Slot(Hash(text), text, "") - 1;

    /// <summary>The id of a text whose hash is known, or −1.</summary>
    public int Find(ulong hash, ReadOnlySpan<char> text) => text.Length > _longest ? -1 : Slot(hash, text, "") - 1;

    /// <summary>The hash of a text with one unit more behind it; that of no text is 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Append(ulong hash, char unit) => Add(Multiply(hash, _point), unit + 1UL);

    /// <summary>The hash of the last <paramref name="length"/> units of a text, at most twice <see cref="Vocabulary.MaxPieceLength"/>.</summary>
    /// <param name="before">The hash of the units before them.</param>
    /// <param name="all">The hash of the text.</param>
    /// <param name="length">How many.</param>
    public ulong Part(ulong before, ulong all, int length) => Add(all, Prime - Multiply(before, _powers[length]));

    /// <summary>The id of the text of <paramref name="left"/> with that of <paramref name="right"/> behind it, or −1.</summary>
    public int Join(int left, int right) =>
        Slot(Add(Multiply(_hashes[left], _powers[_texts[right].Length]), _hashes[right]), _texts[left], _texts[right]) - 1;

    /// <summary>The hash of a text.</summary>
    public ulong Hash(ReadOnlySpan<char> text)
    {
        var hash = 0UL;
        foreach (var unit in text) hash = Append(hash, unit);
        return hash;
    }

    private ref int Slot(ulong hash, ReadOnlySpan<char> left, ReadOnlySpan<char> right)
    {
        var mask = _ids.Length - 1;
        for (var at = (int)((hash * 0x9E37_79B9_7F4A_7C15) >> _shift); ; at = (at + 1) & mask)
        {
            ref var slot = ref _ids[at];
            if (slot == 0 || (_hashes[slot - 1] == hash && IsJoined(_texts[slot - 1], left, right))) return ref slot;
        }
    }

    private static bool IsJoined(ReadOnlySpan<char> text, ReadOnlySpan<char> left, ReadOnlySpan<char> right) =>
        text.Length == left.Length + right.Length && text.StartsWith(left) && text.EndsWith(right);

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
