using System.Buffers.Binary;
using System.Diagnostics;
using Bantam.Formats.Gguf;
using Bantam.Tests.Formats;
using static Bantam.Tests.Hostile.GgufBytes;

namespace Bantam.Tests.Hostile;

public sealed class GgufHostileTests
{
    private const ulong Huge = ulong.MaxValue;
    private const ulong Most = long.MaxValue;
    private const uint F32 = 0;
    private const uint Q4_0 = 2;
    private const uint I8 = 24;
    private const uint I64 = 27;

    // The name of what is wrong, the file, and the code that must answer it.
    private static readonly Dictionary<string, (string Code, Func<byte[]> Build)> Cases = new()
    {
        ["23 bytes"] = ("BT1001", () => new GgufBytes().Build()[..23]),
        ["empty file"] = ("BT1001", () => []),
        ["cut inside the metadata"] = ("BT1001", () => CutAfter("a.floats"u8, 4)),
        ["magic FUGG"] = ("BT1002", () => new GgufBytes { Magic = "FUGG" }.Build()),
        ["version 0"] = ("BT1003", () => new GgufBytes { Version = 0 }.Build()),
        ["version 1"] = ("BT1004", () => new GgufBytes { Version = 1 }.Build()),
        ["version 4"] = ("BT1005", () => new GgufBytes { Version = 4 }.Build()),
        ["version 2^32 - 1"] = ("BT1005", () => new GgufBytes { Version = uint.MaxValue }.Build()),
        ["big-endian version 3"] = ("BT1006", () => new GgufBytes { Version = BinaryPrimitives.ReverseEndianness(3u) }.Build()),
        ["big-endian version 2"] = ("BT1006", () => new GgufBytes { Version = BinaryPrimitives.ReverseEndianness(2u) }.Build()),
        ["n_tensors 2^64 - 1"] = ("BT1007", () => new GgufBytes { TensorCount = Huge }.Build()),
        ["n_kv 2^64 - 1"] = ("BT1008", () => new GgufBytes { PairCount = Huge }.Build()),
        ["n_kv beyond the file"] = ("BT1008", () => new GgufBytes { PairCount = 100 }.Build()),
        ["n_tensors whose descriptions wrap"] = ("BT1009", () => new GgufBytes { TensorCount = (1UL << 59) + 1 }.Build()),
        ["n_tensors beyond the file"] = ("BT1009", () => new GgufBytes { TensorCount = 100_000 }.Build()),
        ["key length 2^64 - 1"] = ("BT1010", () => new GgufBytes().With(new("k", 7, [1]) { KeyLength = Huge }).Build()),
        ["key length beyond the file"] = ("BT1010", () => new GgufBytes().With(new("k", 7, [1]) { KeyLength = 60_000 }).Build()),
        ["key of 65,536 bytes"] = ("BT1010", () => new GgufBytes().With(new(new string('k', 65_536), 7, [1])).Build()),
        ["empty key"] = ("BT1011", () => new GgufBytes().With(new("", 7, [1])).Build()),
        ["key not UTF-8"] = ("BT1012", () => new GgufBytes().With(new("k", 7, [1]) { KeyBytes = [0xC3, 0x28] }).Build()),
        ["string not UTF-8"] = ("BT1012", () => new GgufBytes().With(new("k", 8, [.. U64(2), 0xFF, 0xFE])).Build()),
        ["repeated key"] = ("BT1013", () => Repeat(new GgufBytes()).Build()),
        ["value type 13"] = ("BT1014", () => new GgufBytes().With(new("k", 13, [1])).Build()),
        ["value type 2^32 - 1"] = ("BT1014", () => new GgufBytes().With(new("k", uint.MaxValue, [1])).Build()),
        ["array element type 13"] = ("BT1014", () => new GgufBytes().With(new("k", 9, [.. U32(13), .. U64(1), 1])).Build()),
        ["arrays nested 5 deep"] = ("BT1015", () => new GgufBytes().With(new("k", 9, Nested(5))).Build()),
        ["arrays nested 10,000 deep"] = ("BT1015", () => new GgufBytes().With(new("k", 9, Nested(10_000))).Build()),
        ["array length 2^64 - 1"] = ("BT1016", () => new GgufBytes().With(new("k", 9, [.. U32(6), .. U64(Huge)])).Build()),
        ["array length whose bytes wrap"] = ("BT1016", () => new GgufBytes().With(new("k", 9, [.. U32(10), .. U64((1UL << 61) + 1)])).Build()),
        ["array longer than the file"] = ("BT1016", () => new GgufBytes().With(new("k", 9, [.. U32(6), .. U64(10_000_000)])).Build()),
        ["array of strings longer than the file"] = ("BT1016", () => new GgufBytes().With(new("k", 9, [.. U32(8), .. U64(10_000_000)])).Build()),
        ["string length 2^64 - 1"] = ("BT1017", () => new GgufBytes().With(new("k", 8, U64(Huge))).Build()),
        ["string longer than the file"] = ("BT1017", () => new GgufBytes().With(new("k", 8, [.. U64(10_000), 1])).Build()),
        ["string in an array longer than the file"] = ("BT1017", () => new GgufBytes().With(new("k", 9, [.. U32(8), .. U64(1), .. U64(10_000), 1])).Build()),
        ["alignment 0"] = ("BT1018", () => Aligned(0).Build()),
        ["alignment 4"] = ("BT1018", () => Aligned(4).Build()),
        ["alignment 13"] = ("BT1018", () => Aligned(13).Build()),
        ["alignment 24, no power of two"] = ("BT1018", () => Aligned(24).Build()),
        ["alignment 2^31"] = ("BT1018", () => Aligned(1u << 31).Build()),
        ["alignment of type I32"] = ("BT1019", () => new GgufBytes().With(new("general.alignment", 5, U32(32))).Build()),
        ["alignment of type U64"] = ("BT1019", () => new GgufBytes().With(new("general.alignment", 10, U64(32))).Build()),
        ["alignment a string"] = ("BT1019", () => new GgufBytes().With(Pair.Text("general.alignment", "32")).Build()),
        ["tensor name of 64 bytes"] = ("BT1020", () => One(32, new Info(new string('n', 64), [8], F32, 0))),
        ["tensor name empty"] = ("BT1020", () => One(32, new Info("", [8], F32, 0))),
        ["repeated tensor name"] = ("BT1021", () => One(64, new Info("a", [8], F32, 0), new Info("a", [8], F32, 32))),
        ["0 dimensions"] = ("BT1022", () => One(32, new Info("a", [], F32, 0))),
        ["5 dimensions"] = ("BT1022", () => One(32, new Info("a", [8, 1, 1, 1, 1], F32, 0))),
        ["2^32 - 1 dimensions"] = ("BT1022", () => One(32, new Info("a", [8], F32, 0) { Rank = uint.MaxValue })),
        ["dimension 0"] = ("BT1023", () => One(32, new Info("a", [8, 0], F32, 0))),
        ["dimension negative"] = ("BT1024", () => One(32, new Info("a", [Huge], F32, 0))),
        ["dimensions (2^63 - 1, 2, 1, 1)"] = ("BT1025", () => One(32, new Info("a", [Most, 2, 1, 1], F32, 0))),
        ["dimensions 2^32 x 2^32"] = ("BT1025", () => One(32, new Info("a", [1UL << 32, 1UL << 32], F32, 0))),
        ["bytes overflow for I64"] = ("BT1026", () => One(32, new Info("a", [1UL << 60, 4], I64, 0))),
        ["two tensors whose total wraps"] = ("BT1027", () => One(32, new Info("a", [0x7FFFFFFFFFFFFFC0], I8, 0), new Info("b", [0x7FFFFFFFFFFFFFC0], I8, 0x7FFFFFFFFFFFFFC0))),
        ["row of 33 in Q4_0"] = ("BT1028", () => One(64, new Info("a", [33], Q4_0, 0))),
        ["row of 16 in Q4_0 although two make a block"] = ("BT1028", () => One(32, new Info("a", [16, 2], Q4_0, 0))),
        ["type 4, removed"] = ("BT1029", () => One(32, new Info("a", [32], 4, 0))),
        ["type 2^32 - 1"] = ("BT1029", () => One(32, new Info("a", [32], uint.MaxValue, 0))),
        ["offset not aligned"] = ("BT1030", () => One(64, new Info("a", [8], F32, 8))),
        ["offset 2^64 - 1"] = ("BT1030", () => One(64, new Info("a", [8], F32, Huge))),
        ["gap before the first tensor"] = ("BT1031", () => One(64, new Info("a", [8], F32, 32))),
        ["gap between tensors"] = ("BT1031", () => One(128, new Info("a", [8], F32, 0), new Info("b", [8], F32, 64))),
        ["overlap"] = ("BT1031", () => One(96, new Info("a", [16], F32, 0), new Info("b", [8], F32, 32))),
        ["two tensors in one place"] = ("BT1031", () => One(64, new Info("a", [8], F32, 0), new Info("b", [8], F32, 0))),
        ["tensor larger than the file"] = ("BT1032", () => One(32, new Info("a", [1 << 20], F32, 0))),
        ["tensor one byte larger than the file"] = ("BT1032", () => One(31, new Info("a", [8], F32, 0))),
        ["offset beyond the file"] = ("BT1032", () => One(32, new Info("a", [8], F32, 1UL << 40))),
        ["offset 2^64 - 32"] = ("BT1032", () => One(32, new Info("a", [8], F32, Huge - 31))),
        ["no data section"] = ("BT1033", () => One(0, new Info("a", [8], F32, 0))),
        ["data section ends before the second tensor"] = ("BT1033", () => One(32, new Info("a", [8], F32, 0), new Info("b", [8], F32, 32))),
        ["one byte after the end"] = ("BT1034", () => new GgufBytes { Tail = [0] }.Build()),
        ["a zip archive after the end"] = ("BT1034", () => new GgufBytes { Tail = [.. "PK\u0003\u0004"u8, .. new byte[1000]] }.Build()),
        ["64 bytes after the end of a file without tensors"] = ("BT1034", () => Vocabulary(new GgufBytes { Tail = new byte[64] })),
        ["bool 2"] = ("BT1035", () => new GgufBytes().With(new("k", 7, [2])).Build()),
        ["bool 255 in an array"] = ("BT1035", () => new GgufBytes().With(new("k", 9, [.. U32(7), .. U64(2), 1, 255])).Build()),
        ["line breaks in a key"] = ("BT1014", () => new GgufBytes().With(new("k\r\nERROR: all is well\u0085", 99, [1])).Build()),
        ["line breaks in a tensor name"] = ("BT1023", () => One(32, new Info("a\nb", [0], F32, 0))),
    };

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_hostile_file_is_refused_at_once_with_one_line_and_its_code(string name)
    {
        var (code, build) = Cases[name];
        using var folder = new ScratchFolder();
        var path = folder.Write("hostile.gguf", build());

        var clock = Stopwatch.StartNew();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var refusal = Assert.Throws<ModelFileException>(() => GgufFile.Open(path));
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(code, refusal.Code);
        Assert.InRange(clock.ElapsedMilliseconds, 0, 1000);
        Assert.InRange(allocated, 0, 1 << 20);
        Assert.StartsWith("hostile.gguf: ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(refusal.Limit, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(refusal.Message, char.IsControl);
        Assert.InRange(refusal.Message.Length, 20, 400);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_header_read_from_a_stream_is_refused_alike(string name)
    {
        var (code, build) = Cases[name];
        var refusal = Assert.Throws<ModelFileException>(() => GgufHeader.Read(new MemoryStream(build()), "hostile.gguf"));
        Assert.Equal(code, refusal.Code);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Without_the_length_of_the_file_nothing_is_allocated_for_what_the_header_claims(string name)
    {
        var bytes = Cases[name].Build();
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            GgufHeader.TryRead(bytes, "hostile.gguf", fileBytes: null, out _);
        }
        catch (ModelFileException)
        {
        }
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Every_item_has_a_case() =>
        Assert.Superset(Enumerable.Range(1001, 34).Select(n => $"BT{n}").ToHashSet(), Cases.Values.Select(c => c.Code).ToHashSet());

    [Fact]
    public void The_unchanged_file_loads()
    {
        using var folder = new ScratchFolder();
        using var file = GgufFile.Open(folder.Write("good.gguf", new GgufBytes().Build()));
        Assert.Equal(["first", "second", "third"], file.Tensors.Select(t => t.Name));
        Assert.Equal("[2, 32]", file.Tensor("second").Shape.ToString());
        Assert.Equal("[1, 2, 1, 4]", file.Tensor("third").Shape.ToString());
        Assert.Equal(Enumerable.Range(0, 32).Select(i => (byte)i), MemoryBytes(file, "first"));
        Assert.Equal(Enumerable.Range(128, 16).Select(i => (byte)i), MemoryBytes(file, "third"));
    }

    public static TheoryData<string> Oddities => ["version 2", "last tensor not padded", "tensors out of order", "no tensors, no padding", "no tensors, padded", "no pairs at all", "name of 63 bytes", "key of 65,535 bytes", "alignment 8", "arrays nested 4 deep"];

    [Theory]
    [MemberData(nameof(Oddities))]
    public void A_legitimate_oddity_loads(string name)
    {
        var bytes = name switch
        {
            "version 2" => new GgufBytes { Version = 2 }.Build(),
            "last tensor not padded" => new GgufBytes { DataBytes = 144 }.Build(),
            "tensors out of order" => One(64, new Info("b", [8], F32, 32), new Info("a", [8], F32, 0)),
            "no tensors, no padding" => Vocabulary(new GgufBytes()),
            "no tensors, padded" => Padded(Vocabulary(new GgufBytes())),
            "no pairs at all" => NoPairs(),
            "name of 63 bytes" => One(32, new Info(new string('n', 63), [8], F32, 0)),
            "key of 65,535 bytes" => new GgufBytes().With(new(new string('k', 65_535), 7, [1])).Build(),
            "alignment 8" => Aligned(8).Only(40, new Info("a", [1], F32, 0), new Info("b", [8], F32, 8)).Build(),
            _ => new GgufBytes().With(new("k", 9, Nested(4))).Build(),
        };
        using var folder = new ScratchFolder();
        using var file = GgufFile.Open(folder.Write("odd.gguf", bytes));
        foreach (var tensor in file.Tensors)
            Assert.Equal(tensor.Bytes, MemoryBytes(file, tensor.Name).Length);
    }

    private static unsafe byte[] MemoryBytes(GgufFile file, string name)
    {
        var tensor = file.Tensor(name);
        return new ReadOnlySpan<byte>(tensor.Data, (int)tensor.Bytes).ToArray();
    }

    private static byte[] One(int dataBytes, params Info[] tensors) => new GgufBytes().Only(dataBytes, tensors).Build();

    private static byte[] Vocabulary(GgufBytes bytes) => bytes.Only(0).Build();

    private static byte[] Padded(byte[] bytes) => [.. bytes, .. new byte[(32 - (bytes.Length % 32)) % 32]];

    private static byte[] NoPairs()
    {
        var bytes = new GgufBytes();
        bytes.Pairs.Clear();
        return bytes.Build();
    }

    private static GgufBytes Aligned(uint alignment) =>
        new GgufBytes { Alignment = alignment is > 0 and < 1024 ? (int)alignment : 32 }.With(new("general.alignment", 4, U32(alignment)));

    private static GgufBytes Repeat(GgufBytes bytes)
    {
        bytes.Pairs.Add(bytes.Pairs[0]);
        return bytes;
    }

    // An array of one array of one array … of one byte.
    private static byte[] Nested(int depth) =>
        [.. Enumerable.Range(1, depth).SelectMany(level => (byte[])[.. U32(level == depth ? 0u : 9u), .. U64(1)]), 7];

    private static byte[] CutAfter(ReadOnlySpan<byte> text, int bytes)
    {
        var whole = new GgufBytes().Build();
        return whole[..(whole.AsSpan().IndexOf(text) + text.Length + bytes)];
    }
}
