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
    private readonly PieceTrie _userDefined = new(
        Enumerable.Range(0, vocabulary.Count).Where(id => vocabulary.Types[id] is TokenType.UserDefined).Select(id => (vocabulary.Pieces[id], id)));
    private readonly char _space = vocabulary.EscapeWhitespaces ? Vocabulary.Space : ' ';

    /// <summary>Changes the text.</summary>
    /// <exception cref="BantamException">BT1080: the text grows too much.</exception>
    public void Apply(AlignedText text)
    {
        var chars = text.Chars;
        var trims = vocabulary.RemoveExtraWhitespaces;
        var at = 0;
        while (trims && at < chars.Length && Next(chars, at, out var length) is [' '])
            at += length;
        text.Begin();
        if (at < chars.Length && vocabulary.AddSpacePrefix) text.Put(_space, at, at);
        for (var afterSpace = trims; at < chars.Length;)
        {
            var next = Next(chars, at, out var length);
            if (afterSpace) next = next.TrimStart(' ');
            if (next.Overlaps(chars)) Keep(text, chars, at + length - next.Length, at + length);
            else foreach (var c in next) text.Put(c == ' ' ? _space : c, at, at + length);
            if (!next.IsEmpty) afterSpace = trims && next[^1] == ' ';
            at += length;
        }
        text.Commit();
        if (trims) text.Cut(0, text.Chars.TrimEnd(_space).Length);
    }

    // What becomes of the characters at a place, and how many they are.
    private ReadOnlySpan<char> Next(ReadOnlySpan<char> text, int at, out int length)
    {
        if (!_userDefined.IsEmpty)
        {
            (_, length) = _userDefined.LongestPrefix(text[at..]);
            if (length > 0) return text.Slice(at, length);
        }
        if (_map is not null && _map.Longest(text[at..], out length) is { } replacement) return replacement;
        CodePoints.At(text, at, out length);
        return text.Slice(at, length);
    }

    private void Keep(AlignedText text, ReadOnlySpan<char> chars, int start, int end)
    {
        for (var at = start; at < end; at++)
        {
            if (chars[at] == ' ') text.Put(_space, at, at + 1);
            else text.Keep(at, at + 1);
        }
    }
}
