using Bantam.Tensors;

namespace Bantam.Execution;

/// <summary>
/// The owner of keys and values: for every layer and sequence, the positions seen so far, per head contiguous:
/// [L, S, Hkv, capacity, D]. Memory is reserved at once and committed by the operating system as positions fill.
/// </summary>
public sealed unsafe class KvCache : IDisposable
{
    private readonly NativeStorage _keys;
    private readonly NativeStorage _values;
    private readonly int[] _lengths;
    private readonly int _layers;
    private readonly int _kvHeads;
    private readonly int _headDim;

    /// <summary>Reserves a cache.</summary>
    /// <param name="layers">L.</param>
    /// <param name="kvHeads">Hkv.</param>
    /// <param name="headDim">D.</param>
    /// <param name="sequences">S, how many texts at a time.</param>
    /// <param name="capacity">Longest text in tokens.</param>
    /// <param name="type">F16, F32, or F64 for gradient checks.</param>
    public KvCache(int layers, int kvHeads, int headDim, int sequences, int capacity, DType type)
    {
        if (type != DType.F16 && type != DType.F32 && type != DType.F64)
            throw new BantamException("BT2102", $"a key/value cache of {type} is not supported; use F16 or F32");
        (_layers, _kvHeads, _headDim, Sequences, Capacity, DType) = (layers, kvHeads, headDim, sequences, capacity, type);
        var half = type.Bytes(checked((long)layers * sequences * kvHeads * capacity * headDim));
        _keys = new NativeStorage(half, clear: false);
        _values = new NativeStorage(half, clear: false);
        _lengths = new int[sequences];
    }

    /// <summary>How the elements are stored.</summary>
    public DType DType { get; }

    /// <summary>How many texts it holds.</summary>
    public int Sequences { get; }

    /// <summary>Longest text, in tokens.</summary>
    public int Capacity { get; }

    /// <summary>Bytes reserved for keys and values.</summary>
    public long Bytes => _keys.Length + _values.Length;

    /// <summary>How many positions of <paramref name="sequence"/> are filled.</summary>
    public int Length(int sequence) => _lengths[sequence];

    /// <summary>Forgets what lies beyond <paramref name="length"/>.</summary>
    public void Truncate(int sequence, int length)
    {
        if ((uint)length > (uint)_lengths[sequence])
            throw new ArgumentOutOfRangeException(nameof(length), length, $"sequence {sequence} holds {_lengths[sequence]} positions");
        _lengths[sequence] = length;
    }

    /// <summary>The keys of one head, [capacity, D].</summary>
    internal byte* Keys(int layer, int sequence, int head) => _keys.Data + Offset(layer, sequence, head);

    /// <summary>The values of one head, [capacity, D].</summary>
    internal byte* Values(int layer, int sequence, int head) => _values.Data + Offset(layer, sequence, head);

    /// <summary>Refuses a model whose keys are not of this cache's shape: <paramref name="columns"/> = Hkv·D.</summary>
    internal void Expect(int headDim, long columns)
    {
        if (headDim != _headDim || columns != (long)_kvHeads * _headDim)
            throw new ArgumentException($"keys of width {columns} in heads of {headDim} do not fit a cache of {_kvHeads} heads of {_headDim}; was it made for another model?", nameof(columns));
    }

    /// <summary>Admits the rows of a pass: each must continue its sequence or replace its end.</summary>
    internal void Admit(ReadOnlySpan<Row> rows)
    {
        ObjectDisposedException.ThrowIf(_keys.Data is null, this);
        foreach (var row in rows)
        {
            if ((uint)row.Sequence >= (uint)Sequences)
                throw new ArgumentOutOfRangeException(nameof(rows), row.Sequence, $"the cache holds {Sequences} sequences");
            if (row.Position >= Capacity)
                throw new BantamException("BT3001", $"position {row.Position} of sequence {row.Sequence} exceeds the context of {Capacity} tokens; ask for a longer context");
            if ((uint)row.Position > (uint)_lengths[row.Sequence])
                throw new ArgumentException($"position {row.Position} of sequence {row.Sequence} leaves a gap after {_lengths[row.Sequence]}", nameof(rows));
            _lengths[row.Sequence] = row.Position + 1;
        }
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        _keys.Dispose();
        _values.Dispose();
    }

    private long Offset(int layer, int sequence, int head)
    {
        if ((uint)layer >= (uint)_layers) throw new ArgumentOutOfRangeException(nameof(layer), layer, $"the cache has {_layers} layers");
        return DType.BlockBytes * ((((((long)layer * Sequences) + sequence) * _kvHeads) + head) * Capacity * _headDim);
    }
}
