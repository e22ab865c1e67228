using System.Buffers.Binary;
using System.Text;

namespace Bantam.Tests.Tokenizers;

/// <summary>Builds a <c>precompiled_charsmap</c>: each node of the tree of keys has 256 places of the double array for itself.</summary>
internal static class CharsMapBuilder
{
    private const int Leaf = 256;

    public static byte[] Build(params ReadOnlySpan<(string Key, string Text)> rules)
    {
        var texts = new MemoryStream();
        var nodes = new List<SortedDictionary<int, int>> { new() };
        foreach (var (key, text) in rules)
        {
            var node = 0;
            foreach (var value in Encoding.UTF8.GetBytes(key))
            {
                if (!nodes[node].TryGetValue(value, out var next))
                {
                    next = nodes[node][value] = nodes.Count;
                    nodes.Add([]);
                }
                node = next;
            }
            nodes[node][Leaf] = (int)texts.Length;
            texts.Write(Encoding.UTF8.GetBytes(text + "\0"));
        }
        // The root is at 0; the children of node n lie in the block n + 1, the place of each by its byte, the value at byte 0.
        var units = new uint[256 * (nodes.Count + 1)];
        units[0] = Unit(0, 256, 0);
        for (var node = 0; node < nodes.Count; node++)
        {
            foreach (var (value, next) in nodes[node])
            {
                var place = 256 * (node + 1);
                if (value == Leaf) units[place] = 0x8000_0000u | (uint)next;
                else units[place + value] = Unit(place + value, 256 * (next + 1), value) | (nodes[next].ContainsKey(Leaf) ? 0x100u : 0);
            }
        }
        var content = new byte[4 + (4 * units.Length) + texts.Length];
        BinaryPrimitives.WriteInt32LittleEndian(content, 4 * units.Length);
        for (var i = 0; i < units.Length; i++) BinaryPrimitives.WriteUInt32LittleEndian(content.AsSpan(4 + (4 * i)), units[i]);
        texts.ToArray().CopyTo(content, 4 + (4 * units.Length));
        return content;
    }

    private static uint Unit(int place, int children, int label) => ((uint)(place ^ children) << 10) | (uint)label;
}
