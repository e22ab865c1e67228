using System.Numerics;

namespace Bantam.Tokenizers;

/// <summary>
/// What two neighbours become, and with which priority: a hash table with open addressing whose entries are 16 bytes, so
/// that one look-up reads one line of memory. Its multiplier is drawn anew each time: files cannot choose ids that collide.
/// </summary>
internal sealed class PairTable
{
    private readonly Entry[] _entries;
    private readonly ulong _multiplier = (ulong)Random.Shared.NextInt64() | 1;
    private readonly int _shift;

    // Key 0 is free: ids are stored plus one.
    private readonly record struct Entry(ulong Key, int Rank, int Product);

    /// <summary>Takes merges by rank, with what each makes; of equal pairs the first counts. A product of −1 leaves a merge out.</summary>
    public PairTable(ReadOnlySpan<MergePair> merges, ReadOnlySpan<int> products)
    {
        var bits = BitOperations.Log2((uint)Math.Max(merges.Length, 8)) + 2;
        _entries = new Entry[1 << bits];
        _shift = 64 - bits;
        for (var rank = 0; rank < merges.Length; rank++)
        {
            if (products[rank] < 0) continue;
            ref var entry = ref Find(Key(merges[rank].Left, merges[rank].Right));
            if (entry.Key == 0) entry = new Entry(Key(merges[rank].Left, merges[rank].Right), rank, products[rank]);
        }
    }

    /// <summary>The rank of the merge of two ids, lower first, and what it makes; <see cref="int.MaxValue"/> where there is none.</summary>
    public int Rank(int left, int right, out int product)
    {
        ref var entry = ref Find(Key(left, right));
        product = entry.Product;
        return entry.Key == 0 ? int.MaxValue : entry.Rank;
    }

    // An id of −1, a byte without an entry, is in no key but 0's.
    private static ulong Key(int left, int right) => ((ulong)(uint)(left + 1) << 32) | (uint)(right + 1);

    private ref Entry Find(ulong key)
    {
        var mask = _entries.Length - 1;
        var at = (int)((key * _multiplier) >> _shift);
        while (_entries[at].Key != key && _entries[at].Key != 0) at = (at + 1) & mask;
        return ref _entries[at];
    }
}
