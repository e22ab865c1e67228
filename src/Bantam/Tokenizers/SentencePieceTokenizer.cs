using Bantam.Tokenizers.Pipeline;

namespace Bantam.Tokenizers;

/// <summary>
/// SentencePiece in all its kinds: Unigram (T5, XLM-R, ALBERT), whole words, and BPE where text is normalised first;
/// <c>tokenizer.ggml.model = t5</c> in GGUF. The ids are those of Google's library. BPE that leaves text as it is has
/// <see cref="SentencePieceBpe"/>.
/// </summary>
public sealed class SentencePieceTokenizer : Tokenizer
{
    private readonly SentencePieceText _text;
    private readonly SubwordModel _model;

    /// <summary>Makes the tokenizer of a vocabulary, checking it first.</summary>
    /// <exception cref="ModelFileException">See <see cref="Vocabulary.Validate"/>; BT1090 there is no unknown token; BT1045 another kind of tokenizer.</exception>
    public SentencePieceTokenizer(Vocabulary vocabulary)
        : base(vocabulary.Validate(), new PieceTable(vocabulary.Count, (id, bytes) => SentencePieceBpe.Render(vocabulary, id, bytes)), findsUserDefined: false)
    {
        _text = new SentencePieceText(vocabulary);
        _model = vocabulary.Kind switch
        {
            TokenizerKind.Unigram => new Unigram(vocabulary, UnigramRule.SentencePiece),
            TokenizerKind.WordLevel => new SentencePieceWords(vocabulary),
            TokenizerKind.SentencePieceBpe => new SentencePieceMerges(vocabulary),
            _ => throw new ModelFileException("BT1045", vocabulary.Source, "kind of tokenizer", $"{vocabulary.Kind}", "must be a kind of SentencePiece"),
        };
    }

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> FirstPiece(int id) => SentencePieceBpe.WithoutPrefix(Vocabulary, id, Piece(id));

    private protected override void EncodeText(ReadOnlySpan<char> text, List<int> ids, List<TokenSpan>? spans)
    {
        using var aligned = new AlignedText(text, 0, spans is not null);
        _text.Apply(aligned);
        if (aligned.Length == 0) return;
        var before = spans?.Count ?? 0;
        _model.Encode(aligned.Chars, new TokenSink(ids, spans));
        for (var i = before; i < (spans?.Count ?? 0); i++) spans![i] = aligned.Span(spans[i].Start, spans[i].Length);
    }
}
