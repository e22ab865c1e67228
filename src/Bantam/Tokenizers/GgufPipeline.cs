using Bantam.Tokenizers.Pipeline;

namespace Bantam.Tokenizers;

/// <summary>
/// The tokenizers with steps that GGUF has a kind for: BERT's, SentencePiece's Unigram as the Hugging Face library spells
/// it, and what came from a GGUF file itself. A file says the settings of such a kind, and llama.cpp does what belongs to it.
/// </summary>
internal static class GgufPipeline
{
    /// <summary>The vocabulary without steps whose rules do the same, but for what llama.cpp does in its own way; null where there is none.</summary>
    /// <param name="vocabulary">Any vocabulary; one without steps is its own.</param>
    /// <param name="reason">Why there is none.</param>
    public static Vocabulary? Settle(Vocabulary vocabulary, out string? reason)
    {
        reason = null;
        if (vocabulary.Pipeline is not { } pipeline || vocabulary.Kind is TokenizerKind.ByteLevelBpe) return vocabulary;
        if (vocabulary.Kind is TokenizerKind.SentencePieceBpe) return SentencePiece(vocabulary);
        var settled = vocabulary.Kind switch
        {
            TokenizerKind.WordPiece => Bert(vocabulary, pipeline),
            TokenizerKind.Unigram => Unigram(vocabulary, pipeline),
            TokenizerKind.CharacterBpe when GgufCharacters.Of(vocabulary) is not null => vocabulary,
            _ => null,
        };
        reason = settled is not null ? null : vocabulary.Kind is TokenizerKind.WordPiece or TokenizerKind.Unigram
            ? $"the steps around its {vocabulary.Kind} are others than those of llama.cpp"
            : vocabulary.Kind is TokenizerKind.CharacterBpe ? "llama.cpp has BPE over characters only by the rules that it knows by name"
            : $"llama.cpp has no tokenizer of the kind {vocabulary.Kind}";
        return settled;
    }

    // Of SentencePiece's special tokens the unknown one has a type of its own.
    private static Vocabulary SentencePiece(Vocabulary vocabulary)
    {
        if (vocabulary.UnkId is not { } unknown || vocabulary.Types[unknown] is not TokenType.Control) return vocabulary;
        var types = vocabulary.Types.ToArray();
        types[unknown] = TokenType.Unknown;
        return vocabulary with { Types = types };
    }

    private static Vocabulary? Bert(Vocabulary vocabulary, TextPipeline pipeline)
    {
        if (pipeline is not { Normalizers: [BertNormalizer { IsWhole: true } bert], PreTokenizers: [BertPreTokenizer] }) return null;
        if (vocabulary.Subword.ContinuingSubwordPrefix != BertWords.Inside) return null;
        return vocabulary with { Pipeline = null, Subword = vocabulary.Subword with { DropsCase = bert.Lowercase, DropsAccents = bert.StripsAccents } };
    }

    // Spaces are taken together by a step that splits at white space, or by one that replaces several and one that strips.
    private static Vocabulary? Unigram(Vocabulary vocabulary, TextPipeline pipeline)
    {
        if (pipeline.PreTokenizers is not [.., MetaspacePreTokenizer { Settings.Replacement: ['\u2581'] } metaspace]) return null;
        var others = pipeline.PreTokenizers.Take(pipeline.PreTokenizers.Count - 1).ToList();
        if (others is not ([] or [SpacePreTokenizer])) return null;
        if (pipeline.Normalizers.Any(step => step is not (PrecompiledNormalizer or StripNormalizer or ReplaceNormalizer { Content: " " or "\u2581", Text: null }))) return null;
        var maps = pipeline.Normalizers.OfType<PrecompiledNormalizer>().ToList();
        if (maps.Count > 1) return null;
        return vocabulary with
        {
            Pipeline = null,
            CharsMap = maps is [var map] ? map.Content : [],
            AddSpacePrefix = metaspace.Settings.Scheme is not PrependScheme.Never,
            RemoveExtraWhitespaces = others.Count > 0 || pipeline.Normalizers.Count > maps.Count,
        };
    }
}
