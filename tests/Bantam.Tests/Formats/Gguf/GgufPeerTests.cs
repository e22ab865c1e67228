using System.Globalization;
using System.Text.Json;
using Bantam.Formats.Gguf;
using Bantam.Tensors;

namespace Bantam.Tests.Formats.Gguf;

/// <summary>
/// A file that Bantam wrote, and what @huggingface/gguf 0.4.6 read from it. After a change to <see cref="Build"/> or the
/// writer, copy the file that the first test leaves beside the golden one and run bench/peers/gguf-read.mjs on it.
/// </summary>
public sealed class GgufPeerTests
{
    private static string Golden(string name) => Path.Combine(AppContext.BaseDirectory, "Golden", name);

    [Fact]
    public void The_writer_still_makes_the_file_that_the_peer_read()
    {
        var written = Golden("peer.new.gguf");
        Build(written);
        Assert.Equal(File.ReadAllBytes(Golden("peer.gguf")), File.ReadAllBytes(written));
    }

    [Fact]
    public void The_peer_read_what_was_meant()
    {
        using var peer = JsonDocument.Parse(File.ReadAllBytes(Golden("peer.gguf.json")));
        using var ours = GgufFile.Open(Golden("peer.gguf"));

        Assert.Equal($"{ours.Version}", peer.RootElement.GetProperty("version").GetString());
        Assert.Equal($"{ours.DataOffset}", peer.RootElement.GetProperty("dataOffset").GetString());
        Assert.Equal(
            ours.Metadata.Pairs.Select(p => $"{p.Key}: {TypeName(p.Value.Type)} {(p.Value.ElementType is { } e ? TypeName(e) : "")} = {Text(p.Value)}"),
            peer.RootElement.GetProperty("metadata").EnumerateArray().Select(p =>
                $"{p.GetProperty("key").GetString()}: {p.GetProperty("type").GetString()} {(p.TryGetProperty("elementType", out var e) ? e.GetString() : "")} = {Text(p.GetProperty("value"))}"));
        Assert.Equal(
            ours.Tensors.Select(t => $"{t.Name} {t.DType} {string.Join('×', Enumerable.Range(1, t.Shape.Rank).Select(i => t.Shape[t.Shape.Rank - i]))} @ {t.Offset}"),
            peer.RootElement.GetProperty("tensors").EnumerateArray().Select(t =>
                $"{t.GetProperty("name").GetString()} {t.GetProperty("dtype").GetString()} {string.Join('×', t.GetProperty("shape").EnumerateArray().Select(d => d.GetString()))} @ {t.GetProperty("offset").GetString()}"));
    }

    private static void Build(string path)
    {
        var metadata = new GgufMetadata
        {
            ["general.architecture"] = "llama",
            ["general.alignment"] = 64u,
            ["u8"] = new GgufValue((byte)255),
            ["i8"] = new GgufValue((sbyte)-128),
            ["u16"] = new GgufValue((ushort)65535),
            ["i16"] = new GgufValue((short)-32768),
            ["u32"] = uint.MaxValue,
            ["i32"] = int.MinValue,
            ["u64"] = new GgufValue(ulong.MaxValue),
            ["i64"] = new GgufValue(long.MinValue),
            ["f32"] = 0.5f,
            ["f64"] = new GgufValue(-0.1),
            ["true"] = true,
            ["false"] = false,
            ["string"] = "Grüße, 世界 🌍",
            ["strings"] = new[] { "▁a", "", "<0x0A>" },
            ["floats"] = new[] { -1.25f, 0f, 1024f },
            ["ints"] = new[] { 1, -2, 3 },
            ["u64s"] = new GgufValue(new[] { 1UL, ulong.MaxValue }),
            ["bools"] = new GgufValue(new[] { true, false }),
        };
        (string Name, DType Type, Shape Shape)[] tensors =
        [
            ("token_embd.weight", DType.F32, new Shape(5, 3)),
            ("blk.0.attn_q.weight", DType.Q8_0, new Shape(2, 64)),
            ("blk.0.attn_k.weight", DType.Q4_0, new Shape(3, 32)),
            ("blk.0.attn_v.weight", DType.F16, new Shape(2, 3, 5)),
            ("blk.0.ffn_up.weight", DType.Q4_K, new Shape(1, 256)),
            ("blk.0.ffn_down.weight", DType.Q6_K, new Shape(1, 1, 1, 512)),
            ("output.weight", DType.BF16, new Shape(7)),
        ];
        GgufWriter.Write(path, metadata, [.. tensors.Select(t => new GgufTensorSource(t.Name, t.Type, t.Shape, stream =>
        {
            for (long i = 0; i < t.Type.Bytes(t.Shape.Count); i++) stream.WriteByte((byte)(i + t.Name.Length));
        }))]);
    }

    private static string TypeName(GgufValueType type) => type switch
    {
        GgufValueType.U8 or GgufValueType.U16 or GgufValueType.U32 or GgufValueType.U64 => $"UINT{type.ToString()[1..]}",
        GgufValueType.I8 or GgufValueType.I16 or GgufValueType.I32 or GgufValueType.I64 => $"INT{type.ToString()[1..]}",
        GgufValueType.F32 or GgufValueType.F64 => $"FLOAT{type.ToString()[1..]}",
        _ => type.ToString().ToUpperInvariant(),
    };

    private static string Text(GgufValue value) => value.Value is Array array
        ? string.Join(", ", array.Cast<object>().Select(Scalar))
        : Scalar(value.Value);

    private static string Text(JsonElement value) => value.ValueKind == JsonValueKind.Array
        ? string.Join(", ", value.EnumerateArray().Select(Text))
        : value.ToString();

    private static string Scalar(object value) => Convert.ToString(value, CultureInfo.InvariantCulture)!;
}
