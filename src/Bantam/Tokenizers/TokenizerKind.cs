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
}
