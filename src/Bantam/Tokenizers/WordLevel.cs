namespace Bantam.Tokenizers;

/// <summary>Whole words: a piece of text is an entry or unknown.</summary>
internal sealed class WordLevel : SubwordModel
{
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _ids;
    private readonly int _unknown;

    /// <exception cref="ModelFileException">BT1090: there is no unknown token.</exception>
    public WordLevel(Vocabulary vocabulary)
    {
        _unknown = RequireUnknown(vocabulary);
        var ids = new Dictionary<string, int>(vocabulary.Count, StringComparer.Ordinal);
        foreach (var (text, id) in Entries(vocabulary)) ids[text] = id;
        _ids = ids.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <inheritdoc/>
    public override void Encode(ReadOnlySpan<char> piece, TokenSink tokens) =>
        tokens.Add(_ids.TryGetValue(piece, out var id) ? id : _unknown, 0, piece.Length);
}
