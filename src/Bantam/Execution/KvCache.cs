using System.Diagnostics;
using Bantam.Tensors;

namespace Bantam.Execution;

/// <summary>
/// The owner of keys and values: for every layer and sequence, the positions seen so far, in pages of 64. Position p lies in
/// page p / 64 at slot p mod 64, and a page holds, per layer and head, [64, D]. Sequences that were forked share the pages
/// of what they have in common; a layer that looks back on a window gives back those behind it. Memory is reserved at once
/// and committed by the operating system as pages fill.
/// </summary>
/// <remarks>
/// Nothing is ever shifted: a text that has filled its capacity ends, and where the beginning should make room for more,
/// the caller cuts it and begins again.
/// </remarks>
public sealed unsafe class KvCache : IDisposable
{
    /// <summary>Positions in a page.</summary>
    public const int PageSize = 64;

    private readonly NativeStorage _keys;
    private readonly NativeStorage _values;
    private readonly int[] _lengths;
    private readonly int[] _first;       // per sequence, the first position that the pass being admitted brings, or −1
    private readonly int[] _next;        // and the one behind its last
    private readonly KvPages[] _groups;  // of layers that look equally far back
    private readonly int[] _groupOf;     // per layer
    private readonly long[] _starts;     // per layer, the pages of layers before it, times heads
    private readonly int _kvHeads;
    private readonly int _headDim;
    private readonly long _keyBytes;     // of one head's page
    private readonly long _valueBytes;

    /// <summary>Reserves a cache.</summary>
    /// <param name="layers">L.</param>
    /// <param name="kvHeads">Hkv.</param>
    /// <param name="headDim">D.</param>
    /// <param name="sequences">S, how many texts at a time.</param>
    /// <param name="capacity">Longest text in tokens.</param>
    /// <param name="keyType">F32, F16, BF16, Q8_0 or Q4_0; F64 for gradient checks.</param>
    /// <param name="window">The window of a layer (from 0) in tokens, null where it sees everything; all do when not given.</param>
    /// <param name="chunk">Most rows that one pass brings for a sequence; without it, windows save nothing.</param>
    /// <param name="valueType">As <paramref name="keyType"/>, which it is when not given.</param>
    /// <param name="pages">Most pages of a layer, for all sequences together; without it all can become as long as the capacity.</param>
    /// <exception cref="BantamException">A type that caches do not have (BT2102) or that does not divide the heads (BT3010); no memory for so many positions (BT3012).</exception>
    public KvCache(
        int layers, int kvHeads, int headDim, int sequences, int capacity, DType keyType,
        Func<int, int?>? window = null, int? chunk = null, DType? valueType = null, int? pages = null)
    {
        foreach (var count in (ReadOnlySpan<int>)[layers, kvHeads, headDim, sequences, capacity]) ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (chunk is { } rows) ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1, nameof(chunk));
        if (pages is { } most) ArgumentOutOfRangeException.ThrowIfLessThan(most, 1, nameof(pages));
        (_kvHeads, _headDim, Sequences, Capacity, Chunk) = (kvHeads, headDim, sequences, capacity, chunk ?? capacity);
        (KeyType, ValueType) = (keyType, valueType ?? keyType);
        KvTypes.Check(KeyType, ValueType, headDim);
        (_keyBytes, _valueBytes) = (KeyType.Bytes((long)PageSize * headDim), ValueType.Bytes((long)PageSize * headDim));
        (_groupOf, _starts) = (new int[layers], new long[layers]);
        try
        {
            var groups = new List<KvPages>();
            var total = 0L;
            for (var layer = 0; layer < layers; layer++)
            {
                var seen = window?.Invoke(layer) ?? 0;
                _groupOf[layer] = groups.FindIndex(g => g.Window == seen);
                if (_groupOf[layer] < 0)
                {
                    _groupOf[layer] = groups.Count;
                    groups.Add(new KvPages(sequences, capacity, seen, Chunk, pages));
                }
                _starts[layer] = total;
                total = checked(total + ((long)groups[_groupOf[layer]].Count * kvHeads));
            }
            _groups = [.. groups];
            _keys = new NativeStorage(checked(total * _keyBytes), clear: false);
            _values = new NativeStorage(checked(total * _valueBytes), clear: false);
        }
        catch (Exception e) when (e is OutOfMemoryException or OverflowException)
        {
            _keys?.Dispose();
            throw new BantamException("BT3012", $"no memory for the keys and values of {sequences} x {capacity} positions; ask for a shorter context, fewer sequences or a smaller cache type", e);
        }
        _lengths = new int[sequences];
        _first = new int[sequences];
        _next = new int[sequences];
    }

    /// <summary>How keys are stored.</summary>
    public DType KeyType { get; }

    /// <summary>How values are stored.</summary>
    public DType ValueType { get; }

    /// <summary>How many texts it holds.</summary>
    public int Sequences { get; }

    /// <summary>Longest text, in tokens.</summary>
    public int Capacity { get; }

    /// <summary>Most rows of one sequence in a pass.</summary>
    public int Chunk { get; }

    /// <summary>Bytes reserved for keys and values.</summary>
    public long Bytes => _keys.Length + _values.Length;

    /// <summary>Bytes of the pages that hold something; shared ones are counted once.</summary>
    public long UsedBytes
    {
        get
        {
            var used = 0L;
            foreach (var group in _groupOf) used += (_groups[group].Count - _groups[group].FreeCount) * _kvHeads * (_keyBytes + _valueBytes);
            return used;
        }
    }

    /// <summary>How many positions of <paramref name="sequence"/> are filled.</summary>
    public int Length(int sequence) => _lengths[sequence];

    /// <summary>
    /// Whether <paramref name="sequence"/> can be continued at <paramref name="length"/>: behind a window, what the rows there
    /// would look back on may have been given back since.
    /// </summary>
    public bool CanTruncate(int sequence, int length)
    {
        foreach (var group in _groups)
            if (!group.Shows(sequence, length)) return false;
        return true;
    }

    /// <summary>Forgets what lies beyond <paramref name="length"/>.</summary>
    /// <exception cref="InvalidOperationException">Not possible, see <see cref="CanTruncate"/>; 0 always is.</exception>
    public void Truncate(int sequence, int length)
    {
        Expect(sequence, length);
        SetLength(sequence, length);
    }

    /// <summary>
    /// Makes <paramref name="to"/> begin as <paramref name="from"/> does, for <paramref name="length"/> positions, instead of what it
    /// held. Their pages are stored once; the last, if it is not full, is copied when one of the two goes on.
    /// </summary>
    /// <exception cref="InvalidOperationException">The windows of <paramref name="from"/> have moved on, see <see cref="CanTruncate"/>.</exception>
    public void Fork(int from, int to, int length)
    {
        Expect(from, length);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)to, (uint)Sequences, nameof(to));
        if (from == to) throw new ArgumentException($"sequence {to} cannot be forked into itself; truncate it", nameof(to));
        SetLength(to, 0);
        foreach (var group in _groups) group.Share(from, to, length);
        _lengths[to] = length;
    }

    /// <summary>L.</summary>
    internal int Layers => _groupOf.Length;

    /// <summary>Hkv.</summary>
    internal int KvHeads => _kvHeads;

    /// <summary>D.</summary>
    internal int HeadDim => _headDim;

    /// <summary>The pages that <paramref name="sequence"/> holds in a layer, from the first to the one behind the last.</summary>
    internal (int From, int To) Pages(int layer, int sequence) => _groups[_groupOf[layer]].Held(sequence);

    /// <summary>The keys of one head in a page that the sequence holds, [64, D].</summary>
    internal byte* Keys(int layer, int sequence, int page, int head) => _keys.Data + (Place(layer, sequence, page, head) * _keyBytes);

    /// <summary>The values of one head in a page that the sequence holds, [64, D].</summary>
    internal byte* Values(int layer, int sequence, int page, int head) => _values.Data + (Place(layer, sequence, page, head) * _valueBytes);

    /// <summary>The numbers of a sequence's pages in a layer, by their place in the text; of those that it does not hold, anything.</summary>
    internal ReadOnlySpan<int> PageNumbers(int layer, int sequence) => _groups[_groupOf[layer]].Table(sequence);

    /// <summary>The keys of one head in page number 0; those of the next follow.</summary>
    internal byte* Keys(int layer, int head) => _keys.Data + (Place(layer, page: 0, head) * _keyBytes);

    /// <summary>The values of one head in page number 0; those of the next follow.</summary>
    internal byte* Values(int layer, int head) => _values.Data + (Place(layer, page: 0, head) * _valueBytes);

    /// <summary>Refuses a model that this cache was not made for: <paramref name="columns"/> = Hkv·D.</summary>
    internal void Expect(int headDim, long columns, int layer, int window)
    {
        if (headDim != _headDim || columns != (long)_kvHeads * _headDim || (uint)layer >= (uint)_groupOf.Length)
            throw new ArgumentException($"keys of width {columns} in heads of {headDim} at layer {layer} do not fit a cache of {_groupOf.Length} layers of {_kvHeads} heads of {_headDim}; was it made for another model?", nameof(columns));
        var kept = _groups[_groupOf[layer]].Window;
        if (!_groups[_groupOf[layer]].KeepsAll && (window <= 0 || window > kept))
            throw new ArgumentException($"layer {layer} looks back on {(window <= 0 ? "everything" : window)} but the cache keeps {kept}; was it made for another model?", nameof(window));
    }

    /// <summary>
    /// Admits the rows of a pass, all or none: those of a sequence continue it or replace its end, and each stands one
    /// behind the last. The pages that they are written to are then their sequence's own.
    /// </summary>
    internal void Admit(ReadOnlySpan<Row> rows)
    {
        ObjectDisposedException.ThrowIf(_keys.Data is null, this);
        Array.Fill(_first, -1);
        foreach (var row in rows) Check(row);
        Plan();
        for (var group = 0; group < _groups.Length; group++)
        {
            var pages = _groups[group];
            for (var sequence = 0; sequence < Sequences; sequence++)
                if (_first[sequence] >= 0) pages.FreeReleased(sequence, _first[sequence], _next[sequence]);
            for (var sequence = 0; sequence < Sequences; sequence++)
            {
                if (_first[sequence] < 0) continue;
                var (from, to) = pages.Settle(sequence, _first[sequence], _next[sequence]);
                if (from != to) Copy(group, from, to, _first[sequence] % PageSize);
            }
        }
        for (var sequence = 0; sequence < Sequences; sequence++)
            if (_first[sequence] >= 0) _lengths[sequence] = _next[sequence];
    }

    /// <summary>Takes back the admission of a pass that failed: its sequences end before its rows, of which nobody knows what was stored.</summary>
    internal void Withdraw(ReadOnlySpan<Row> rows)
    {
        foreach (var row in rows)
            if (row.Position < _lengths[row.Sequence]) SetLength(row.Sequence, row.Position);
    }

    /// <summary>
    /// Whether a text that begins, in each layer, with the page of <paramref name="firsts"/> can be continued at
    /// <paramref name="length"/>.
    /// </summary>
    internal bool Suffices(ReadOnlySpan<int> firsts, int length)
    {
        for (var layer = 0; layer < _groupOf.Length; layer++)
            if (!_groups[_groupOf[layer]].Suffices(firsts[layer], length)) return false;
        return true;
    }

    /// <summary>Gives <paramref name="sequence"/> pages of its own for <paramref name="length"/> positions, instead of what it held; their content is for the caller to write.</summary>
    /// <exception cref="BantamException">There are not so many (BT3011); the sequence is empty then.</exception>
    internal void Fill(int sequence, int length, ReadOnlySpan<int> firsts)
    {
        SetLength(sequence, 0);
        var from = new int[_groups.Length];
        for (var group = 0; group < _groups.Length; group++) from[group] = _groups[group].Behind(length);
        for (var layer = 0; layer < _groupOf.Length; layer++) from[_groupOf[layer]] = Math.Max(from[_groupOf[layer]], firsts[layer]);
        for (var group = 0; group < _groups.Length; group++)
            if (KvPages.Entries(length) - from[group] > _groups[group].FreeCount) throw Exhausted(_groups[group]);
        for (var group = 0; group < _groups.Length; group++) _groups[group].Fill(sequence, from[group], length);
        _lengths[sequence] = length;
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        _keys.Dispose();
        _values.Dispose();
    }

    private void Check(Row row)
    {
        if ((uint)row.Sequence >= (uint)Sequences)
            throw new ArgumentOutOfRangeException(nameof(row), row.Sequence, $"the cache holds {Sequences} sequences");
        if (row.Position >= Capacity)
            throw new BantamException("BT3001", $"position {row.Position} of sequence {row.Sequence} exceeds the context of {Capacity} tokens; ask for a longer context");
        ref var first = ref _first[row.Sequence];
        ref var next = ref _next[row.Sequence];
        if (first < 0)
        {
            if ((uint)row.Position > (uint)_lengths[row.Sequence])
                throw new ArgumentException($"position {row.Position} of sequence {row.Sequence} leaves a gap after {_lengths[row.Sequence]}", nameof(row));
            if (!CanTruncate(row.Sequence, row.Position)) throw MovedOn(row.Sequence, row.Position);
            first = next = row.Position;
        }
        else if (row.Position != next)
            throw new ArgumentException($"position {row.Position} of sequence {row.Sequence} does not follow {next - 1}, the one before it in this pass", nameof(row));
        if (++next - first > Chunk)
            throw new ArgumentException($"more than {Chunk} rows of sequence {row.Sequence} in one pass; the cache was made for chunks of {Chunk}", nameof(row));
    }

    // Sequences are planned for together: a page that one gives back may be what another needs.
    private void Plan()
    {
        KvPages? exhausted = null;
        foreach (var pages in _groups)
        {
            var missing = -pages.FreeCount;
            for (var sequence = 0; sequence < Sequences; sequence++)
                if (_first[sequence] >= 0) missing -= pages.Release(sequence, _first[sequence], _next[sequence]);
            for (var sequence = 0; sequence < Sequences; sequence++)
                if (_first[sequence] >= 0) missing += pages.Need(sequence, _first[sequence], _next[sequence]);
            if (missing > 0) exhausted ??= pages;
        }
        if (exhausted is null) return;
        foreach (var pages in _groups)
            for (var sequence = 0; sequence < Sequences; sequence++)
                if (_first[sequence] >= 0) pages.TakeBack(sequence, _first[sequence], _next[sequence]);
        throw Exhausted(exhausted);
    }

    private static BantamException Exhausted(KvPages pages) =>
        new("BT3011", $"the {pages.Count} pages of {PageSize} positions that the sequences share are used up; end or shorten one of them, or ask for more pages");

    // The first slots of a page, for all layers and heads.
    private void Copy(int group, int from, int to, int slots)
    {
        for (var layer = 0; layer < _groupOf.Length; layer++)
        {
            if (_groupOf[layer] != group) continue;
            for (var head = 0; head < _kvHeads; head++)
            {
                CopyRows(_keys.Data, _keyBytes);
                CopyRows(_values.Data, _valueBytes);

                void CopyRows(byte* data, long bytes) => Buffer.MemoryCopy(
                    data + (Place(layer, from, head) * bytes), data + (Place(layer, to, head) * bytes), bytes, slots * (bytes / PageSize));
            }
        }
    }

    // Whose keys follow one another in a text lies together: pages of one layer and head, in the order of their numbers.
    private long Place(int layer, int page, int head) => _starts[layer] + ((long)head * _groups[_groupOf[layer]].Count) + page;

    private long Place(int layer, int sequence, int page, int head)
    {
        var pages = _groups[_groupOf[layer]];
        Debug.Assert(page >= pages.Held(sequence).From && page < pages.Held(sequence).To, "a page that the sequence does not hold");
        return Place(layer, pages[sequence, page], head);
    }

    private void Expect(int sequence, int length)
    {
        if ((uint)length > (uint)_lengths[sequence])
            throw new ArgumentOutOfRangeException(nameof(length), length, $"sequence {sequence} holds {_lengths[sequence]} positions");
        if (!CanTruncate(sequence, length)) throw MovedOn(sequence, length);
    }

    private void SetLength(int sequence, int length)
    {
        foreach (var group in _groups) group.Truncate(sequence, length);
        _lengths[sequence] = length;
    }

    private InvalidOperationException MovedOn(int sequence, int length) =>
        new($"sequence {sequence} cannot go back from {_lengths[sequence]} to {length} positions: its windows have moved on; begin again from 0");
}
