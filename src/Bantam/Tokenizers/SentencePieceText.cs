using Bantam.Tokenizers.Pipeline;

namespace Bantam.Tokenizers;

/// <summary>
/// What SentencePiece does to text before it splits it: user-defined pieces stay as they are, the map's longest keys are
/// replaced, extra spaces are dropped where the model says so, a space is put in front, and spaces become '▁'.
/// </summary>
/// <param name="vocabulary">Whose rules.</param>
internal sealed class SentencePieceText(Vocabulary vocabulary)
{
    private readonly CharsMap? _map = vocabulary.CharsMap.Length == 0 ? null : new CharsMap(vocabulary.CharsMap, vocabulary.Source);
    private readonly PieceMatcher _userDefined = new(
        Enumerable.Range(0, vocabulary.Count).Where(id => vocabulary.Types[id] is TokenType.UserDefined).Select(id => (vocabulary.Pieces[id], id)));
    private readonly char _space = vocabulary.EscapeWhitespaces ? Vocabulary.Space : ' ';

    /// <summary>Changes the text.</summary>
    /// <exception cref="BantamException">BT1080: the text grows too much.</exception>
    public void Apply(AlignedText text)
    {
        var chars = text.Chars;
        var trims = vocabulary.RemoveExtraWhitespaces;
        var (at, scan) = (0, new PieceScan());
        while (trims && at < chars.Length && Next(chars, at, ref scan, out var length) is [' '])
            at += length;
        text.Begin();
        if (at < chars.Length && vocabulary.AddSpacePrefix) text.Put(_space, at, at);
        // What stays as it is, is taken over in runs.
        var from = at;
        for (var afterSpace = trims; at < chars.Length;)
        {
            var next = Next(chars, at, ref scan, out var length);
            var stays = next.Overlaps(chars) && !next.Contains(' ');
            if (!stays)
            {
                text.Keep(from, at);
                if (afterSpace) next = next.TrimStart(' ');
                Put(text, next, at, length, isKept: next.Overlaps(chars));
                from = at + length;
            }
            if (!next.IsEmpty) afterSpace = trims && next[^1] == ' ';
            at += length;
        }
        text.Keep(from, chars.Length);
        text.Commit();
        if (trims) text.Cut(0, text.Chars.TrimEnd(_space).Length);
    }

    // What becomes of the characters at a place, and how many they are.
    private ReadOnlySpan<char> Next(ReadOnlySpan<char> text, int at, ref PieceScan scan, out int length)
    {
        if (!_userDefined.IsEmpty)
        {
            (_, length) = scan.LongestAt(_userDefined, text, at);
            if (length > 0) return text.Slice(at, length);
        }
        if (_map is not null && _map.Longest(text[at..], out length) is { } replacement) return replacement;
        CodePoints.At(text, at, out length);
        return text.Slice(at, length);
    }

    // Characters of the text itself came of themselves, others of all that they replace.
    private void Put(AlignedText text, ReadOnlySpan<char> made, int start, int length, bool isKept)
    {
        for (var i = 0; i < made.Length; i++)
        {
            var at = start + length - made.Length + i;
            var (first, end) = isKept ? (at, at + 1) : (start, start + length);
            if (isKept && made[i] != ' ') text.Keep(first, end);
            else text.Put(made[i] == ' ' ? _space : made[i], first, end);
        }
    }
}
