using System.Buffers;

namespace Bantam.Tokenizers;

/// <summary>
/// Merges a long word. Symbols are a linked list over its bytes; a merge lengthens the left one and empties the right one,
/// and pairs in the queue that no longer fit are passed over.
/// </summary>
internal readonly ref struct ByteMerger
{
    private readonly ByteMerges _merges;
    private readonly Symbol[] _symbols;
    private readonly MergeQueue _queue;

    private struct Symbol
    {
        public int Id, Length, Previous, Next;
    }

    public ByteMerger(ByteMerges merges, ReadOnlySpan<byte> word)
    {
        _merges = merges;
        _symbols = ArrayPool<Symbol>.Shared.Rent(word.Length);
        _queue = new MergeQueue(word.Length);
        for (var i = 0; i < word.Length; i++) _symbols[i] = new Symbol { Id = merges.ByteIds[word[i]], Length = 1, Previous = i - 1, Next = i + 1 < word.Length ? i + 1 : -1 };
        for (var i = 0; i + 1 < word.Length; i++) Consider(i, i + 1);
    }

    /// <summary>Merges all that merges; returns the steps that the queue took.</summary>
    public long Run()
    {
        while (_queue.TryPop(out var merge))
        {
            ref var left = ref _symbols[merge.Left];
            if (left.Length == 0 || left.Next < 0) continue;
            ref var right = ref _symbols[left.Next];
            if (left.Length + right.Length != merge.Length) continue;
            _merges.Pairs.Rank(left.Id, right.Id, out left.Id);
            left.Length = merge.Length;
            right.Length = 0;
            left.Next = right.Next;
            if (left.Next >= 0) _symbols[left.Next].Previous = merge.Left;
            Consider(left.Previous, merge.Left);
            Consider(merge.Left, left.Next);
        }
        return _queue.Steps;
    }

    /// <summary>Appends the id of each symbol that is left, the first first.</summary>
    public void AppendTo(List<int> ids, int unknown)
    {
        for (var i = 0; i >= 0; i = _symbols[i].Next) ids.Add(_symbols[i].Id >= 0 ? _symbols[i].Id : unknown);
    }

    public void Dispose()
    {
        _queue.Dispose();
        ArrayPool<Symbol>.Shared.Return(_symbols);
    }

    private void Consider(int left, int right)
    {
        if (left < 0 || right < 0) return;
        var rank = _merges.Pairs.Rank(_symbols[left].Id, _symbols[right].Id, out _);
        // A rank is below 2²², exact in single precision.
        if (rank < int.MaxValue) _queue.Push(new Merge(-rank, left, _symbols[left].Length + _symbols[right].Length));
    }
}
