namespace Bantam.Tokenizers;

/// <summary>Whose arithmetic a Unigram tokenizer follows: where two splits are as good but for rounding, the libraries part.</summary>
internal enum UnigramRule
{
    /// <summary>Google's sentencepiece: sums in single precision, user-defined pieces always win, unused ones never.</summary>
    SentencePiece,

    /// <summary>The Hugging Face tokenizers library: sums in double precision, every entry is text, whatever it is for.</summary>
    HuggingFace,
}
