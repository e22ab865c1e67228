namespace Bantam.Tokenizers;

/// <summary>How a vocabulary's entries are used to split text.</summary>
public enum TokenizerKind
{
    /// <summary>SentencePiece's byte-pair encoding: characters merge by <see cref="Vocabulary.Scores"/> (Llama 2, Mistral, Gemma, Phi-3); <c>llama</c> in GGUF.</summary>
    SentencePieceBpe,

    /// <summary>
    /// Byte-level byte-pair encoding (Radford et al. 2019): bytes, each written as one printable character, merge by the order
    /// of <see cref="Vocabulary.Merges"/> (GPT-2, Llama 3, Qwen); <c>gpt2</c> in GGUF.
    /// </summary>
    ByteLevelBpe,

    /// <summary>Byte-pair encoding over characters, with a pipeline around it (CLIP, GPT-1, HerBERT).</summary>
    CharacterBpe,

    /// <summary>Unigram (Kudo 2018, arXiv:1804.10959): the split with the best sum of <see cref="Vocabulary.Scores"/> (T5, XLM-R, ALBERT); <c>t5</c> in GGUF.</summary>
    Unigram,

    /// <summary>WordPiece (Devlin et al. 2018, arXiv:1810.04805): the longest entry first, from the left (BERT, DistilBERT); <c>bert</c> in GGUF.</summary>
    WordPiece,

    /// <summary>Whole words only.</summary>
    WordLevel,
}
