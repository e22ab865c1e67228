using Bantam.Tensors;

namespace Bantam.Execution;

/// <summary>
/// The owner of keys and values: for every layer and sequence, the positions seen so far, per head contiguous:
/// [L, S, Hkv, slots, D]. A layer has a slot for every position, or, where it looks back on a window only, a ring of
/// window + chunk slots: position p lies in slot p mod slots. Memory is reserved at once and committed by the operating
/// system as positions fill.
/// </summary>
public sealed unsafe class KvCache : IDisposable
{
    private readonly NativeStorage _keys;
    private readonly NativeStorage _values;
    private readonly int[] _lengths;
    private readonly int[] _written;   // per sequence, the end of what was ever stored since it was last empty
    private readonly int[] _first;     // per sequence, the first position that the pass being admitted brings, or −1
    private readonly int[] _next;      // and the one behind its last
    private readonly int[] _slots;     // per layer
    private readonly int[] _windows;   // per layer; 0 where it sees everything
    private readonly long[] _starts;   // per layer, its first element
    private readonly int _kvHeads;
    private readonly int _headDim;

    /// <summary>Reserves a cache.</summary>
    /// <param name="layers">L.</param>
    /// <param name="kvHeads">Hkv.</param>
    /// <param name="headDim">D.</param>
    /// <param name="sequences">S, how many texts at a time.</param>
    /// <param name="capacity">Longest text in tokens.</param>
    /// <param name="type">F16, F32, or F64 for gradient checks.</param>
    /// <param name="window">The window of a layer (from 0) in tokens, null where it sees everything; all do when not given.</param>
    /// <param name="chunk">Most rows that one pass brings for a sequence; without it, windows save nothing.</param>
    public KvCache(int layers, int kvHeads, int headDim, int sequences, int capacity, DType type, Func<int, int?>? window = null, int? chunk = null)
    {
        foreach (var count in (ReadOnlySpan<int>)[layers, kvHeads, headDim, sequences, capacity]) ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (chunk is { } rows) ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1, nameof(chunk));
        if (type != DType.F16 && type != DType.F32 && type != DType.F64)
            throw new BantamException("BT2102", $"a key/value cache of {type} is not supported; use F16 or F32");
        (_kvHeads, _headDim, Sequences, Capacity, DType, Chunk) = (kvHeads, headDim, sequences, capacity, type, chunk ?? capacity);
        (_slots, _windows, _starts) = (new int[layers], new int[layers], new long[layers]);
        var elements = 0L;
        for (var layer = 0; layer < layers; layer++)
        {
            _windows[layer] = window?.Invoke(layer) ?? 0;
            _slots[layer] = _windows[layer] > 0 ? (int)Math.Min(capacity, (long)_windows[layer] + Chunk) : capacity;
            _starts[layer] = elements;
            elements = checked(elements + ((long)sequences * kvHeads * _slots[layer] * headDim));
        }
        var half = type.Bytes(elements);
        _keys = new NativeStorage(half, clear: false);
        _values = new NativeStorage(half, clear: false);
        _lengths = new int[sequences];
        _written = new int[sequences];
        _first = new int[sequences];
        _next = new int[sequences];
    }

    /// <summary>How the elements are stored.</summary>
    public DType DType { get; }

    /// <summary>How many texts it holds.</summary>
    public int Sequences { get; }

    /// <summary>Longest text, in tokens.</summary>
    public int Capacity { get; }

    /// <summary>Most rows of one sequence in a pass.</summary>
    public int Chunk { get; }

    /// <summary>Bytes reserved for keys and values.</summary>
    public long Bytes => _keys.Length + _values.Length;

    /// <summary>How many positions of <paramref name="sequence"/> are filled.</summary>
    public int Length(int sequence) => _lengths[sequence];

    /// <summary>
    /// Whether <paramref name="sequence"/> can be continued at <paramref name="length"/>: in a ring, what the rows there
    /// would look back on may have been overwritten since.
    /// </summary>
    public bool CanTruncate(int sequence, int length)
    {
        if (length == 0) return true;
        for (var layer = 0; layer < _slots.Length; layer++)
            if (_windows[layer] > 0 && Math.Max(0, length - _windows[layer] + 1) < _written[sequence] - _slots[layer]) return false;
        return true;
    }

    /// <summary>Forgets what lies beyond <paramref name="length"/>.</summary>
    /// <exception cref="InvalidOperationException">Not possible, see <see cref="CanTruncate"/>; 0 always is.</exception>
    public void Truncate(int sequence, int length)
    {
        if ((uint)length > (uint)_lengths[sequence])
            throw new ArgumentOutOfRangeException(nameof(length), length, $"sequence {sequence} holds {_lengths[sequence]} positions");
        if (!CanTruncate(sequence, length)) throw MovedOn(sequence, length);
        _lengths[sequence] = length;
        if (length == 0) _written[sequence] = 0;
    }

    /// <summary>How many positions layer <paramref name="layer"/> has room for.</summary>
    internal int Slots(int layer) => _slots[layer];

    /// <summary>Where a position lies in layer <paramref name="layer"/>.</summary>
    internal int Slot(int layer, int position) => position % _slots[layer];

    /// <summary>The keys of one head, [slots, D].</summary>
    internal byte* Keys(int layer, int sequence, int head) => _keys.Data + Offset(layer, sequence, head);

    /// <summary>The values of one head, [slots, D].</summary>
    internal byte* Values(int layer, int sequence, int head) => _values.Data + Offset(layer, sequence, head);

    /// <summary>Refuses a model that this cache was not made for: <paramref name="columns"/> = Hkv·D.</summary>
    internal void Expect(int headDim, long columns, int layer, int window)
    {
        if (headDim != _headDim || columns != (long)_kvHeads * _headDim || (uint)layer >= (uint)_slots.Length)
            throw new ArgumentException($"keys of width {columns} in heads of {headDim} at layer {layer} do not fit a cache of {_slots.Length} layers of {_kvHeads} heads of {_headDim}; was it made for another model?", nameof(columns));
        if (_slots[layer] < Capacity && (window <= 0 || window > _windows[layer]))
            throw new ArgumentException($"layer {layer} looks back on {(window <= 0 ? "everything" : window)} but the cache keeps {_windows[layer]}; was it made for another model?", nameof(window));
    }

    /// <summary>
    /// Admits the rows of a pass, all or none: those of a sequence continue it or replace its end, and each stands one
    /// behind the last.
    /// </summary>
    internal void Admit(ReadOnlySpan<Row> rows)
    {
        ObjectDisposedException.ThrowIf(_keys.Data is null, this);
        Array.Fill(_first, -1);
        foreach (var row in rows) Check(row);
        for (var sequence = 0; sequence < Sequences; sequence++)
        {
            if (_first[sequence] < 0) continue;
            if (_first[sequence] == 0) _written[sequence] = 0;
            _lengths[sequence] = _next[sequence];
            _written[sequence] = Math.Max(_written[sequence], _next[sequence]);
        }
    }

    /// <summary>Takes back the admission of a pass that failed: its sequences end before its rows, of which nobody knows what was stored.</summary>
    internal void Withdraw(ReadOnlySpan<Row> rows)
    {
        foreach (var row in rows)
            if (row.Position < _lengths[row.Sequence]) _lengths[row.Sequence] = row.Position;
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
            if (row.Position < _lengths[row.Sequence] && !CanTruncate(row.Sequence, row.Position)) throw MovedOn(row.Sequence, row.Position);
            first = next = row.Position;
        }
        else if (row.Position != next)
            throw new ArgumentException($"position {row.Position} of sequence {row.Sequence} does not follow {next - 1}, the one before it in this pass", nameof(row));
        if (++next - first > Chunk)
            throw new ArgumentException($"more than {Chunk} rows of sequence {row.Sequence} in one pass; the cache was made for chunks of {Chunk}", nameof(row));
    }

    private InvalidOperationException MovedOn(int sequence, int length) =>
        new($"sequence {sequence} cannot go back from {_written[sequence]} to {length} positions: its windows have moved on; begin again from 0");

    private long Offset(int layer, int sequence, int head) =>
        DType.BlockBytes * (_starts[layer] + ((((long)sequence * _kvHeads) + head) * _slots[layer] * _headDim));
}
