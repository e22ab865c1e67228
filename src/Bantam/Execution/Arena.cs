using Bantam.Tensors;

namespace Bantam.Execution;

/// <summary>
/// The owner of activations: a stack of native memory that a pass takes tensors from and gives back as a whole. It grows
/// while a pass runs and becomes one block when that pass ends, so that from the second pass on nothing is allocated.
/// </summary>
public sealed unsafe class Arena : IDisposable
{
    private const long Alignment = 64;
    private const long SmallestBlock = 1 << 16;
    private readonly List<NativeStorage> _blocks = [];
    private int _block;
    private long _used;
    private long _below;

    /// <summary>Most bytes in use at one time since the arena was made.</summary>
    public long PeakBytes { get; private set; }

    /// <summary>Bytes that the arena holds.</summary>
    public long ReservedBytes => _blocks.Sum(b => b.Length);

    /// <summary>An uninitialised tensor that lives until <see cref="Reset"/> or a <see cref="Rewind"/> before it.</summary>
    public Tensor New(DType type, Shape shape)
    {
        var bytes = (type.Bytes(shape.Count) + Alignment - 1) & -Alignment;
        while (_block < _blocks.Count && bytes > _blocks[_block].Length - _used)
        {
            _below += _used;
            _block++;
            _used = 0;
        }
        if (_block == _blocks.Count)
            _blocks.Add(new NativeStorage(Math.Max(bytes, Math.Max(SmallestBlock, _blocks.Count == 0 ? 0 : _blocks[^1].Length)), clear: false));
        var block = _blocks[_block];
        var tensor = new Tensor(block, block.Data + _used, type, shape);
        _used += bytes;
        PeakBytes = Math.Max(PeakBytes, _below + _used);
        return tensor;
    }

    /// <summary>The present top of the stack.</summary>
    public ArenaMark Mark() => new(_block, _used, _below);

    /// <summary>Gives back everything taken since <paramref name="mark"/>.</summary>
    public void Rewind(ArenaMark mark) => (_block, _used, _below) = (mark.Block, mark.Used, mark.Below);

    /// <summary>Gives back everything. If the last pass needed several blocks, one block of their size takes their place.</summary>
    public void Reset()
    {
        if (_blocks.Count > 1)
        {
            var total = ReservedBytes;
            foreach (var block in _blocks) block.Dispose();
            _blocks.Clear();
            _blocks.Add(new NativeStorage(total, clear: false));
        }
        Rewind(default);
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        foreach (var block in _blocks) block.Dispose();
        _blocks.Clear();
        Rewind(default);
    }
}

/// <summary>A height of an <see cref="Arena"/>'s stack.</summary>
public readonly record struct ArenaMark(int Block, long Used, long Below);
