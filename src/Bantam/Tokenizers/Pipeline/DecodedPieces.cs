using System.Buffers;

namespace Bantam.Tokenizers.Pipeline;

/// <summary>What each token is to text, worked out once: in the middle, as the first, and where a step looks at it as the last.</summary>
internal sealed class DecodedPieces
{
    private readonly IReadOnlyList<DecoderStep> _steps;
    private readonly Vocabulary _vocabulary;
    private readonly PieceTable _first;
    private readonly PieceTable? _last;
    private readonly PieceTable? _only;
    private readonly bool _isFused;

    /// <param name="vocabulary">The tokens, checked.</param>
    /// <param name="steps">What makes text of them.</param>
    public DecodedPieces(Vocabulary vocabulary, IReadOnlyList<DecoderStep> steps)
    {
        (_vocabulary, _steps) = (vocabulary, steps);
        _isFused = steps.Any(step => step is FuseDecoder);
        SeesLast = steps.Any(step => step.SeesLast);
        Inner = Table(isFirst: false, isLast: false);
        _first = Table(isFirst: true, isLast: false);
        if (!SeesLast) return;
        _last = Table(isFirst: false, isLast: true);
        _only = Table(isFirst: true, isLast: true);
    }

    /// <summary>Whether the last token is other text than it would be in the middle.</summary>
    public bool SeesLast { get; }

    /// <summary>What tokens are in the middle; nothing for control tokens.</summary>
    public PieceTable Inner { get; }

    /// <summary>The bytes of a token in its place; none for control tokens.</summary>
    public ReadOnlySpan<byte> Of(int id, bool isFirst, bool isLast) => (isFirst, isLast && SeesLast) switch
    {
        (false, false) => Inner[id],
        (true, false) => _first[id],
        (false, true) => _last![id],
        _ => _only![id],
    };

    /// <summary>The bytes of a token of which the name is shown.</summary>
    public ReadOnlySpan<byte> Special(int id, bool isFirst, bool isLast) => Render(id, isFirst, isLast).Bytes;

    /// <summary>Whether a token leaves the next one in its place: control tokens, and such without text where steps see all as one text.</summary>
    public bool IsSilent(int id) => IsSkipped(id) || (_isFused && Inner[id].IsEmpty && _first[id].IsEmpty);

    // Added tokens that are special, the unknown one among them where it is.
    private bool IsSkipped(int id) => _vocabulary.Types[id] is TokenType.Control;

    private PieceTable Table(bool isFirst, bool isLast) => new(_vocabulary.Count, (id, bytes) =>
    {
        if (!IsSkipped(id) && !_vocabulary.IsPadding(id)) bytes.Write(Render(id, isFirst, isLast).Bytes);
    });

    private DecodedPiece Render(int id, bool isFirst, bool isLast)
    {
        var piece = new DecodedPiece(_vocabulary.Pieces[id]);
        foreach (var step in _steps) piece = step.Apply(piece, isFirst, isLast);
        return piece;
    }
}
