namespace Bantam.Tokenizers;

/// <summary>The heart of a tokenizer: one piece of normalised, pre-tokenised text to tokens. Instances never change and may be used from any number of threads.</summary>
internal abstract class SubwordModel
{
    /// <summary>Appends the tokens of <paramref name="piece"/>, which is not empty and has no lone surrogates.</summary>
    public abstract void Encode(ReadOnlySpan<char> piece, TokenSink tokens);
}
