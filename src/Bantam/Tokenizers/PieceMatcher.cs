namespace Bantam.Tokenizers;

/// <summary>
/// Finds the longest of a set of texts that a string starts with. The texts lie sorted, and each further character
/// narrows the range by binary search: no memory beyond one array, and no cost for texts that do not fit. To go over a whole
/// text there is <see cref="PieceScan"/>.
/// </summary>
internal sealed class PieceMatcher
{
    private readonly string[] _texts;
    private readonly int[] _ids;
    private readonly ulong[] _starts = new ulong[(char.MaxValue + 1) / 64];
    private readonly Lazy<PieceAutomaton> _automaton;

    /// <summary>Takes the texts with their ids; of equal texts the last is kept, empty ones are left out.</summary>
    /// <param name="pieces">The texts.</param>
    /// <param name="patience">How many characters walks may look at, for each of the text and for every two of the texts, before an automaton takes over.</param>
    public PieceMatcher(IEnumerable<(string Text, int Id)> pieces, int patience = 16)
    {
        Patience = patience;
        var all = pieces.Where(piece => piece.Text.Length > 0).ToArray();
        // The sort is not stable: of equal texts the place decides.
        var order = Enumerable.Range(0, all.Length).ToArray();
        Array.Sort(order, (a, b) => string.CompareOrdinal(all[a].Text, all[b].Text) is not 0 and var sign ? sign : a.CompareTo(b));
        var kept = order.Where((place, i) => i + 1 == order.Length || all[order[i + 1]].Text != all[place].Text).ToArray();
        _texts = Array.ConvertAll(kept, place => all[place].Text);
        _ids = Array.ConvertAll(kept, place => all[place].Id);
        foreach (var start in Starts) _starts[start / 64] |= 1UL << start;
        Longest = _texts.Length == 0 ? 0 : _texts.Max(text => text.Length);
        TotalLength = _texts.Sum(text => (long)text.Length);
        // Few texts ever need it.
        _automaton = new Lazy<PieceAutomaton>(() => new PieceAutomaton(_texts));
    }

    /// <summary>How many characters walks may look at, for each of the text and for every two of the texts.</summary>
    public int Patience { get; }

    /// <summary>The length of the longest text.</summary>
    public int Longest { get; }

    /// <summary>The length of all texts together.</summary>
    public long TotalLength { get; }

    /// <summary>What finds the texts, by their places, without walks.</summary>
    public PieceAutomaton Automaton => _automaton.Value;

    /// <summary>The id and the length of a text by its place among the sorted ones.</summary>
    public (int Id, int Length) this[int place] => (_ids[place], _texts[place].Length);

    public bool IsEmpty => _texts.Length == 0;

    /// <summary>What texts begin with.</summary>
    public IEnumerable<char> Starts => _texts.Select(text => text[0]).Distinct();

    /// <summary>Whether some text begins with a unit.</summary>
    public bool CanStart(char unit) => (_starts[unit / 64] & (1UL << unit)) != 0;

    /// <summary>The id and the length of the longest text that <paramref name="input"/> starts with; length 0 if there is none.</summary>
    /// <param name="input">What may start with one.</param>
    /// <param name="depth">How many characters had to be looked at.</param>
    public (int Id, int Length) LongestPrefix(ReadOnlySpan<char> input, out int depth)
    {
        var (low, high) = (0, _texts.Length);
        var best = (-1, 0);
        for (depth = 0; low < high; depth++)
        {
            // The text that ends here sorts before those that go on.
            if (_texts[low].Length == depth) best = (_ids[low++], depth);
            if (depth == input.Length || low == high) break;
            // What all that are left have in common is one comparison.
            var rest = _texts[low].AsSpan(depth);
            var common = high - low == 1 ? rest.Length : rest.CommonPrefixLength(_texts[high - 1].AsSpan(depth));
            if (common > 1)
            {
                if (!input[depth..].StartsWith(rest[..common])) break;
                depth += common - 1;
                continue;
            }
            var next = input[depth];
            low = FirstNotBelow(low, high, depth, next);
            if (low < high && _texts[high - 1][depth] != next) high = FirstNotBelow(low, high, depth, next + 1);
        }
        return best;
    }

    // By steps that double first: a range that narrows little at a time costs little each time.
    private int FirstNotBelow(int low, int high, int depth, int character)
    {
        for (var step = 1; low < high; step *= 2)
        {
            var probe = Math.Min(low + step, high) - 1;
            if (_texts[probe][depth] >= character)
            {
                high = probe;
                break;
            }
            low = probe + 1;
        }
        while (low < high)
        {
            var middle = (int)(((uint)low + (uint)high) / 2);
            if (_texts[middle][depth] < character) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}
