namespace Bantam.Tokenizers;

/// <summary>
/// WordPiece as BERT uses it (Devlin et al. 2018, arXiv:1810.04805): the longest entry that a word starts with, then the
/// longest that goes on, written with a prefix; a word that does not come out is unknown as a whole.
/// </summary>
internal sealed class WordPiece : SubwordModel
{
    private readonly PieceTrie _first;
    private readonly PieceTrie _inside;
    private readonly int _mostCharacters;
    private readonly int _unknown;

    /// <exception cref="ModelFileException">BT1090: there is no unknown token.</exception>
    public WordPiece(Vocabulary vocabulary)
    {
        _unknown = RequireUnknown(vocabulary);
        _mostCharacters = vocabulary.Subword.MaxInputCharsPerWord;
        var prefix = vocabulary.Subword.ContinuingSubwordPrefix;
        _first = new PieceTrie(Entries(vocabulary));
        _inside = prefix.Length == 0 ? _first : new PieceTrie(
            Entries(vocabulary).Where(entry => entry.Text.StartsWith(prefix, StringComparison.Ordinal)).Select(entry => (entry.Text[prefix.Length..], entry.Id)));
    }

    /// <inheritdoc/>
    public override void Encode(ReadOnlySpan<char> piece, TokenSink tokens)
    {
        if (IsTooLong(piece) || !Covers(piece))
        {
            tokens.Add(_unknown, 0, piece.Length);
            return;
        }
        for (var at = 0; at < piece.Length;)
        {
            var (id, length) = Longest(piece, at);
            tokens.Add(id, at, length);
            at += length;
        }
    }

    private (int Id, int Length) Longest(ReadOnlySpan<char> word, int at) => (at == 0 ? _first : _inside).LongestPrefix(word[at..]);

    private bool Covers(ReadOnlySpan<char> word)
    {
        for (var at = 0; at < word.Length;)
        {
            var (_, length) = Longest(word, at);
            if (length == 0) return false;
            at += length;
        }
        return true;
    }

    private bool IsTooLong(ReadOnlySpan<char> word)
    {
        if (word.Length <= _mostCharacters) return false;
        var characters = 0;
        foreach (var unit in word)
            if (!char.IsLowSurrogate(unit)) characters++;
        return characters > _mostCharacters;
    }
}
