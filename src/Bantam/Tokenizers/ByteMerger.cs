using System.Buffers;

namespace Bantam.Tokenizers;

/// <summary>Merges a long word of bytes.</summary>
internal readonly ref struct ByteMerger
{
    private readonly PairMerger _merger;
    private readonly MergeSymbol[] _symbols;
    private readonly MergeQueue _queue;

    public ByteMerger(ByteMerges merges, ReadOnlySpan<byte> word)
    {
        _symbols = ArrayPool<MergeSymbol>.Shared.Rent(word.Length);
        _queue = new MergeQueue(word.Length);
        _merger = new PairMerger(merges.Pairs, _symbols, _queue);
        for (var i = 0; i < word.Length; i++)
            _symbols[i] = new MergeSymbol { Id = merges.ByteIds[word[i]], Start = i, Length = 1, Parts = 1, Previous = i - 1, Next = i + 1 < word.Length ? i + 1 : -1 };
        for (var i = 0; i + 1 < word.Length; i++) _merger.Consider(i, i + 1);
    }

    /// <summary>Merges all that merges; returns the steps that the queue took.</summary>
    public long Run()
    {
        _merger.MergeAll();
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
        ArrayPool<MergeSymbol>.Shared.Return(_symbols);
    }
}
