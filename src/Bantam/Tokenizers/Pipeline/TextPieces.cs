namespace Bantam.Tokenizers.Pipeline;

/// <summary>A piece of an <see cref="AlignedText"/>.</summary>
/// <param name="Start">The first character.</param>
/// <param name="Length">How many UTF-16 units; never 0.</param>
internal readonly record struct TextPiece(int Start, int Length)
{
    /// <summary>Behind the last character.</summary>
    public int End => Start + Length;
}

/// <summary>A text in pieces, in their order; what lies in no piece is gone.</summary>
internal sealed class TextPieces
{
    private List<TextPiece> _now = [];
    private List<TextPiece> _next = [];
    private long _steps;

    /// <summary>Takes a text as one piece.</summary>
    public TextPieces(AlignedText text)
    {
        Text = text;
        _steps = CodePointRegex.Budget(text.Length);
        if (text.Length > 0) _now.Add(new TextPiece(0, text.Length));
    }

    /// <summary>The text that the pieces are of.</summary>
    public AlignedText Text { get; }

    /// <summary>The pieces.</summary>
    public IReadOnlyList<TextPiece> All => _now;

    /// <summary>How many steps patterns may still take.</summary>
    public ref long Steps => ref _steps;

    /// <summary>The characters of a piece.</summary>
    public ReadOnlySpan<char> Chars(TextPiece piece) => Text.Chars.Slice(piece.Start, piece.Length);

    /// <summary>Whether a piece came of the first character of the whole text; where positions are not kept, characters must be those of the original.</summary>
    public bool IsFirst(TextPiece piece) => (Text.IsTracked ? Text.Start(piece.Start) : Text.Offset + piece.Start) == 0;

    /// <summary>Adds a piece to the next list; an empty one is left out.</summary>
    public void Add(int start, int end)
    {
        if (end > start) _next.Add(new TextPiece(start, end - start));
    }

    /// <summary>Makes what was added the pieces.</summary>
    public void Commit()
    {
        (_now, _next) = (_next, _now);
        _next.Clear();
    }
}
