using System.Runtime.CompilerServices;

namespace Bantam.Tokenizers;

/// <summary>
/// A set of texts as a tree of UTF-16 units, for walking all that a string starts with. Nodes lie in the order of their
/// depth, so that the children of each are one sorted run: ten bytes a node, and a step is a binary search in that run.
/// </summary>
internal sealed class PieceTrie
{
    private readonly char[] _labels;
    private readonly int[] _first;
    private readonly int[] _ids;
    // A node's number is never 0 but for the root, which is nobody's child.
    private readonly int[] _starts = new int[char.MaxValue + 1];

    /// <summary>Takes the texts with their ids, none negative; of equal texts the last is kept, empty ones and those with lone surrogates are left out.</summary>
    public PieceTrie(IEnumerable<(string Text, int Id)> pieces)
    {
        var known = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (text, id) in pieces)
            if (text.Length > 0 && IsWhole(text)) known[text] = id;
        string[] texts = [.. known.Keys];
        Array.Sort(texts, StringComparer.Ordinal);

        var (labels, first, ids) = (new List<char> { '\0' }, new List<int>(), new List<int>());
        // The range of texts below each node that is not yet looked at.
        var open = new Queue<(int Low, int High, int Depth)>([(0, texts.Length, 0)]);
        while (open.TryDequeue(out var range))
        {
            var (low, high, depth) = range;
            var ends = low < high && texts[low].Length == depth;
            ids.Add(ends ? known[texts[low]] : -1);
            if (ends) low++;
            first.Add(labels.Count);
            while (low < high)
            {
                var (start, label) = (low, texts[low][depth]);
                while (low < high && texts[low][depth] == label) low++;
                if (depth == 0) _starts[label] = labels.Count;
                labels.Add(label);
                open.Enqueue((start, low, depth + 1));
            }
        }
        first.Add(labels.Count);
        (_labels, _first, _ids) = ([.. labels], [.. first], [.. ids]);
    }

    /// <summary>Whether there is no text.</summary>
    public bool IsEmpty => _labels.Length == 1;

    /// <summary>The node of the texts that start with <paramref name="unit"/>, or 0.</summary>
    public int Start(char unit) => _starts[unit];

    /// <summary>The node of the texts that go on with <paramref name="unit"/> behind those of <paramref name="node"/>, or 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Next(int node, char unit)
    {
        var (low, high) = (_first[node], _first[node + 1]);
        while (low < high)
        {
            var middle = (int)(((uint)low + (uint)high) / 2);
            var label = _labels[middle];
            if (label == unit) return middle;
            if (label < unit) low = middle + 1;
            else high = middle;
        }
        return 0;
    }

    /// <summary>The id of the text that ends at a node, or −1.</summary>
    public int Id(int node) => _ids[node];

    /// <summary>The id and the length of the longest text that <paramref name="input"/> starts with; length 0 if there is none.</summary>
    public (int Id, int Length) LongestPrefix(ReadOnlySpan<char> input)
    {
        var best = (-1, 0);
        if (input.IsEmpty) return best;
        var node = Start(input[0]);
        for (var length = 1; node != 0; length++)
        {
            if (_ids[node] >= 0) best = (_ids[node], length);
            if (length == input.Length) break;
            node = Next(node, input[length]);
        }
        return best;
    }

    private static bool IsWhole(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (!char.IsHighSurrogate(text[i]) || i + 1 == text.Length || !char.IsLowSurrogate(text[i + 1])) return false;
            i++;
        }
        return true;
    }
}
