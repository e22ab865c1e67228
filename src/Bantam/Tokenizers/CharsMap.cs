using System.Buffers.Binary;
using System.Collections;
using System.Text;
using System.Text.Unicode;

namespace Bantam.Tokenizers;

/// <summary>
/// SentencePiece's compiled rules of normalisation (<c>precompiled_charsmap</c>): which sequences of characters become
/// which. A number of bytes in 32 bits, then as many bytes of a double array (Aoe 1989; the units are those of
/// darts-clone) whose keys are UTF-8, then the replacements, each ended by a zero byte; a key's value says where its own begins.
/// </summary>
internal sealed class CharsMap
{
    /// <summary>The largest map that is read, in bytes; published ones have some four hundred thousand.</summary>
    public const int MaxBytes = 1 << 22;

    private readonly uint[] _units;
    private readonly Dictionary<int, string> _replacements = [];

    // Whether a key begins with an ASCII character: most text is passed over by it.
    private readonly bool[] _begins = new bool[0x80];

    /// <summary>Reads a map.</summary>
    /// <param name="content">The bytes.</param>
    /// <param name="file">The file they are from, for error messages.</param>
    /// <exception cref="ModelFileException">BT1091: the parts do not fit the bytes, or a key points outside them.</exception>
    public CharsMap(ReadOnlySpan<byte> content, string file)
    {
        ModelFileException Refuse(string field, string value, string limit) => new("BT1091", file, $"precompiled_charsmap, {field}", value, limit);
        if (content.Length is < 8 or > MaxBytes) throw Refuse("size", $"{content.Length}", $"must be 8 to {MaxBytes}");
        var size = BinaryPrimitives.ReadUInt32LittleEndian(content);
        if (size is 0 || size % 4 != 0 || size > content.Length - 4) throw Refuse("size of the double array", $"{size}", $"must be a multiple of 4 and at most {content.Length - 4}");
        _units = new uint[size / 4];
        for (var i = 0; i < _units.Length; i++) _units[i] = BinaryPrimitives.ReadUInt32LittleEndian(content[(4 + (4 * i))..]);
        var texts = content[(4 + (int)size)..];
        if (!Utf8.IsValid(texts)) throw Refuse("replacements", "not UTF-8", "must be UTF-8");
        foreach (var value in Values())
        {
            var isText = value < texts.Length && (value == 0 || (texts[value] & 0xC0) != 0x80);
            var length = isText ? texts[value..].IndexOf((byte)0) : -1;
            if (length < 0) throw Refuse("place of a replacement", $"{value}", $"must be a text within the {texts.Length} bytes of replacements, ended by a zero");
            _replacements[value] = Encoding.UTF8.GetString(texts.Slice(value, length));
        }
        for (var value = 1; value < _begins.Length; value++)
        {
            var position = Offset(_units[0]);
            _begins[value] = TryStep(ref position, (byte)value, out _);
        }
    }

    /// <summary>The replacement of the longest key that <paramref name="text"/> starts with, and how many units the key has; none is 0.</summary>
    public string? Longest(ReadOnlySpan<char> text, out int length) => Find(text, first: false, out length);

    /// <summary>The replacement of the shortest key that <paramref name="text"/> starts with, or null.</summary>
    public string? Shortest(ReadOnlySpan<char> text) => Find(text, first: true, out _);

    private string? Find(ReadOnlySpan<char> text, bool first, out int length)
    {
        Span<byte> bytes = stackalloc byte[4];
        length = 0;
        if (text.IsEmpty || (text[0] < 0x80 && !_begins[text[0]])) return null;
        string? found = null;
        var position = Offset(_units[0]);
        for (var at = 0; at < text.Length;)
        {
            new Rune(CodePoints.At(text, at, out var units)).TryEncodeToUtf8(bytes, out var count);
            at += units;
            var leaf = -1;
            foreach (var value in bytes[..count])
            {
                if (value == 0 || !TryStep(ref position, value, out leaf)) return found;
            }
            // A key that ends within a character is none.
            if (leaf < 0) continue;
            (found, length) = (_replacements[leaf], at);
            if (first) return found;
        }
        return found;
    }

    // A step from node to node; leaf is the value of the key that ends there, or −1.
    private bool TryStep(ref uint position, byte value, out int leaf)
    {
        leaf = -1;
        var next = position ^ value;
        if (next >= _units.Length || (_units[next] & 0x8000_00FF) != value) return false;
        var unit = _units[next];
        position = next ^ Offset(unit);
        if ((unit & 0x100) != 0 && position < _units.Length) leaf = (int)(_units[position] & 0x7FFF_FFFF);
        return true;
    }

    private static uint Offset(uint unit) => (unit >> 10) << (int)((unit & 0x200) >> 6);

    // The values of all keys; each node is looked at once, whatever the units say.
    private IEnumerable<int> Values()
    {
        var seen = new BitArray(_units.Length);
        var open = new Stack<uint>([Offset(_units[0])]);
        while (open.TryPop(out var position))
        {
            for (var value = 1; value < 256; value++)
            {
                var at = position ^ (uint)value;
                var next = position;
                if (at >= _units.Length || seen[(int)at] || !TryStep(ref next, (byte)value, out var leaf)) continue;
                seen[(int)at] = true;
                if (leaf >= 0) yield return leaf;
                open.Push(next);
            }
        }
    }
}
