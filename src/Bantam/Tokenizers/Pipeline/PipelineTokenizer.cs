namespace Bantam.Tokenizers.Pipeline;

/// <summary>
/// A tokenizer of steps, as a <c>tokenizer.json</c> of the Hugging Face library describes it: added tokens are found, what
/// lies between is normalised, then split into pieces, and a model makes tokens of each piece.
/// </summary>
internal sealed class PipelineTokenizer : Tokenizer
{
    private readonly TextPipeline _pipeline;
    private readonly SubwordModel _model;
    private readonly DecodedPieces _decoded;
    private readonly ByteLevelSettings? _trim;
    private readonly bool _needsPositions;
    private readonly AddedTokenMatcher _raw, _rawAndSpecial;
    private readonly NormalizedTokens _normalized, _normalizedAndSpecial;

    /// <summary>Makes the tokenizer of a vocabulary, checking it first.</summary>
    /// <exception cref="ModelFileException">See <see cref="Vocabulary.Validate"/> and <see cref="SubwordModels.Create"/>.</exception>
    public PipelineTokenizer(Vocabulary vocabulary)
        : this(vocabulary.Validate(), vocabulary.Pipeline ?? new TextPipeline())
    {
    }

    private PipelineTokenizer(Vocabulary vocabulary, TextPipeline pipeline)
        : this(vocabulary, pipeline, new DecodedPieces(vocabulary, pipeline.Decoders))
    {
    }

    private PipelineTokenizer(Vocabulary vocabulary, TextPipeline pipeline, DecodedPieces decoded)
        : base(vocabulary, decoded.Inner, findsUserDefined: false)
    {
        (_pipeline, _decoded) = (pipeline, decoded);
        _model = SubwordModels.Create(vocabulary);
        _trim = pipeline.PostProcessors.Select(step => step.Trimmed).FirstOrDefault(trim => trim is not null);
        // Which piece is the first one is asked of positions in the original, which are those of the text only while nothing rewrites it.
        _needsPositions = pipeline.Normalizers.Count + pipeline.PreTokenizers.Count > 1 && pipeline.PreTokenizers.Any(step => step is MetaspacePreTokenizer { Settings.Scheme: PrependScheme.First });
        int[] Added(bool special, bool normalized) => [.. Enumerable.Range(0, vocabulary.Count).Where(id =>
            (vocabulary.Types[id] is TokenType.UserDefined || (special && vocabulary.Types[id] is TokenType.Control or TokenType.Unknown))
            && IsNormalized(id) == normalized)];
        _raw = new AddedTokenMatcher(Added(special: false, normalized: false), vocabulary);
        _rawAndSpecial = new AddedTokenMatcher(Added(special: true, normalized: false), vocabulary);
        _normalized = new NormalizedTokens(Added(special: false, normalized: true), vocabulary, pipeline.Normalizers);
        _normalizedAndSpecial = new NormalizedTokens(Added(special: true, normalized: true), vocabulary, pipeline.Normalizers);
    }

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> FirstPiece(int id) => _decoded.Of(Checked(id), isFirst: true, isLast: false);

    /// <inheritdoc/>
    internal override bool SeesLast => _decoded.SeesLast;

    /// <inheritdoc/>
    internal override ReadOnlySpan<byte> Shown(int id, bool isFirst, bool isLast) => _decoded.Of(Checked(id), isFirst, isLast);

    /// <inheritdoc/>
    internal override ReadOnlySpan<byte> ShownSpecial(int id, bool isFirst, bool isLast) => _decoded.Special(id, isFirst, isLast);

    /// <inheritdoc/>
    internal override bool IsSilent(int id) => _decoded.IsSilent(Checked(id));

    private protected override void EncodeText(ReadOnlySpan<char> text, List<int> ids, List<TokenSpan>? spans) => EncodeAll(text, ids, spans, parseSpecial: false);

    private protected override void EncodeAll(ReadOnlySpan<char> text, List<int> ids, List<TokenSpan>? spans, bool parseSpecial)
    {
        var matcher = parseSpecial ? _rawAndSpecial : _raw;
        var tokens = new TokenSink(ids, spans);
        var (at, scan) = (0, new PieceScan());
        while (matcher.Find(text, at, ref scan) is var (id, span) && id >= 0)
        {
            EncodePart(text[at..span.Start], at, tokens, parseSpecial);
            var stands = Trimmed(text, span, isFirst: tokens.Ids.Count == 0);
            tokens.Add(id, stands.Start, stands.Length);
            at = span.End;
        }
        EncodePart(text[at..], at, tokens, parseSpecial);
    }

    // Text in which no token stands as it is.
    private void EncodePart(ReadOnlySpan<char> text, int offset, TokenSink tokens, bool parseSpecial)
    {
        if (text.IsEmpty) return;
        using var aligned = new AlignedText(text, offset, tokens.Spans is not null || _needsPositions);
        foreach (var step in _pipeline.Normalizers) step.Apply(aligned);
        var added = parseSpecial ? _normalizedAndSpecial : _normalized;
        if (added.IsEmpty)
        {
            EncodePieces(aligned, tokens);
            return;
        }
        var (at, scan) = (0, new PieceScan());
        while (added.Find(aligned.Chars, at, ref scan) is var (id, span) && id >= 0)
        {
            EncodeSlice(aligned, at, span.Start, tokens);
            var origin = aligned.Span(span.Start, span.Length);
            tokens.Add(id, origin.Start, origin.Length);
            at = span.End;
        }
        EncodeSlice(aligned, at, aligned.Length, tokens);
    }

    private void EncodeSlice(AlignedText text, int start, int end, TokenSink tokens)
    {
        if (start == end) return;
        using var slice = text.Slice(start, end);
        EncodePieces(slice, tokens);
    }

    private void EncodePieces(AlignedText text, TokenSink tokens)
    {
        var pieces = new TextPieces(text);
        foreach (var step in _pipeline.PreTokenizers) step.Apply(pieces);
        var inPiece = tokens.Spans is not null ? new List<TokenSpan>() : null;
        var sink = new TokenSink(tokens.Ids, inPiece);
        foreach (var piece in pieces.All)
        {
            inPiece?.Clear();
            var before = tokens.Ids.Count;
            _model.Encode(pieces.Chars(piece), sink);
            if (inPiece is null) continue;
            for (var i = 0; i < inPiece.Count; i++)
            {
                var (start, length) = (piece.Start + inPiece[i].Start, inPiece[i].Length);
                tokens.Spans!.Add(_trim is null ? text.Span(start, length) : Trimmed(text, start, length, isFirst: before + i == 0));
            }
        }
    }

    // White space at the ends of a token, written as bytes are, is not what it stands for; a space that was put in front stays.
    private TokenSpan Trimmed(AlignedText text, int start, int length, bool isFirst)
    {
        var chars = text.Chars.Slice(start, length);
        var (left, right) = (0, 0);
        while (left < length && IsSpace(chars[left])) left++;
        while (right < length - left && IsSpace(chars[length - 1 - right])) right++;
        var span = text.Span(start, length);
        var keepsOne = left > 0 && _trim!.AddPrefixSpace && (isFirst || span.Start == 0);
        if (left == length) return new TokenSpan(keepsOne && length == 1 ? span.Start : span.End, 0);
        return text.Span(start + left - (keepsOne ? 1 : 0), length - left - right + (keepsOne ? 1 : 0));
    }

    // The same for an added token, which may have taken white space along.
    private TokenSpan Trimmed(ReadOnlySpan<char> text, TokenSpan span, bool isFirst)
    {
        if (_trim is null) return span;
        var (start, end) = (span.Start, span.End);
        while (start < end && IsSpace(text[start])) start++;
        while (end > start && IsSpace(text[end - 1])) end--;
        if (start > span.Start && _trim.AddPrefixSpace && (isFirst || span.Start == 0)) start--;
        return new TokenSpan(start, end - start);
    }

    private static bool IsSpace(char c) => c == ByteCharacters.Of((byte)' ') || CharacterClasses.IsSpace(c);

    private bool IsNormalized(int id) => Vocabulary.Added.GetValueOrDefault(id).HasFlag(AddedTokenRules.Normalized);
}
