using System.Buffers;
using Bantam.Tokenizers;

namespace Bantam.Chat;

/// <summary>
/// The texts of a vocabulary that become control tokens, and where in other text one could begin. Some files call the marks of turns
/// user-defined, and tokenizers find those in any text: what of them the template writes counts here as well.
/// </summary>
internal sealed class SpecialTexts
{
    private readonly AddedTokenMatcher _matcher;
    private readonly string[] _control;
    private readonly string[] _own;
    private readonly SearchValues<char> _controlStarts;
    private readonly SearchValues<char> _starts;
    private readonly SearchValues<char> _inner;

    /// <param name="vocabulary">The model's.</param>
    /// <param name="template">Its template.</param>
    public SpecialTexts(Vocabulary vocabulary, string template)
    {
        int[] control = [.. Enumerable.Range(0, vocabulary.Count).Where(id => vocabulary.Types[id] is TokenType.Control or TokenType.Unknown && vocabulary.Pieces[id].Length > 0)];
        int[] own = [.. Enumerable.Range(0, vocabulary.Count).Where(id => vocabulary.Types[id] is TokenType.UserDefined && IsMark(vocabulary.Pieces[id]) && template.Contains(vocabulary.Pieces[id], StringComparison.Ordinal))];
        _matcher = new AddedTokenMatcher([.. own, .. control], vocabulary);
        _control = [.. control.Select(id => vocabulary.Pieces[id]).Distinct()];
        _own = [.. own.Select(id => vocabulary.Pieces[id]).Distinct()];
        _controlStarts = SearchValues.Create([.. _control.Select(text => text[0]).Distinct()]);
        _starts = SearchValues.Create([.. _control.Concat(_own).Select(text => text[0]).Distinct()]);
        _inner = SearchValues.Create([.. _control.SelectMany(text => text[1..]).Distinct()]);
    }

    /// <summary>The tokens of a text, from left to right, with the white space that some of them take along.</summary>
    public List<(int Id, TokenSpan Span)> Find(string text)
    {
        var found = new List<(int, TokenSpan)>();
        var (at, scan) = (0, new PieceScan());
        while (_matcher.Find(text, at, ref scan) is ( >= 0, var span) token)
        {
            found.Add(token);
            at = span.End;
        }
        return found;
    }

    /// <summary>Whether one of the texts begins with this character; <paramref name="strict"/> for all, else for those of control tokens.</summary>
    public bool CanStart(char c, bool strict) => (strict ? _starts : _controlStarts).Contains(c);

    /// <summary>Whether a text has a character with which one of them begins.</summary>
    public bool MayHold(ReadOnlySpan<char> text) => text.ContainsAny(_starts);

    /// <summary>Whether a control token begins here.</summary>
    public bool ControlAt(string text, int at) => StartsAt(_control, text, at);

    /// <summary>Whether a user-defined mark of the template begins here.</summary>
    public bool OwnAt(string text, int at) => StartsAt(_own, text, at);

    /// <summary>Whether a text, put behind the beginning of one of them, could complete it or carry it on.</summary>
    public bool CanContinue(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || !_inner.Contains(text[0])) return false;
        foreach (var special in _control)
        {
            for (var k = 1; k < special.Length; k++)
            {
                var rest = special.AsSpan(k);
                if (text.StartsWith(rest) || rest.StartsWith(text)) return true;
            }
        }
        return false;
    }

    // Space and letters alone are text that a vocabulary happens to hold as one piece.
    private static bool IsMark(string piece) => piece.Length > 2 && !piece.All(c => char.IsLetterOrDigit(c) || char.IsWhiteSpace(c) || c == Vocabulary.Space);

    private static bool StartsAt(string[] texts, string text, int at)
    {
        foreach (var special in texts)
            if (string.CompareOrdinal(text, at, special, 0, special.Length) == 0) return true;
        return false;
    }
}
