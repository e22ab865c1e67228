namespace Bantam.Tokenizers;

/// <summary>The models by their kind.</summary>
internal static class SubwordModels
{
    /// <summary>The model of a vocabulary whose kind has a pipeline around it.</summary>
    /// <exception cref="ModelFileException">BT1045: a kind that is not read.</exception>
    public static SubwordModel Create(Vocabulary vocabulary) => vocabulary.Kind switch
    {
        _ => throw new ModelFileException("BT1045", vocabulary.Source, "kind of tokenizer", vocabulary.Kind.ToString(), "only byte-level BPE and SentencePiece BPE are read"),
    };
}
