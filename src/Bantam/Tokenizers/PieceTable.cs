using System.Buffers;

namespace Bantam.Tokenizers;

/// <summary>The bytes that each id contributes to text, one after the other in a single array.</summary>
internal sealed class PieceTable
{
    private readonly byte[] _bytes;
    private readonly int[] _ends;

    /// <summary>Asks <paramref name="render"/> for the bytes of each of <paramref name="count"/> ids.</summary>
    public PieceTable(int count, Action<int, IBufferWriter<byte>> render)
    {
        var all = new ArrayBufferWriter<byte>();
        _ends = new int[count];
        for (var id = 0; id < count; id++)
        {
            render(id, all);
            _ends[id] = all.WrittenCount;
        }
        _bytes = all.WrittenSpan.ToArray();
    }

    public ReadOnlySpan<byte> this[int id] => _bytes.AsSpan(id == 0 ? 0 : _ends[id - 1], _ends[id] - (id == 0 ? 0 : _ends[id - 1]));
}
