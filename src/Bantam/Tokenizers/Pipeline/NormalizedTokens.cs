namespace Bantam.Tokenizers.Pipeline;

/// <summary>Added tokens that are looked for in normalised text, in which their own texts are normalised too.</summary>
internal sealed class NormalizedTokens
{
    private readonly AddedTokenMatcher? _matcher;

    /// <param name="ids">Which tokens are found.</param>
    /// <param name="vocabulary">Their texts and rules.</param>
    /// <param name="normalizers">What is done to texts.</param>
    public NormalizedTokens(int[] ids, Vocabulary vocabulary, IReadOnlyList<NormalizerStep> normalizers)
    {
        if (ids.Length == 0) return;
        var pieces = vocabulary.Pieces;
        if (normalizers.Count > 0)
        {
            pieces = [.. pieces];
            foreach (var id in ids)
            {
                using var text = new AlignedText(pieces[id], 0, isTracked: false);
                foreach (var step in normalizers) step.Apply(text);
                pieces[id] = text.Chars.ToString();
            }
        }
        _matcher = new AddedTokenMatcher(ids, vocabulary with { Pieces = pieces });
    }

    /// <summary>Whether there are none.</summary>
    public bool IsEmpty => _matcher is null;

    /// <summary>See <see cref="AddedTokenMatcher.Find"/>.</summary>
    public (int Id, TokenSpan Span) Find(ReadOnlySpan<char> text, int from, ref PieceScan scan) => _matcher!.Find(text, from, ref scan);
}
