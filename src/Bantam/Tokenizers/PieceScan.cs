namespace Bantam.Tokenizers;

/// <summary>
/// One pass over a text that asks, from left to right, which of the texts of a <see cref="PieceMatcher"/> begins at a place.
/// Each place is looked at by itself, which is fastest where little begins; where the walks grow longer than the text and
/// the texts that are looked for, as among a's with tokens aⁿb, an automaton takes over: the work is linear in both.
/// </summary>
internal struct PieceScan
{
    // Of the memory for what an automaton found, at least so much at a time.
    private const int Block = 4096;

    private int[]? _found;
    private int _start, _end;
    private long _walked, _steps;

    /// <summary>How many characters walks have looked at, and how many steps an automaton took.</summary>
    public readonly long Work => _walked + _steps;

    /// <summary>The id and the length of the longest text at a place; length 0 if there is none.</summary>
    /// <param name="texts">The same in the whole pass.</param>
    /// <param name="text">The same in the whole pass.</param>
    /// <param name="at">Not to the left of the place before.</param>
    public (int Id, int Length) LongestAt(PieceMatcher texts, ReadOnlySpan<char> text, int at)
    {
        // Making the automaton costs more than looking at all texts a few times.
        if (_found is null && _walked <= texts.Patience * (at + 64 + (texts.TotalLength / 2)))
        {
            var found = texts.LongestPrefix(text[at..], out var depth);
            _walked += depth + 1;
            return found;
        }
        if (_found is null || at >= _end)
        {
            _found ??= new int[Math.Min(text.Length - at, Math.Max(Block, 2 * texts.Longest))];
            (_start, _end) = (at, Math.Min(text.Length, at + _found.Length));
            _steps += texts.Automaton.Find(text, at, _found.AsSpan(0, _end - at));
        }
        return _found[at - _start] is >= 0 and var place ? texts[place] : (-1, 0);
    }
}
