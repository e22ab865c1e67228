using System.Buffers;
using System.Globalization;

namespace Bantam.Tokenizers;

/// <summary>Finds added tokens in text, the leftmost first and of those that begin together the longest.</summary>
internal sealed class AddedTokenMatcher
{
    private readonly PieceMatcher _texts;
    private readonly SearchValues<char> _starts;
    private readonly IReadOnlyDictionary<int, AddedTokenRules> _rules;

    /// <param name="ids">Which tokens are found; of equal texts the last counts.</param>
    /// <param name="vocabulary">Their texts and rules.</param>
    public AddedTokenMatcher(ReadOnlySpan<int> ids, Vocabulary vocabulary)
    {
        var tokens = new List<(string Text, int Id)>(ids.Length);
        foreach (var id in ids) tokens.Add((vocabulary.Pieces[id], id));
        _texts = new PieceMatcher(tokens);
        _starts = SearchValues.Create([.. _texts.Starts]);
        _rules = vocabulary.Added;
    }

    /// <summary>The first token that begins at <paramref name="from"/> or later, with the white space that it takes; none has the id −1.</summary>
    /// <param name="text">The whole text: what stands before <paramref name="from"/> tells whether a word begins there.</param>
    /// <param name="from">Behind the token before.</param>
    /// <param name="scan">The pass over this text; a new one begins where <paramref name="from"/> is 0.</param>
    public (int Id, TokenSpan Span) Find(ReadOnlySpan<char> text, int from, ref PieceScan scan)
    {
        for (var at = from; text[at..].IndexOfAny(_starts) is >= 0 and var next;)
        {
            at += next;
            var (id, length) = scan.LongestAt(_texts, text, at);
            if (length == 0)
            {
                at++;
                continue;
            }
            var rules = _rules.GetValueOrDefault(id);
            if (rules.HasFlag(AddedTokenRules.SingleWord) && !IsWord(text, at, at + length))
            {
                at += length;
                continue;
            }
            var (start, end) = (at, at + length);
            if (rules.HasFlag(AddedTokenRules.LeftStrip))
                while (start > from && IsSpace(text[start - 1])) start--;
            if (rules.HasFlag(AddedTokenRules.RightStrip))
                end = CodePoints.EndOfRun(text, end, CodePoints.Spaces);
            return (id, new TokenSpan(start, end - start));
        }
        return (-1, default);
    }

    private static bool IsWord(ReadOnlySpan<char> text, int start, int end)
    {
        var before = start > 1 && char.IsSurrogatePair(text[start - 2], text[start - 1]) ? start - 2 : start - 1;
        return (before < 0 || !IsInWord(text, before)) && (end == text.Length || !IsInWord(text, end));
    }

    // Rust's \w has the joiners and numerals of letters too.
    private static bool IsInWord(ReadOnlySpan<char> text, int at) =>
        text[at] is '\u200C' or '\u200D' || CodePoints.Kind(CodePoints.At(text, at, out _)) == (int)UnicodeCategory.LetterNumber || CodePoints.IsInWord(text, at);

    // No white space lies beyond the basic plane.
    private static bool IsSpace(char c) => ((CodePoints.Spaces >> CodePoints.Kind(c)) & 1) != 0;
}
