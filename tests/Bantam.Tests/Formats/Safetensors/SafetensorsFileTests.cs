using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Bantam.Formats.Safetensors;
using Bantam.Tensors;

namespace Bantam.Tests.Formats.Safetensors;

public sealed class SafetensorsFileTests
{
    public static TheoryData<string> Types => [.. DType.All.Where(t => t.SafetensorsName is not null).Select(t => t.Name)];

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_type_makes_the_round_trip_byte_for_byte(string name)
    {
        Assert.True(DType.TryParse(name, out var type));
        using var folder = new ScratchFolder();
        var path = folder.File("model.safetensors");
        using var storage = Noise(type.Bytes(3 * 4));
        var tensors = new[]
        {
            SafetensorsEntry.Of("matrix", storage.View(type, new Shape(3, 4))),
            SafetensorsEntry.Of("empty", storage.View(type, new Shape(0, 4))),
            SafetensorsEntry.Of("ünï \"code\"", storage.View(type, new Shape(1, 1, 1, 4))),
        };
        SafetensorsWriter.Write(path, tensors);
        Assert.Equal(SafetensorsWriter.PredictBytes(tensors), new FileInfo(path).Length);

        using var file = SafetensorsFile.Open(path);
        Assert.Equal(file.Header.FileLength, new FileInfo(path).Length);
        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal(tensors.Select(t => t.Name).Order(), file.Tensors.Select(t => t.Name).Order());
        foreach (var entry in tensors)
        {
            var tensor = file.Tensor(entry.Name);
            Assert.Equal((entry.DType, entry.Shape), (tensor.DType, tensor.Shape));
            Assert.Equal(Bytes(storage.View(type, entry.Shape)), Bytes(tensor));
        }
    }

    [Fact]
    public void Tensors_lie_at_multiples_of_their_element_size_whatever_the_order_given()
    {
        using var folder = new ScratchFolder();
        var path = folder.File("model.safetensors");
        using var storage = Noise(64);
        SafetensorsWriter.Write(path, [.. new[] { DType.U8, DType.F32, DType.Bool, DType.F64, DType.F16 }.Select(t => SafetensorsEntry.Of(t.Name, storage.View(t, new Shape(3))))]);
        using var file = SafetensorsFile.Open(path);
        Assert.Equal(["F64", "F32", "F16", "U8", "BOOL"], file.Tensors.Select(t => t.Name));
        Assert.Equal(0, file.Header.DataStart % 8);
        Assert.All(file.Tensors, t => Assert.Equal(0, t.Begin % t.DType.BlockBytes));
    }

    [Fact]
    public void A_scalar_and_a_file_without_tensors_are_legal()
    {
        using var folder = new ScratchFolder();
        using var storage = Noise(4);
        SafetensorsWriter.Write(folder.File("scalar.safetensors"), [SafetensorsEntry.Of("s", storage.View(DType.F32, new Shape([])))]);
        using var scalar = SafetensorsFile.Open(folder.File("scalar.safetensors"));
        Assert.Equal("F32[]", scalar.Tensor("s").ToString());
        SafetensorsWriter.Write(folder.File("none.safetensors"), []);
        using var none = SafetensorsFile.Open(folder.File("none.safetensors"));
        Assert.Empty(none.Tensors);
    }

    [Fact]
    public void Metadata_is_kept_and_its_format_can_be_chosen()
    {
        using var folder = new ScratchFolder();
        var path = folder.File("model.safetensors");
        SafetensorsWriter.Write(path, [], new Dictionary<string, string> { ["format"] = "mlx", ["note"] = "line\nbreak" });
        using var file = SafetensorsFile.Open(path);
        Assert.Equal(("mlx", "line\nbreak"), (file.Metadata["format"], file.Metadata["note"]));
    }

    [Fact]
    public void What_the_format_cannot_hold_is_refused_before_writing()
    {
        using var folder = new ScratchFolder();
        using var storage = Noise(64);
        var path = folder.File("model.safetensors");
        var q4 = SafetensorsEntry.Of("a", storage.View(DType.Q4_0, new Shape(32)));
        Assert.Equal("BT1068", Assert.Throws<BantamException>(() => SafetensorsWriter.Write(path, [q4])).Code);
        var u8 = SafetensorsEntry.Of("a", storage.View(DType.U8, new Shape(4)));
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(path, [u8, u8]));
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(path, [u8 with { Name = "__metadata__" }]));
        Assert.Throws<InvalidOperationException>(() => SafetensorsWriter.Write(path, [u8 with { Write = s => s.WriteByte(1) }]));
        Assert.Empty(Directory.EnumerateFiles(folder.Path));
    }

    [Fact]
    public void A_header_alone_gives_the_size_of_the_file()
    {
        var file = SafetensorsBytes.Minimal;
        var bytes = SafetensorsHeader.HeaderBytes(file.AsSpan(0, 8), "remote");
        var header = SafetensorsHeader.Parse(file.AsSpan(0, bytes), "remote");
        Assert.Equal(file.Length, header.FileLength);
        using var stream = new MemoryStream(file);
        Assert.Equal(file.Length, SafetensorsHeader.Read(stream, "remote").FileLength);
        Assert.Equal(header.DataStart, stream.Position);
    }

    [Fact]
    public void Four_and_six_bit_types_are_read_where_rows_are_whole_bytes()
    {
        using var folder = new ScratchFolder();
        using var f4 = SafetensorsFile.Open(folder.Write("f4.safetensors", SafetensorsBytes.One("F4", "[3,2]", "[0,3]", 3)));
        Assert.Equal(1, f4.Tensor("a").RowBytes);
        using var f6 = SafetensorsFile.Open(folder.Write("f6.safetensors", SafetensorsBytes.One("F6_E3M2", "[2,8]", "[0,12]", 12)));
        Assert.Equal(6, f6.Tensor("a").RowBytes);
    }

    [Theory]
    [InlineData("hadamards.safetensors", 66)]
    [InlineData("jfk-codes.safetensors", 1)]
    [InlineData("voices.safetensors", 2)]
    public void A_file_written_by_others_is_read_as_its_header_says_and_written_again(string name, int count)
    {
        var path = SharedData.Path("fixtures", "safetensors", name);
        var bytes = File.ReadAllBytes(path);
        var start = 8 + BitConverter.ToInt32(bytes);
        using var header = JsonDocument.Parse(Encoding.UTF8.GetString(bytes, 8, start - 8));
        using var file = SafetensorsFile.Open(path);
        Assert.Equal(count, file.Tensors.Count);
        foreach (var tensor in file.Tensors)
        {
            var entry = header.RootElement.GetProperty(tensor.Name);
            Assert.Equal(entry.GetProperty("dtype").GetString(), tensor.DType.SafetensorsName);
            Assert.Equal(entry.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64()), Enumerable.Range(0, tensor.Shape.Rank).Select(i => tensor.Shape[i]));
            var (begin, end) = (entry.GetProperty("data_offsets")[0].GetInt32(), entry.GetProperty("data_offsets")[1].GetInt32());
            Assert.Equal(bytes.AsSpan(start + begin, end - begin), Bytes(file.Tensor(tensor.Name)));
        }

        using var folder = new ScratchFolder();
        SafetensorsWriter.Write(folder.File("again.safetensors"), [.. file.Tensors.Select(t => SafetensorsEntry.Of(t.Name, file.Tensor(t.Name)))], file.Metadata);
        using var again = SafetensorsFile.Open(folder.File("again.safetensors"));
        Assert.All(file.Tensors, t => Assert.Equal(Bytes(file.Tensor(t.Name)), Bytes(again.Tensor(t.Name))));
    }

    [Fact]
    public void A_missing_file_is_told_in_one_line() =>
        Assert.Equal("BT1000", Assert.Throws<BantamException>(() => SafetensorsFile.Open("nowhere.safetensors")).Code);

    [Fact]
    public void An_independent_reader_finds_the_same_tensors()
    {
        using var folder = new ScratchFolder();
        using var storage = Noise(96);
        var path = folder.File("model.safetensors");
        SafetensorsWriter.Write(path, [.. new[] { DType.F16, DType.F32, DType.U8, DType.BF16, DType.I64 }.Select(t => SafetensorsEntry.Of($"{t}.weight", storage.View(t, new Shape(3, 4))))]);
        using var file = SafetensorsFile.Open(path);
        var expected = file.Tensors.Select(t => $"{t.Name} {t.DType} {t.Shape} {Convert.ToHexStringLower(SHA256.HashData(Bytes(file.Tensor(t.Name))))}");
        Assert.Equal(expected, PeerScript.Run("read_safetensors.py", path).Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries));
    }

    internal static NativeStorage Noise(long bytes)
    {
        var storage = new NativeStorage(bytes);
        new Random(1).NextBytes(storage.View(DType.U8, new Shape(bytes)).AsSpan<byte>());
        return storage;
    }

    internal static unsafe Span<byte> Bytes(Tensor tensor) => new(tensor.Data, (int)tensor.Bytes);
}
