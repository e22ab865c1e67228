using System.Buffers.Binary;
using System.Numerics;

namespace Bantam.Tokenizers;

/// <summary>
/// The id of a whole word by its bytes, and whether merging makes just that id of it, so that most words of a text are one
/// look-up.
/// </summary>
internal sealed class WordTable
{
    private readonly PieceTable _pieces;
    private readonly int[] _ids;
    private readonly LearnedWords _learned;
    private readonly ulong _seed = (ulong)Random.Shared.NextInt64();
    private readonly int _shift;

    /// <param name="pieces">The bytes of each id.</param>
    /// <param name="types">The type of each id [V]; text can become normal ones, of equal bytes the last.</param>
    /// <param name="whole">Whether each of them is taken whole, whatever merging makes.</param>
    public WordTable(PieceTable pieces, ReadOnlySpan<TokenType> types, bool whole)
    {
        _pieces = pieces;
        _learned = new LearnedWords(types.Length);
        if (whole) _learned.TakeAllWhole();
        var bits = BitOperations.Log2((uint)Math.Max(types.Length, 8)) + 2;
        _ids = new int[1 << bits];
        _shift = 64 - bits;
        for (var id = 0; id < types.Length; id++)
            if (types[id] is TokenType.Normal && !pieces[id].IsEmpty) Slot(pieces[id]) = id + 1;
    }

    /// <summary>The id with exactly these bytes, or −1, and what is known of it.</summary>
    public int Find(ReadOnlySpan<byte> word, out LearnedWords.Merging merging)
    {
        var id = Slot(word) - 1;
        merging = _learned[id];
        return id;
    }

    /// <summary>Keeps what merging made of the word of this id.</summary>
    public void Learn(int id, bool makesIt) => _learned.Learn(id, makesIt);

    private ref int Slot(ReadOnlySpan<byte> word)
    {
        var mask = _ids.Length - 1;
        var at = (int)(Hash(word) >> _shift);
        while (_ids[at] != 0 && !_pieces[_ids[at] - 1].SequenceEqual(word)) at = (at + 1) & mask;
        return ref _ids[at];
    }

    // Seeded, so that files cannot choose words that collide.
    private ulong Hash(ReadOnlySpan<byte> word)
    {
        const ulong Multiplier = 0x9E37_79B9_7F4A_7C15;
        var hash = (_seed ^ (ulong)word.Length) * Multiplier;
        for (; word.Length >= 8; word = word[8..]) hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(word));
        var rest = 0ul;
        for (var i = 0; i < word.Length; i++) rest |= (ulong)word[i] << (8 * i);
        return Mix(hash ^ rest);

        static ulong Mix(ulong value)
        {
            value *= Multiplier;
            return (value ^ (value >> 32)) * Multiplier;
        }
    }
}
