namespace Bantam.Tokenizers;

/// <summary>SentencePiece's kind "word": each '▁' begins a word, and a word is an entry or unknown.</summary>
internal sealed class SentencePieceWords : SubwordModel
{
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _ids;
    private readonly int[]? _byteIds;
    private readonly int _unknown;

    /// <exception cref="ModelFileException">BT1090: there is no unknown token.</exception>
    public SentencePieceWords(Vocabulary vocabulary)
    {
        _unknown = RequireUnknown(vocabulary);
        var ids = new Dictionary<string, int>(vocabulary.Count, StringComparer.Ordinal);
        foreach (var (text, id) in Entries(vocabulary))
            if (vocabulary.Types[id] is TokenType.Normal or TokenType.UserDefined) ids[text] = id;
        _ids = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        _byteIds = vocabulary.HasByteFallback ? vocabulary.ByteIds() : null;
    }

    /// <inheritdoc/>
    public override void Encode(ReadOnlySpan<char> piece, TokenSink tokens)
    {
        var afterUnknown = false;
        for (var start = 0; start < piece.Length;)
        {
            var length = piece[(start + 1)..].IndexOf(Vocabulary.Space) + 1;
            if (length == 0) length = piece.Length - start;
            var isKnown = _ids.TryGetValue(piece.Slice(start, length), out var id);
            if (isKnown) tokens.Add(id, start, length);
            else if (_byteIds is not null) Unigram.TrySpell(_byteIds, piece, start, start + length, tokens);
            else if (afterUnknown) tokens.Extend(start + length);
            else tokens.Add(_unknown, start, length);
            afterUnknown = !isKnown;
            start += length;
        }
    }
}
