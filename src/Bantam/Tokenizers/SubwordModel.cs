namespace Bantam.Tokenizers;

/// <summary>The heart of a tokenizer: one piece of normalised, pre-tokenised text to tokens. Instances never change and may be used from any number of threads.</summary>
internal abstract class SubwordModel
{
    /// <summary>Appends the tokens of <paramref name="piece"/>, which is not empty and has no lone surrogates.</summary>
    public abstract void Encode(ReadOnlySpan<char> piece, TokenSink tokens);

    /// <summary>The id for unknown text.</summary>
    /// <exception cref="ModelFileException">BT1090: there is none.</exception>
    private protected static int RequireUnknown(Vocabulary vocabulary) => vocabulary.UnkId
        ?? throw new ModelFileException("BT1090", vocabulary.Source, "unknown token", "absent", $"{vocabulary.Kind} needs one for text that no piece covers");

    /// <summary>Whether the model knows an entry: all but padding and what was added around it.</summary>
    private protected static bool Knows(Vocabulary vocabulary, int id) => !vocabulary.IsPadding(id) && !vocabulary.Subword.Outside.Contains(id);

    /// <summary>The entries that text can become, with their ids.</summary>
    private protected static IEnumerable<(string Text, int Id)> Entries(Vocabulary vocabulary) =>
        Enumerable.Range(0, vocabulary.Count).Where(id => Knows(vocabulary, id)).Select(id => (vocabulary.Pieces[id], id));
}
