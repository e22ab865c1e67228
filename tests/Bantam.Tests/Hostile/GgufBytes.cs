using System.Buffers.Binary;
using System.Text;

namespace Bantam.Tests.Hostile;

/// <summary>
/// Writes a GGUF file byte by byte, from the specification and without the library's help, and writes wrong things
/// wherever it is told to. Unchanged it makes a small valid file.
/// </summary>
internal sealed class GgufBytes
{
    private readonly List<byte> _out = [];

    public string Magic { get; set; } = "GGUF";

    public uint Version { get; set; } = 3;

    /// <summary>The count in the header; the true one unless set.</summary>
    public ulong? TensorCount { get; set; }

    public ulong? PairCount { get; set; }

    public List<Pair> Pairs { get; } =
    [
        Pair.Text("general.architecture", "llama"),
        new("general.alignment", 4, U32(32)),
        new("a.bool", 7, [1]),
        new("a.strings", 9, [.. U32(8), .. U64(2), .. Text("x"), .. Text("yz")]),
        new("a.floats", 9, [.. U32(6), .. U64(2), 0, 0, 0x80, 0x3F, 0, 0, 0, 0x40]),
        new("a.nested", 9, [.. U32(9), .. U64(2), .. U32(0), .. U64(1), 7, .. U32(0), .. U64(0)]),
    ];

    public List<Info> Tensors { get; } =
    [
        new("first", [8], 0, 0),            // F32: 32 bytes
        new("second", [32, 2], 8, 32),      // Q8_0: 2 × 34 bytes
        new("third", [4, 1, 2, 1], 1, 128), // F16: 16 bytes
    ];

    public int Alignment { get; set; } = 32;

    /// <summary>Bytes of the data section, the padding at its end included.</summary>
    public int DataBytes { get; set; } = 160;

    /// <summary>What follows the end.</summary>
    public byte[] Tail { get; set; } = [];

    /// <summary>Where each field lay in what <see cref="Build"/> made last: the seams that a fuzzer aims at.</summary>
    public List<(int Start, int Length)> Fields { get; } = [];

    public static byte[] U32(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }

    public static byte[] U64(ulong value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return bytes;
    }

    public static byte[] Text(string text) => [.. U64((ulong)Encoding.UTF8.GetByteCount(text)), .. Encoding.UTF8.GetBytes(text)];

    /// <summary>Replaces the pair of that key, or appends it.</summary>
    public GgufBytes With(Pair pair)
    {
        var at = Pairs.FindIndex(p => p.Key == pair.Key);
        if (at >= 0) Pairs[at] = pair;
        else Pairs.Add(pair);
        return this;
    }

    /// <summary>Only these tensors, and so many bytes of data.</summary>
    public GgufBytes Only(int dataBytes, params Info[] tensors)
    {
        Tensors.Clear();
        Tensors.AddRange(tensors);
        DataBytes = dataBytes;
        return this;
    }

    public byte[] Build()
    {
        _out.Clear();
        Fields.Clear();
        Put(Encoding.ASCII.GetBytes(Magic));
        Put(U32(Version));
        Put(U64(TensorCount ?? (ulong)Tensors.Count));
        Put(U64(PairCount ?? (ulong)Pairs.Count));
        foreach (var pair in Pairs)
        {
            Put(U64(pair.KeyLength ?? (ulong)(pair.KeyBytes ?? Encoding.UTF8.GetBytes(pair.Key)).Length));
            Put(pair.KeyBytes ?? Encoding.UTF8.GetBytes(pair.Key));
            Put(U32(pair.Type));
            Put(pair.Value);
        }
        foreach (var tensor in Tensors)
        {
            Put(U64((ulong)Encoding.UTF8.GetByteCount(tensor.Name)));
            Put(Encoding.UTF8.GetBytes(tensor.Name));
            Put(U32(tensor.Rank ?? (uint)tensor.Dims.Length));
            foreach (var dim in tensor.Dims) Put(U64(dim));
            Put(U32(tensor.Type));
            Put(U64(tensor.Offset));
        }
        if (DataBytes > 0 || Tail.Length > 0)
        {
            _out.AddRange(new byte[(Alignment - (_out.Count % Alignment)) % Alignment]);
            for (var i = 0; i < DataBytes; i++) _out.Add((byte)i);
            _out.AddRange(Tail);
        }
        return [.. _out];
    }

    private void Put(byte[] bytes)
    {
        if (bytes.Length > 0) Fields.Add((_out.Count, bytes.Length));
        _out.AddRange(bytes);
    }

    /// <summary>A key-value pair whose parts need not agree.</summary>
    public sealed record Pair(string Key, uint Type, byte[] Value)
    {
        public byte[]? KeyBytes { get; init; }

        public ulong? KeyLength { get; init; }

        public static Pair Text(string key, string value) => new(key, 8, GgufBytes.Text(value));
    }

    /// <summary>A tensor description whose parts need not agree; dimensions in the order of the file.</summary>
    public sealed record Info(string Name, ulong[] Dims, uint Type, ulong Offset)
    {
        public uint? Rank { get; init; }
    }
}
