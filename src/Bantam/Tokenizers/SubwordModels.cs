namespace Bantam.Tokenizers;

/// <summary>The models by their kind.</summary>
internal static class SubwordModels
{
    /// <summary>The model of a vocabulary whose kind has a pipeline around it.</summary>
    /// <exception cref="ModelFileException">BT1045: a kind that has rules of its own; BT1090: nothing stands for unknown text.</exception>
    public static SubwordModel Create(Vocabulary vocabulary) => vocabulary.Kind switch
    {
        TokenizerKind.Unigram => new Unigram(vocabulary, UnigramRule.HuggingFace),
        TokenizerKind.WordPiece => new WordPiece(vocabulary),
        TokenizerKind.WordLevel => new WordLevel(vocabulary),
        TokenizerKind.CharacterBpe => new CharacterBpe(vocabulary),
        _ => throw new ModelFileException("BT1045", vocabulary.Source, "kind of tokenizer", vocabulary.Kind.ToString(), "has rules of its own and is no part of a pipeline"),
    };
}
