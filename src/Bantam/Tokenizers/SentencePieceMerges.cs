namespace Bantam.Tokenizers;

/// <summary>SentencePiece's BPE for text that is normalised already.</summary>
internal sealed class SentencePieceMerges(Vocabulary vocabulary) : SubwordModel
{
    private readonly SentencePieceBpe _bpe = new(vocabulary with { CharsMap = [], AddSpacePrefix = false, RemoveExtraWhitespaces = false });

    /// <inheritdoc/>
    public override void Encode(ReadOnlySpan<char> piece, TokenSink tokens) => _bpe.EncodeNormal(piece, tokens);
}
