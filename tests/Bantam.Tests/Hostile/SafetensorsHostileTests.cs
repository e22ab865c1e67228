using System.Text;
using Bantam.Formats.Safetensors;
using Bantam.Tests.Formats;
using static Bantam.Tests.Formats.Safetensors.SafetensorsBytes;

namespace Bantam.Tests.Hostile;

/// <summary>Single safetensors files that must be refused, built byte by byte. The numbers are those of the list of hostile inputs.</summary>
public sealed class SafetensorsHostileTests
{
    private static readonly Dictionary<string, (string Code, Func<byte[]> Bytes)> Cases = new()
    {
        ["50 shorter than its length field"] = ("BT1050", () => [2, 0, 0, 0]),
        ["50 header length 0"] = ("BT1050", () => WithLength(0, "{}"u8.ToArray(), 0)),
        ["50 header length 1"] = ("BT1050", () => WithLength(1, "{}"u8.ToArray(), 0)),
        ["50 header longer than the file"] = ("BT1050", () => WithLength(3, "{}"u8.ToArray(), 0)),
        ["50 header over 100 MB"] = ("BT1050", () => WithLength(100_000_001, "{}"u8.ToArray(), 0)),
        ["50 header of 2^63 bytes"] = ("BT1050", () => WithLength(1UL << 63, "{}"u8.ToArray(), 0)),
        ["50 header of 2^64 - 1 bytes"] = ("BT1050", () => WithLength(ulong.MaxValue, "{}"u8.ToArray(), 0)),
        ["50 header of 2^64 - 8 bytes, whose sum with the prefix wraps"] = ("BT1050", () => WithLength(ulong.MaxValue - 7, "{}"u8.ToArray(), 0)),
        ["51 not UTF-8"] = ("BT1051", () => Build([(byte)'{', (byte)'"', 0xff, 0xfe, (byte)'"', (byte)'}'], 0)),
        ["51 not JSON"] = ("BT1051", () => Build("{tensors}", 0)),
        ["51 cut off in the middle"] = ("BT1051", () => Build(MinimalHeader[..40], 24)),
        ["51 starts with a space"] = ("BT1051", () => Build(" {}", 0)),
        ["51 starts with a byte order mark"] = ("BT1051", () => Build("\uFEFF{}", 0)),
        ["51 an array"] = ("BT1051", () => Build("[]", 0)),
        ["51 two objects"] = ("BT1051", () => Build("{}{}", 0)),
        ["51 padded with NUL"] = ("BT1051", () => Build("{}\0\0", 0)),
        ["51 half a surrogate pair in a name"] = ("BT1051", () => Build("""{"\ud800":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}""", 4)),
        ["51 half a surrogate pair in a value"] = ("BT1051", () => Build("""{"__metadata__":{"a":"\udc00"}}""", 0)),
        ["51 a tensor that is a number"] = ("BT1051", () => Build("""{"a":1}""", 0)),
        ["51 a tensor without dtype"] = ("BT1051", () => Build("""{"a":{"shape":[],"data_offsets":[0,4]}}""", 4)),
        ["51 a tensor without shape"] = ("BT1051", () => Build("""{"a":{"dtype":"F32","data_offsets":[0,4]}}""", 4)),
        ["51 a tensor without offsets"] = ("BT1051", () => Build("""{"a":{"dtype":"F32","shape":[]}}""", 4)),
        ["51 a tensor with an extra key"] = ("BT1051", () => Build("""{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4],"run":"me"}}""", 4)),
        ["51 a dtype that is a number"] = ("BT1051", () => Build("""{"a":{"dtype":32,"shape":[],"data_offsets":[0,4]}}""", 4)),
        ["51 a shape that is a string"] = ("BT1051", () => One("F32", "\"[1]\"", "[0,4]", 4)),
        ["51 a dimension that is a string"] = ("BT1051", () => One("F32", "[\"1\"]", "[0,4]", 4)),
        ["51 one offset"] = ("BT1051", () => One("F32", "[]", "[4]", 4)),
        ["51 three offsets"] = ("BT1051", () => One("F32", "[]", "[0,4,8]", 4)),
        ["51 a control character in a name"] = ("BT1051", () => Build("{\"a\nb\":1}", 0)),
        ["52 two tensors of one name"] = ("BT1052", () => Build("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2)),
        ["52 two tensors of one name, spelt differently"] = ("BT1052", () => Build("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\u0061":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2)),
        ["52 two dtypes"] = ("BT1052", () => Build("""{"a":{"dtype":"F32","dtype":"U8","shape":[],"data_offsets":[0,4]}}""", 4)),
        ["52 two shapes"] = ("BT1052", () => Build("""{"a":{"dtype":"F32","shape":[],"shape":[1],"data_offsets":[0,4]}}""", 4)),
        ["52 two pairs of offsets"] = ("BT1052", () => Build("""{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4],"data_offsets":[0,4]}}""", 4)),
        ["52 two metadata"] = ("BT1052", () => Build("""{"__metadata__":{},"__metadata__":{}}""", 0)),
        ["52 two metadata entries of one name"] = ("BT1052", () => Build("""{"__metadata__":{"a":"1","a":"2"}}""", 0)),
        ["53 100,000 tensors"] = ("BT1053", () => Build(ManyTensors(100_000), 0)),
        ["53 one tensor too many"] = ("BT1053", () => Build(ManyTensors(SafetensorsHeader.MaxTensors + 1), 0)),
        ["53 nested 10,000 deep in arrays"] = ("BT1053", () => One("F32", new string('[', 10_000) + new string(']', 10_000), "[0,4]", 4)),
        ["53 nested 10,000 deep in objects"] = ("BT1053", () => Build(string.Concat(Enumerable.Repeat("{\"a\":", 10_000)) + "1" + new string('}', 10_000), 0)),
        ["54 a dtype that does not exist"] = ("BT1054", () => One("F128", "[1]", "[0,16]", 16)),
        ["54 a dtype in lower case"] = ("BT1054", () => One("f32", "[1]", "[0,4]", 4)),
        ["54 an empty dtype"] = ("BT1054", () => One("", "[1]", "[0,4]", 4)),
        ["54 a dtype of GGUF"] = ("BT1054", () => One("Q4_0", "[32]", "[0,18]", 18)),
        ["54 a dtype with a line break"] = ("BT1054", () => One("F32\\n\\u001b[2J", "[1]", "[0,4]", 4)),
        ["54 a dtype of 10,000 characters"] = ("BT1054", () => One(new string('F', 10_000), "[1]", "[0,4]", 4)),
        ["55 begin after end"] = ("BT1055", () => One("F32", "[1]", "[4,0]", 4)),
        ["55 a negative offset"] = ("BT1055", () => One("F32", "[1]", "[-4,0]", 4)),
        ["55 a fractional offset"] = ("BT1055", () => One("F32", "[1]", "[0,4.5]", 4)),
        ["55 an offset of 2^64"] = ("BT1055", () => One("F32", "[1]", "[0,18446744073709551616]", 4)),
        ["55 an offset in scientific notation"] = ("BT1055", () => One("F32", "[1]", "[0,4e0]", 4)),
        ["55 two tensors overlap"] = ("BT1055", () => Build("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}}""", 6)),
        ["55 two tensors share their bytes"] = ("BT1055", () => Build("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", 4)),
        ["55 a hole between two tensors"] = ("BT1055", () => Build("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[8,12]}}""", 12)),
        ["55 a hole in front"] = ("BT1055", () => One("U8", "[4]", "[4,8]", 8)),
        ["55 an uncovered tail"] = ("BT1055", () => Build(MinimalHeader, 25)),
        ["55 data without tensors"] = ("BT1055", () => Build("{}", 1)),
        ["55 data cut off"] = ("BT1055", () => Build(MinimalHeader, 23)),
        ["56 fewer bytes than the shape wants"] = ("BT1056", () => One("F32", "[2]", "[0,4]", 4)),
        ["56 more bytes than the shape wants"] = ("BT1056", () => One("F32", "[1]", "[0,8]", 8)),
        ["56 a negative dimension"] = ("BT1056", () => One("F32", "[-1]", "[0,4]", 4)),
        ["56 two negative dimensions"] = ("BT1056", () => One("F32", "[-1,-1]", "[0,4]", 4)),
        ["56 a fractional dimension"] = ("BT1056", () => One("F32", "[1.5]", "[0,4]", 4)),
        ["56 a dimension of 2^63"] = ("BT1056", () => One("U8", "[9223372036854775808]", "[0,4]", 4)),
        ["56 a product that wraps to 0"] = ("BT1056", () => One("U8", "[4294967296,4294967296]", "[0,0]", 0)),
        ["56 a product that wraps to 4"] = ("BT1056", () => One("U8", "[4611686018427387905,4]", "[0,4]", 4)),
        ["56 elements fit and bytes wrap"] = ("BT1056", () => One("F64", "[2305843009213693952]", "[0,0]", 0)),
        ["56 five dimensions"] = ("BT1056", () => One("U8", "[1,1,1,1,1]", "[0,1]", 1)),
        ["56 a million dimensions"] = ("BT1056", () => One("U8", $"[{string.Join(',', Enumerable.Repeat(1, 1_000_000))}]", "[0,1]", 1)),
        ["57 three 4-bit elements"] = ("BT1057", () => One("F4", "[3]", "[0,2]", 2)),
        ["57 a 4-bit scalar"] = ("BT1057", () => One("F4", "[]", "[0,1]", 1)),
        ["57 rows of half bytes"] = ("BT1057", () => One("F4", "[2,3]", "[0,3]", 3)),
        ["57 five 6-bit elements"] = ("BT1057", () => One("F6_E2M3", "[5]", "[0,4]", 4)),
        ["58 metadata with a number"] = ("BT1058", () => Build("""{"__metadata__":{"a":1}}""", 0)),
        ["58 metadata with null"] = ("BT1058", () => Build("""{"__metadata__":{"a":null}}""", 0)),
        ["58 metadata with an object"] = ("BT1058", () => Build("""{"__metadata__":{"a":{}}}""", 0)),
        ["58 metadata that is a string"] = ("BT1058", () => Build("""{"__metadata__":"pt"}""", 0)),
        ["61 a zip archive"] = ("BT1061", () => [.. "PK\x03\x04"u8, .. new byte[26], .. "archive/data.pkl"u8, .. new byte[64]]),
        ["61 a pickle of protocol 2"] = ("BT1061", () => [0x80, 2, (byte)'}', (byte)'q', 0, (byte)'.', .. new byte[32]]),
        ["61 a pickle of protocol 4"] = ("BT1061", () => [0x80, 4, 0x95, 10, 0, 0, 0, 0, 0, 0, 0, .. new byte[32]]),
    };

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_hostile_file_is_refused_in_one_line(string name)
    {
        using var folder = new ScratchFolder();
        var path = folder.Write("bad.safetensors", Cases[name].Bytes());
        Refusal.Of(Cases[name].Code, "bad.safetensors", () => SafetensorsFile.Open(path).Dispose());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_hostile_header_is_refused_from_a_stream_as_well(string name)
    {
        // A pickle has no business behind the header reader; it is only an impossible length there.
        var (code, bytes) = (Cases[name].Code == "BT1061" ? "BT1050" : Cases[name].Code, Cases[name].Bytes());
        var e = Assert.Throws<ModelFileException>(() => SafetensorsHeader.Read(new MemoryStream(bytes), "bad.safetensors", bytes.Length));
        Assert.Equal(code, e.Code);
    }

    [Fact]
    public void The_file_that_the_others_are_made_from_loads()
    {
        using var folder = new ScratchFolder();
        using var file = SafetensorsFile.Open(folder.Write("good.safetensors", Minimal));
        Assert.Equal(["a", "b"], file.Tensors.Select(t => t.Name));
        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal("F32[2, 2]", file.Tensor("a").ToString());
        Assert.Equal("F16[4]", file.Tensor("b").ToString());
    }

    [Fact]
    public void A_claimed_header_of_100_MB_costs_nothing_even_in_a_file_that_long()
    {
        using var folder = new ScratchFolder();
        var path = folder.Write("bad.safetensors", WithLength(SafetensorsHeader.MaxBytes, [], 0));
        using (var sparse = File.OpenWrite(path))
            sparse.SetLength(8L + SafetensorsHeader.MaxBytes);
        Refusal.Of("BT1051", "bad.safetensors", () => SafetensorsFile.Open(path).Dispose());
    }

    [Fact]
    public void A_stream_that_ends_early_is_not_given_the_memory_it_asks_for()
    {
        var bytes = WithLength(SafetensorsHeader.MaxBytes, Encoding.UTF8.GetBytes(MinimalHeader), 0);
        Refusal.Of("BT1050", "remote", () => SafetensorsHeader.Read(new MemoryStream(bytes), "remote"));
    }

    [Fact]
    public void An_unknown_tensor_is_answered_with_its_name()
    {
        using var folder = new ScratchFolder();
        using var file = SafetensorsFile.Open(folder.Write("good.safetensors", Minimal));
        var e = Refusal.Of("BT1060", "good.safetensors", () => file.Tensor("c"));
        Assert.Contains("'c'", e.Message);
    }

    private static string ManyTensors(int count)
    {
        var text = new StringBuilder("{");
        for (var i = 0; i < count; i++)
            text.Append(i == 0 ? "" : ",").Append('"').Append(i).Append("\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}");
        return text.Append('}').ToString();
    }
}
