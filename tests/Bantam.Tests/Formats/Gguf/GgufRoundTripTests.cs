using Bantam.Formats.Gguf;
using Bantam.Tensors;

namespace Bantam.Tests.Formats.Gguf;

public sealed class GgufRoundTripTests
{
    private static readonly Dictionary<string, object> Values = new()
    {
        ["u8"] = byte.MaxValue,
        ["i8"] = sbyte.MinValue,
        ["u16"] = ushort.MaxValue,
        ["i16"] = short.MinValue,
        ["u32"] = uint.MaxValue,
        ["i32"] = int.MinValue,
        ["f32"] = 1.5f,
        ["true"] = true,
        ["false"] = false,
        ["string"] = "Grüße, 世界 🌍\n",
        ["empty string"] = "",
        ["u64"] = ulong.MaxValue,
        ["i64"] = long.MinValue,
        ["f64"] = Math.PI,
        ["u8s"] = new byte[] { 1, 2, 255 },
        ["i8s"] = new sbyte[] { -1, 2 },
        ["u16s"] = new ushort[] { 1, 65535 },
        ["i16s"] = new short[] { -1, 32767 },
        ["u32s"] = new uint[] { 1, uint.MaxValue },
        ["i32s"] = new[] { -1, int.MaxValue },
        ["f32s"] = new[] { 0.5f, float.NegativeInfinity },
        ["bools"] = new[] { true, false, true },
        ["strings"] = Enumerable.Range(0, 5000).Select(i => $"token {i}").ToArray(),
        ["u64s"] = new[] { ulong.MaxValue },
        ["i64s"] = new[] { long.MinValue },
        ["f64s"] = new[] { Math.E },
        ["no strings"] = Array.Empty<string>(),
        ["no floats"] = Array.Empty<float>(),
        ["nested"] = new GgufValue[] { new(new[] { 1, 2 }), new(new[] { "a" }), new(new GgufValue[] { new(new[] { 1.0 }) }), new(Array.Empty<GgufValue>()) },
    };

    public static TheoryData<string> ValueNames => [.. Values.Keys];

    [Theory]
    [MemberData(nameof(ValueNames))]
    public void A_value_comes_back_as_it_was(string name)
    {
        var written = new GgufValue(Values[name]);
        var bytes = Bytes(new GgufMetadata { ["before"] = 1u, ["key"] = written, ["after"] = 2u });

        Assert.True(GgufHeader.TryRead(bytes, "values.gguf", bytes.Length, out var header));
        var read = header.Metadata["key"];
        Assert.Equal(["before", "key", "after"], header.Metadata.Pairs.Select(p => p.Key));
        Assert.Equal(written.Type, read.Type);
        Assert.Equal(written.ElementType, read.ElementType);
        Assert.Equal(written.Value.GetType(), read.Value.GetType());
        Assert.Equal(Flat(written), Flat(read));
        Assert.Equal(2, header.Metadata.GetInt("after"));
    }

    public static TheoryData<string> FileTypes => [.. DType.All.Where(t => t.GgmlType >= 0).Select(t => t.Name)];

    [Theory]
    [MemberData(nameof(FileTypes))]
    public void A_tensor_of_every_type_comes_back_byte_for_byte(string name)
    {
        Assert.True(DType.TryParse(name, out var type));
        using var folder = new ScratchFolder();
        using var data = Noise(type.Bytes(3 * 2 * type.BlockSize));
        var tensor = data.View(type, new Shape(3, 2 * type.BlockSize));
        GgufTensorSource[] sources = [GgufTensorSource.From("a.weight", tensor), GgufTensorSource.From("b.weight", tensor.Reshape(3, 1, 2 * type.BlockSize))];

        var path = folder.File("types.gguf");
        GgufWriter.Write(path, new GgufMetadata(), sources);

        using var file = GgufFile.Open(path);
        Assert.Equal(sources.Select(s => (s.Name, s.DType, s.Shape)), file.Tensors.Select(t => (t.Name, t.DType, t.Shape)));
        foreach (var source in sources)
            Assert.True(Span(file.Tensor(source.Name)).SequenceEqual(Span(tensor)));
    }

    [Theory]
    [InlineData(0, 32u)]
    [InlineData(1, 32u)]
    [InlineData(5, 8u)]
    [InlineData(5, 32u)]
    [InlineData(5, 4096u)]
    public void The_predicted_length_is_the_length(int tensors, uint alignment)
    {
        using var folder = new ScratchFolder();
        using var data = Noise(4 * 64 * 5);
        var metadata = new GgufMetadata { [GgufMetadata.AlignmentKey] = alignment };
        foreach (var (key, value) in Values)
            metadata[key] = new GgufValue(value);
        var sources = Enumerable.Range(0, tensors)
            .Select(i => GgufTensorSource.From($"tensor.{i}", data.View(DType.F32, new Shape(i + 1, (13 * i) + 1)))).ToArray();

        var predicted = GgufWriter.PredictBytes(metadata, sources);
        var path = folder.File("predicted.gguf");
        GgufWriter.Write(path, metadata, sources);

        Assert.Equal(predicted, new FileInfo(path).Length);
        Assert.Equal(0, predicted % alignment);
        using var file = GgufFile.Open(path);
        Assert.Equal((int)alignment, file.Alignment);
        Assert.Equal(0, file.DataOffset % alignment);
        Assert.Equal(tensors, file.Tensors.Count);
        Assert.Equal(predicted, file.FileBytes);
    }

    [Fact]
    public void The_same_input_makes_the_same_file()
    {
        var metadata = new GgufMetadata { ["general.name"] = "twice" };
        Assert.Equal(Bytes(metadata), Bytes(metadata));
    }

    [Theory]
    [InlineData(31)]
    [InlineData(33)]
    public void A_source_that_writes_another_number_of_bytes_is_found_out_and_leaves_no_file(int bytes)
    {
        using var folder = new ScratchFolder();
        var path = folder.File("wrong.gguf");
        var source = new GgufTensorSource("a", DType.F32, new Shape(8), stream => stream.Write(new byte[bytes]));
        var error = Assert.Throws<InvalidOperationException>(() => GgufWriter.Write(path, new GgufMetadata(), [source]));
        Assert.Contains("tensor 'a'", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    public static TheoryData<string, string, DType, Shape> Unwritable => new()
    {
        { "BT1020", new string('n', 64), DType.F32, new Shape(8) },
        { "BT1020", "", DType.F32, new Shape(8) },
        { "BT1021", "taken", DType.F32, new Shape(8) },
        { "BT1022", "scalar", DType.F32, new Shape() },
        { "BT1023", "empty", DType.F32, new Shape(0, 8) },
        { "BT1028", "cut", DType.Q8_0, new Shape(2, 16) },
        { "BT1029", "untyped", DType.F8_E4M3, new Shape(8) },
    };

    [Theory]
    [MemberData(nameof(Unwritable))]
    public void What_the_reader_would_refuse_is_not_written(string code, string name, DType type, Shape shape)
    {
        GgufTensorSpec[] tensors = [new("taken", DType.F32, new Shape(8)), new(name, type, shape)];
        Assert.Equal(code, Assert.Throws<ModelFileException>(() => GgufWriter.PredictBytes(new GgufMetadata(), tensors)).Code);
    }

    [Fact]
    public void Metadata_that_the_reader_would_refuse_is_not_written()
    {
        GgufValue deep = new(new[] { 1 });
        for (var i = 0; i < GgufLimits.MaxArrayDepth; i++) deep = new GgufValue(new[] { deep });
        Assert.Equal("BT1015", Refusal(new GgufMetadata { ["deep"] = deep }));
        Assert.Equal("BT1017", Refusal(new GgufMetadata { ["long"] = new string('x', GgufLimits.MaxStringBytes + 1) }));
        Assert.Equal("BT1018", Refusal(new GgufMetadata { [GgufMetadata.AlignmentKey] = 12u }));
        Assert.Equal("BT1019", Refusal(new GgufMetadata { [GgufMetadata.AlignmentKey] = 32 }));
        Assert.Throws<ArgumentException>(() => new GgufMetadata { [""] = 1 });
        Assert.Throws<ArgumentException>(() => new GgufMetadata { [new string('k', 65_536)] = 1 });

        static string Refusal(GgufMetadata metadata) => Assert.Throws<ModelFileException>(() => GgufWriter.PredictBytes(metadata, [])).Code;
    }

    private static byte[] Bytes(GgufMetadata metadata)
    {
        var stream = new MemoryStream();
        GgufWriter.Write(stream, metadata, []);
        return stream.ToArray();
    }

    private static IEnumerable<object> Flat(GgufValue value) => value.Value switch
    {
        GgufValue[] arrays => arrays.SelectMany(a => Flat(a).Prepend(a.TypeName)),
        Array array => array.Cast<object>(),
        var scalar => [scalar],
    };

    private static NativeStorage Noise(long bytes)
    {
        var storage = new NativeStorage(bytes);
        new Random(7).NextBytes(storage.View(DType.U8, new Shape(bytes)).AsSpan<byte>());
        return storage;
    }

    private static unsafe ReadOnlySpan<byte> Span(Tensor tensor) => new(tensor.Data, (int)tensor.Bytes);
}
