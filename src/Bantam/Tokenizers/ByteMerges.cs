namespace Bantam.Tokenizers;

/// <summary>What byte-level BPE makes of bytes: the id of each, what pairs become, and which words are entries.</summary>
internal sealed class ByteMerges
{
    /// <summary>Makes the tables of a checked vocabulary.</summary>
    /// <param name="vocabulary">The entries and merges.</param>
    /// <param name="pieces">The bytes of each entry.</param>
    /// <param name="ignoreMerges">Whether a word that is an entry is taken without looking at merges.</param>
    /// <exception cref="ModelFileException">BT1042: a byte that text can have is no entry, and nothing stands for it; BT1043: a merge that makes no entry.</exception>
    public ByteMerges(Vocabulary vocabulary, PieceTable pieces, bool ignoreMerges)
    {
        var (types, merges) = (vocabulary.Types, vocabulary.Merges);
        var texts = new TextTable(vocabulary.Pieces);
        var products = new int[merges.Length];
        for (var rank = 0; rank < merges.Length; rank++)
        {
            var (left, right) = (merges[rank].Left, merges[rank].Right);
            // A merge of nothing with something would go on for ever.
            var product = vocabulary.Pieces[left].Length == 0 || vocabulary.Pieces[right].Length == 0 ? -1 : texts.Join(left, right);
            if (product < 0)
                throw new ModelFileException("BT1043", vocabulary.Source, $"merge {rank}", $"'{vocabulary.Pieces[left]} {vocabulary.Pieces[right]}'", "must be of two pieces that have a text and make a piece together");
            products[rank] = types[product] is TokenType.Control ? -1 : product;
        }
        Pairs = new PairTable(merges, products);
        Words = new WordTable(pieces, types, ignoreMerges);
        for (var value = 0; value < 256; value++)
        {
            var id = texts.Find(ByteCharacters.Of((byte)value).ToString());
            if (id >= 0 && types[id] is TokenType.Control) id = -1;
            if (id < 0 && vocabulary.UnkId is null && value is not (0xC0 or 0xC1 or >= 0xF5))
                throw new ModelFileException("BT1042", vocabulary.Source, $"entry of byte 0x{value:X2}", "absent", "all bytes of UTF-8 must be entries where there is no unknown token");
            ByteIds[value] = id;
        }
        UnkId = vocabulary.UnkId ?? -1;
    }

    /// <summary>The id of each byte [256]; −1 where it is no entry.</summary>
    public int[] ByteIds { get; } = new int[256];

    /// <summary>What neighbours become.</summary>
    public PairTable Pairs { get; }

    /// <summary>Words that are entries.</summary>
    public WordTable Words { get; }

    /// <summary>What stands for a byte without an entry.</summary>
    public int UnkId { get; }

    /// <summary>Whether a byte has no entry.</summary>
    public bool IsMissing(byte value) => ByteIds[value] < 0;
}
