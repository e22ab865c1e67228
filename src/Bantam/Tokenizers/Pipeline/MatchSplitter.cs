namespace Bantam.Tokenizers.Pipeline;

/// <summary>A stretch of text: a match, or what lies between two.</summary>
internal readonly record struct Stretch(int Start, int End, bool IsMatch);

/// <summary>Splits pieces at matches, whatever finds those.</summary>
internal abstract class MatchSplitter : PreTokenizerStep
{
    private readonly SplitBehavior _behavior;
    private readonly bool _invert;

    /// <param name="behavior">What becomes of the matches.</param>
    /// <param name="invert">Whether what lies between matches is taken for one instead.</param>
    private protected MatchSplitter(SplitBehavior behavior, bool invert = false) => (_behavior, _invert) = (behavior, invert);

    /// <inheritdoc/>
    public override void Apply(TextPieces pieces)
    {
        var found = new List<Stretch>();
        foreach (var piece in pieces.All)
        {
            found.Clear();
            var chars = pieces.Chars(piece);
            for (var at = 0; at < chars.Length;)
            {
                var (start, end) = Find(chars, at, ref pieces.Steps);
                if (start > at) found.Add(new Stretch(at, start, _invert));
                if (end > start) found.Add(new Stretch(start, end, !_invert));
                at = Math.Max(end, start);
            }
            Add(pieces, piece.Start, found);
        }
        pieces.Commit();
    }

    /// <summary>The first match that begins at <paramref name="from"/> or later; an empty range at the end where there is none.</summary>
    private protected abstract (int Start, int End) Find(ReadOnlySpan<char> text, int from, ref long steps);

    /// <summary>The first code point of a class, or the end twice.</summary>
    private protected static (int Start, int End) FindOne(ReadOnlySpan<char> text, int from, Func<int, bool> isOne)
    {
        for (var at = from; at < text.Length;)
        {
            var point = CodePoints.At(text, at, out var length);
            if (isOne(point)) return (at, at + length);
            at += length;
        }
        return (text.Length, text.Length);
    }

    private void Add(TextPieces pieces, int start, List<Stretch> found)
    {
        for (var i = 0; i < found.Count;)
        {
            var last = _behavior switch
            {
                SplitBehavior.Contiguous => EndOfRun(found, i),
                SplitBehavior.MergedWithPrevious => TakesNext(found, i),
                SplitBehavior.MergedWithNext => IsTakenByNext(found, i),
                _ => i,
            };
            if (_behavior is not SplitBehavior.Removed || !found[i].IsMatch) pieces.Add(start + found[i].Start, start + found[last].End);
            i = last + 1;
        }
    }

    private static int EndOfRun(List<Stretch> found, int first)
    {
        var last = first;
        while (last + 1 < found.Count && found[last + 1].IsMatch == found[first].IsMatch) last++;
        return last;
    }

    private static int TakesNext(List<Stretch> found, int at) => !found[at].IsMatch && at + 1 < found.Count && found[at + 1].IsMatch ? at + 1 : at;

    private static int IsTakenByNext(List<Stretch> found, int at) => found[at].IsMatch && at + 1 < found.Count && !found[at + 1].IsMatch ? at + 1 : at;
}
