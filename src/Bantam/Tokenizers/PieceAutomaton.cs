namespace Bantam.Tokenizers;

/// <summary>
/// Tells of every place in a text which is the longest of a set of texts that begins there, in time that is linear in the
/// text however long they are: the automaton of Aho and Corasick (1975) over the texts read backwards, so that what ends a
/// state begins a text. Nodes lie in the order of their depth, the children of each as one sorted run: 14 bytes a node.
/// </summary>
internal sealed class PieceAutomaton
{
    private readonly char[] _labels;
    private readonly int[] _first;
    private readonly int[] _fails;
    private readonly int[] _texts;
    private readonly int _longest;

    /// <param name="texts">Different ones, none empty.</param>
    public PieceAutomaton(string[] texts)
    {
        _longest = texts.Length == 0 ? 0 : texts.Max(text => text.Length);
        var order = Enumerable.Range(0, texts.Length).ToArray();
        Array.Sort(order, (a, b) => CompareFromEnd(texts[a], texts[b]));
        var (labels, first, fails, ends) = (new List<char> { '\0' }, new List<int>(), new List<int> { 0 }, new List<int>());
        // The range of texts below each node that is not yet looked at.
        var open = new Queue<(int Low, int High, int Depth)>([(0, texts.Length, 0)]);
        while (open.TryDequeue(out var range))
        {
            var (low, high, depth) = range;
            var node = first.Count;
            first.Add(labels.Count);
            // The whole state is the longest text that it ends with, if it is one.
            ends.Add(low < high && texts[order[low]].Length == depth ? order[low++] : node == 0 ? -1 : ends[fails[node]]);
            while (low < high)
            {
                var (start, label) = (low, texts[order[low]][^(depth + 1)]);
                while (low < high && texts[order[low]][^(depth + 1)] == label) low++;
                fails.Add(node == 0 ? 0 : Fail(fails[node], label));
                labels.Add(label);
                open.Enqueue((start, low, depth + 1));
            }
        }
        first.Add(labels.Count);
        (_labels, _first, _fails, _texts) = ([.. labels], [.. first], [.. fails], [.. ends]);

        // All that is shorter has its children already.
        int Fail(int shorter, char label)
        {
            while (true)
            {
                var run = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(labels)[first[shorter]..first[shorter + 1]];
                if (run.BinarySearch(label) is >= 0 and var at) return first[shorter] + at;
                if (shorter == 0) return 0;
                shorter = fails[shorter];
            }
        }
    }

    /// <summary>Finds what begins at each place of a part of a text.</summary>
    /// <param name="text">The whole text.</param>
    /// <param name="start">Where the part begins.</param>
    /// <param name="found">Receives the place of the longest text among those given, or −1, for each unit from <paramref name="start"/> on.</param>
    /// <returns>How many steps it took: no more than two for each unit of the part and of the longest text behind it.</returns>
    public long Find(ReadOnlySpan<char> text, int start, Span<int> found)
    {
        var (state, steps) = (0, 0L);
        for (var at = Math.Min(text.Length, start + found.Length + _longest - 1) - 1; at >= start; at--)
        {
            var label = text[at];
            while (true)
            {
                steps++;
                var (low, high) = (_first[state], _first[state + 1]);
                if (_labels.AsSpan(low, high - low).BinarySearch(label) is >= 0 and var next)
                {
                    state = low + next;
                    break;
                }
                if (state == 0) break;
                state = _fails[state];
            }
            if (at - start < found.Length) found[at - start] = _texts[state];
        }
        return steps;
    }

    private static int CompareFromEnd(string a, string b)
    {
        var common = Math.Min(a.Length, b.Length);
        for (var i = 1; i <= common; i++)
            if (a[^i] != b[^i]) return a[^i].CompareTo(b[^i]);
        return a.Length.CompareTo(b.Length);
    }
}
