using System.Buffers;

namespace Bantam.Tokenizers;

/// <summary>A pair of neighbours that may become one: best score first, leftmost where scores are equal.</summary>
/// <param name="Score">The priority of the merged piece.</param>
/// <param name="Left">The index of the left symbol.</param>
/// <param name="Length">The length of both together; a pair whose symbols have since changed is known by it.</param>
internal readonly record struct Merge(float Score, int Left, int Length)
{
    public bool Before(in Merge other) => Score > other.Score || (Score == other.Score && Left < other.Left);
}

/// <summary>A binary heap of merges in a pooled array.</summary>
internal sealed class MergeQueue(int capacity) : IDisposable
{
    private Merge[] _heap = ArrayPool<Merge>.Shared.Rent(Math.Max(16, capacity));
    private int _count;

    /// <summary>How many levels of the heap have been walked so far: the work done, independent of the clock.</summary>
    public long Steps { get; private set; }

    public void Push(Merge merge)
    {
        if (_count == _heap.Length) Grow();
        var at = _count++;
        while (at > 0)
        {
            Steps++;
            var parent = (at - 1) / 2;
            if (!merge.Before(_heap[parent])) break;
            _heap[at] = _heap[parent];
            at = parent;
        }
        _heap[at] = merge;
    }

    public bool TryPop(out Merge merge)
    {
        merge = default;
        if (_count == 0) return false;
        merge = _heap[0];
        var last = _heap[--_count];
        var at = 0;
        for (var child = 1; child < _count; child = (2 * at) + 1)
        {
            Steps++;
            if (child + 1 < _count && _heap[child + 1].Before(_heap[child])) child++;
            if (!_heap[child].Before(last)) break;
            _heap[at] = _heap[child];
            at = child;
        }
        _heap[at] = last;
        return true;
    }

    public void Dispose() => ArrayPool<Merge>.Shared.Return(_heap);

    private void Grow()
    {
        var larger = ArrayPool<Merge>.Shared.Rent(_heap.Length * 2);
        _heap.AsSpan(0, _count).CopyTo(larger);
        ArrayPool<Merge>.Shared.Return(_heap);
        _heap = larger;
    }
}
