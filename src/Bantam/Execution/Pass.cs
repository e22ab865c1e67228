using System.Runtime.InteropServices;
using Bantam.Kernels;
using Bantam.Tensors;

namespace Bantam.Execution;

/// <summary>
/// One run of a model over some rows: it owns the activations, knows the rows and the cache, and, when it records, the
/// tape. The same forward code serves inference (F32, weights in any format), training (F32 with a tape) and the check of
/// gradients (F64, every op through its scalar reference).
/// </summary>
public sealed unsafe class Pass : IDisposable
{
    private readonly Arena _arena = new();
    private Tensor _rows;

    /// <summary>Prepares a pass.</summary>
    /// <param name="workers">Who computes; stays the caller's.</param>
    /// <param name="cache">Keys and values; stays the caller's.</param>
    /// <param name="tape">Records the steps for <see cref="Backward"/>, or null for inference.</param>
    /// <param name="compute">F32, or F64 for the references.</param>
    public Pass(Workers workers, KvCache cache, Tape? tape = null, DType? compute = null)
    {
        (Workers, Cache, Tape, Compute) = (workers, cache, tape, compute ?? DType.F32);
        if (Compute != DType.F32 && Compute != DType.F64)
            throw new ArgumentException($"a pass computes in F32 or F64, not {Compute}", nameof(compute));
    }

    /// <summary>Who computes.</summary>
    public Workers Workers { get; }

    /// <summary>Keys and values of the sequences.</summary>
    public KvCache Cache { get; }

    /// <summary>The record of what happened, or null when nothing is recorded.</summary>
    public Tape? Tape { get; }

    /// <summary>Type of activations.</summary>
    public DType Compute { get; }

    /// <summary>Whether ops go through their double-precision references.</summary>
    public bool IsReference => Compute == DType.F64;

    /// <summary>The rows of this pass, [T].</summary>
    public ReadOnlySpan<Row> Rows => _rows.Exists ? new(_rows.Data, RowCount) : [];

    /// <summary>T.</summary>
    public int RowCount { get; private set; }

    /// <summary>Most bytes of activations in use at one time.</summary>
    public long PeakBytes => _arena.PeakBytes;

    /// <summary>Begins a pass over <paramref name="rows"/>: keeps them and admits them to the cache.</summary>
    /// <exception cref="BantamException">A row exceeds the context (BT3001).</exception>
    /// <exception cref="InvalidOperationException">The tape has a run already, or the windows of a sequence have moved on.</exception>
    public void Begin(ReadOnlySpan<Row> rows)
    {
        if (rows.IsEmpty) throw new ArgumentException("a pass needs at least one row", nameof(rows));
        // The way back asks for the rows again, and there is one list of them.
        if (Tape is { IsEmpty: false }) throw new InvalidOperationException("a recording pass holds one run of a model; reset it before the next");
        Cache.Admit(rows);
        RowCount = rows.Length;
        _rows = _arena.New(DType.U8, new Shape((long)rows.Length * sizeof(Row)));
        rows.CopyTo(new Span<Row>(_rows.Data, rows.Length));
    }

    /// <summary>An uninitialised activation of <paramref name="dims"/>.</summary>
    public Tensor New(params ReadOnlySpan<long> dims) => _arena.New(Compute, new Shape(dims));

    /// <summary>An uninitialised tensor of another type: rounded activations, tables.</summary>
    internal Tensor New(DType type, params ReadOnlySpan<long> dims) => _arena.New(type, new Shape(dims));

    /// <summary>An activation of zeros.</summary>
    internal Tensor Zeros(Shape shape)
    {
        var tensor = _arena.New(Compute, shape);
        NativeMemory.Clear(tensor.Data, (nuint)tensor.Bytes);
        return tensor;
    }

    /// <summary>The present height of the activations, for <see cref="Keep"/>.</summary>
    public ArenaMark Mark() => _arena.Mark();

    /// <summary>
    /// Gives back all activations since <paramref name="mark"/> except <paramref name="result"/>, which moves down to that
    /// place. While recording nothing is given back: the way back needs it.
    /// </summary>
    public Tensor Keep(ArenaMark mark, Tensor result)
    {
        if (Tape is not null) return result;
        _arena.Rewind(mark);
        var kept = _arena.New(result.DType, result.Shape);
        // The target lies below the source or is the source itself; in a grown arena it may be another block.
        if (kept.Data != result.Data) Buffer.MemoryCopy(result.Data, kept.Data, kept.Bytes, kept.Bytes);
        return kept;
    }

    /// <summary>Gives back all activations since <paramref name="mark"/>: for scratch that nothing refers to.</summary>
    internal void Release(ArenaMark mark)
    {
        if (Tape is null) _arena.Rewind(mark);
    }

    /// <summary>Computes the gradients of <paramref name="loss"/>, a scalar, through everything recorded.</summary>
    public void Backward(Tensor loss)
    {
        if (Tape is null) throw new InvalidOperationException("this pass does not record; give it a tape");
        if (loss.Shape.Count != 1) throw new ArgumentException($"a loss is one number, not {loss.Shape}", nameof(loss));
        var seed = Tape.Accumulate(this, loss);
        if (IsReference) *(double*)seed.Data = 1;
        else *(float*)seed.Data = 1;
        Tape.Replay(this);
    }

    /// <summary>Ends the pass: all activations and gradients are given back.</summary>
    public void Reset()
    {
        Tape?.Clear();
        _arena.Reset();
        _rows = default;
        RowCount = 0;
    }

    /// <summary>Frees the activations.</summary>
    public void Dispose() => _arena.Dispose();
}
