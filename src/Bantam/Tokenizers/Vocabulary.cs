using System.Collections.ObjectModel;
using Bantam.Tokenizers.Pipeline;

namespace Bantam.Tokenizers;

/// <summary>
/// The entries of a tokenizer and the settings that go with them, independent of the file they came from, so that they
/// can be carried from any format to any other. Texts are kept as files have them: in SentencePiece a space is '▁'
/// (U+2581), in byte-level BPE each byte is one printable character.
/// </summary>
/// <remarks>
/// Where two entries share a text, the one with the higher id is found when encoding (as in llama.cpp); both decode.
/// </remarks>
public sealed record Vocabulary
{
    /// <summary>Most entries that are accepted; the largest published vocabularies stay below a million.</summary>
    public const int MaxPieces = 1 << 21;

    /// <summary>Longest text of an entry, in UTF-16 units.</summary>
    public const int MaxPieceLength = 1024;

    /// <summary>Most text in all entries together, in UTF-16 units; published vocabularies stay below ten million.</summary>
    public const long MaxText = 1L << 26;

    /// <summary>The SentencePiece space, '▁'.</summary>
    public const char Space = '\u2581';

    /// <summary>The file the entries were read from; error messages name it.</summary>
    public required string Source { get; init; }

    /// <summary>How the entries are used to split text.</summary>
    public TokenizerKind Kind { get; init; }

    /// <summary>The text of each entry, indexed by id [V].</summary>
    public required string[] Pieces { get; init; }

    /// <summary>The merge priority of each entry, higher first [V]; empty in byte-level BPE.</summary>
    public required float[] Scores { get; init; }

    /// <summary>The merges of byte-level BPE, the first with the highest priority; empty in SentencePiece.</summary>
    public MergePair[] Merges { get; init; } = [];

    /// <summary>What each entry is for [V].</summary>
    public required TokenType[] Types { get; init; }

    /// <summary>How added tokens are found, for those ids of which their text alone does not tell.</summary>
    public IReadOnlyDictionary<int, AddedTokenRules> Added { get; init; } = ReadOnlyDictionary<int, AddedTokenRules>.Empty;

    /// <summary>The id that begins a sequence, or null where the model has none.</summary>
    public int? BosId { get; init; }

    /// <summary>The ids that end a text. The first is the EOS that <see cref="AddEos"/> appends; others are ends of turns.</summary>
    public int[] EosIds { get; init; } = [];

    /// <summary>The id for text that nothing covers, or null.</summary>
    public int? UnkId { get; init; }

    /// <summary>The padding id, or null.</summary>
    public int? PadId { get; init; }

    /// <summary>Whether encoding puts <see cref="BosId"/> first unless told otherwise.</summary>
    public bool AddBos { get; init; } = true;

    /// <summary>Whether encoding puts the EOS last unless told otherwise.</summary>
    public bool AddEos { get; init; }

    /// <summary>Whether text gets a space in front (SentencePiece's <c>add_dummy_prefix</c>).</summary>
    public bool AddSpacePrefix { get; init; } = true;

    /// <summary>Whether leading, trailing and repeated spaces are dropped (<c>remove_extra_whitespaces</c>).</summary>
    public bool RemoveExtraWhitespaces { get; init; }

    /// <summary>Whether spaces become '▁' before text is split (SentencePiece's <c>escape_whitespaces</c>).</summary>
    public bool EscapeWhitespaces { get; init; } = true;

    /// <summary>SentencePiece's compiled rules of normalisation (<c>precompiled_charsmap</c>), as files hold them; empty where text is not changed.</summary>
    public byte[] CharsMap { get; init; } = [];

    /// <summary>The name of the rule that splits text before merging, as in <c>tokenizer.ggml.pre</c> (see <see cref="PreTokenizers"/>). SentencePiece does not split.</summary>
    public string PreTokenizer { get; init; } = "default";

    /// <summary>How the model of a pipeline uses the entries; the two kinds that have their own rules do not look at it.</summary>
    public SubwordSettings Subword { get; init; } = new();

    /// <summary>The rule by which byte-level BPE splits text, where <see cref="PreTokenizer"/> does not name it or means another; otherwise null.</summary>
    internal PreTokenizer? Rule { get; init; }

    /// <summary>Which tokens are put around a text and around two; null for <see cref="BosId"/> and the EOS.</summary>
    internal TokenTemplate? Template { get; init; }

    /// <summary>Whether decoding takes away the spaces before English punctuation and contractions (<c>clean_up_tokenization_spaces</c>).</summary>
    public bool CleansUpSpaces { get; init; }

    /// <summary>How the file cuts texts that are too long; null where it does not. Only batches and pairs are cut.</summary>
    public TruncationSettings? Truncation { get; init; }

    /// <summary>How the file pads texts to one length; null where it does not say.</summary>
    public PaddingSettings? Padding { get; init; }

    /// <summary>How white space at the ends of tokens is left out of what they stand for; null where it counts, and where a pipeline says it.</summary>
    internal ByteLevelSettings? Trimmed { get; init; }

    /// <summary>What is done around the model; null for the two kinds that have their own rules.</summary>
    internal TextPipeline? Pipeline { get; init; }

    /// <summary>The number of entries, V.</summary>
    public int Count => Pieces.Length;

    /// <summary>Whether all 256 byte entries are there, so that any text can be spelled.</summary>
    public bool HasByteFallback => !ByteIds().Contains(-1);

    /// <summary>Checks everything that a file could have got wrong and returns this vocabulary.</summary>
    /// <exception cref="ModelFileException">
    /// BT1040 no entries or too many; BT1041 scores or types of the wrong length or value; BT1042 a byte entry that is not
    /// <c>&lt;0x00&gt;</c>…<c>&lt;0xFF&gt;</c>; BT1043 a merge of what is no entry; BT1044 a special id beyond the entries; BT1048 a text that is too long; BT1049 too much text; BT1091 rules of normalisation that are damaged.
    /// </exception>
    public Vocabulary Validate()
    {
        CheckCount(Source, Count);
        var scores = Kind is TokenizerKind.SentencePieceBpe or TokenizerKind.Unigram ? Count : 0;
        if (Scores.Length != scores) throw Refuse("BT1041", "number of scores", $"{Scores.Length}", $"must be {scores}, one for each piece");
        if (Types.Length != Count) throw Refuse("BT1041", "number of token types", $"{Types.Length}", $"must be {Count}, one for each piece");
        var text = 0L;
        for (var id = 0; id < Count; id++)
        {
            text += Pieces[id].Length;
            if (Pieces[id].Length > MaxPieceLength)
                throw Refuse("BT1048", $"length of piece {id}", $"{Pieces[id].Length}", $"must be at most {MaxPieceLength}");
            if (scores > 0 && float.IsNaN(Scores[id])) throw Refuse("BT1041", $"score of piece {id}", "NaN", "must be a number");
            if (Kind is TokenizerKind.Unigram && !float.IsFinite(Scores[id])) throw Refuse("BT1041", $"score of piece {id}", $"{Scores[id]}", "must be finite");
            if (Types[id] is < TokenType.Normal or > TokenType.Byte)
                throw Refuse("BT1041", $"type of piece {id}", $"{(int)Types[id]}", "must be 1 to 6");
            if (Types[id] is TokenType.Byte && ByteOf(Pieces[id]) is null)
                throw Refuse("BT1042", $"byte token {id}", $"'{Pieces[id]}'", "must be <0x00> to <0xFF>");
        }
        if (CharsMap.Length > 0) _ = new CharsMap(CharsMap, Source);
        if (Subword.ExactScores is { } exact && Array.FindIndex(exact, score => !double.IsFinite(score)) is >= 0 and var first)
            throw Refuse("BT1041", $"score of piece {first}", $"{exact[first]}", "must be finite");
        if (text > MaxText) throw Refuse("BT1049", "text of all pieces", $"{text}", $"must be at most {MaxText}");
        if (Merges.Any(merge => (uint)merge.Left >= Count || (uint)merge.Right >= Count))
            throw Refuse("BT1043", "a merge", "of ids beyond the pieces", $"must be of ids below {Count}");
        CheckId("bos", BosId);
        CheckId("unknown", UnkId);
        CheckId("padding", PadId);
        foreach (var id in EosIds) CheckId("eos", id);
        return this;
    }

    /// <summary>The byte that <c>&lt;0xHH&gt;</c> spells (two upper-case hexadecimal digits), or null for any other text.</summary>
    internal static byte? ByteOf(string piece)
    {
        if (piece is not ['<', '0', 'x', var high, var low, '>']) return null;
        return char.IsAsciiHexDigitUpper(high) && char.IsAsciiHexDigitUpper(low) ? Convert.FromHexString([high, low])[0] : null;
    }

    /// <summary>The id of each byte's entry [256]; -1 where there is none.</summary>
    internal int[] ByteIds()
    {
        var ids = new int[256];
        Array.Fill(ids, -1);
        for (var id = 0; id < Count; id++)
            if (Types[id] is TokenType.Byte && ByteOf(Pieces[id]) is { } value) ids[value] = id;
        return ids;
    }

    /// <summary>A special id as files hold it: null where absent, refused with BT1044 where it is no entry.</summary>
    internal static int? SpecialId(string file, string name, long? id, int count) => id switch
    {
        null => null,
        >= 0 when id < count => (int)id,
        _ => throw new ModelFileException("BT1044", file, $"{name} token id", $"{id}", $"must be below the {count} pieces"),
    };

    /// <summary>Refuses with BT1040 a number of entries that no vocabulary has.</summary>
    internal static void CheckCount(string file, int count)
    {
        if (count is 0 or > MaxPieces) throw new ModelFileException("BT1040", file, "number of pieces", $"{count}", $"must be 1 to {MaxPieces}");
    }

    private void CheckId(string name, int? id) => SpecialId(Source, name, id, Count);

    private ModelFileException Refuse(string code, string field, string value, string limit) => new(code, Source, field, value, limit);
}
