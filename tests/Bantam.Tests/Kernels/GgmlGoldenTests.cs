using System.Text.Json;
using Bantam.Kernels.Quant;
using Bantam.Tensors;

namespace Bantam.Tests.Kernels;

/// <summary>
/// Bantam's encoders and decoders against ggml's reference functions, whose outputs lie hashed in
/// Golden/ggml-blocks.json (bench/peers/llama.cpp, command <c>blocks</c>). ggml's library is built without fused
/// multiply-adds, Bantam's encoders use none, and both add in the same order: every byte of every format is equal, the
/// searches included, so nothing here has a tolerance. Only MXFP4 is encoded otherwise: Bantam looks for the better of two
/// scales and ggml does not.
/// </summary>
[Trait("Category", "Kernels")]
public sealed unsafe class GgmlGoldenTests
{
    private static readonly JsonElement Golden =
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Golden", "ggml-blocks.json"))).RootElement;

    private static readonly (string Name, float[] Values)[] Rows = [.. GgmlCases.Rows, .. GgmlCases.FloatRows];

    public static TheoryData<string> Formats => new(BlockFormats.All.Where(f => f.DType.GgmlType >= 0).Select(f => f.DType.Name).Where(n => n != "F32"));

    public static TheoryData<string> EncodedAlike => new(BlockFormats.All.Where(f => f.DType.GgmlType >= 0).Select(f => f.DType.Name).Where(n => n is not ("F32" or "MXFP4")));

    [Fact]
    public void The_inputs_are_the_ones_that_ggml_was_given() =>
        Assert.Equal(
            Golden.GetProperty("rows").EnumerateArray().Select(r => $"{r.GetProperty("name")}: {r.GetProperty("input")}"),
            Rows.Select(r => $"{r.Name}: {GgmlCases.Hash(r.Values)}"));

    [Theory]
    [MemberData(nameof(EncodedAlike))]
    public void Encoding_gives_the_bytes_that_ggml_gives(string name)
    {
        var format = BlockFormats.All.Single(f => f.DType.Name == name);
        Same(name, "encoded", values => GgmlCases.Hash(Encode(format, values)));
    }

    [Theory]
    [MemberData(nameof(EncodedAlike))]
    public void Decoding_what_was_encoded_gives_the_floats_that_ggml_gives(string name)
    {
        var format = BlockFormats.All.Single(f => f.DType.Name == name);
        Same(name, "decoded", values => GgmlCases.Hash(Decode(format.Dequantize, Encode(format, values), values.Length)));
        Same(name, "decoded", values => GgmlCases.Hash(Decode(format.Unpack, Encode(format, values), values.Length)));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Decoding_any_bytes_gives_the_floats_that_ggml_gives(string name)
    {
        var format = BlockFormats.All.Single(f => f.DType.Name == name);
        var bytes = GgmlCases.RandomBlocks(format.DType);
        var n = bytes.Length / format.DType.BlockBytes * format.DType.BlockSize;
        var expected = Golden.GetProperty("random blocks").GetProperty(name).GetString();
        Assert.Equal(expected, GgmlCases.Hash(Decode(format.Dequantize, bytes, n)));
        Assert.Equal(expected, GgmlCases.Hash(Decode(format.Unpack, bytes, n)));
    }

    [Theory]
    [InlineData("Q4_K", "Q8_K")]
    [InlineData("Q4_1", "Q8_1")]
    public void Activations_are_rounded_as_ggml_rounds_them(string format, string partner) =>
        Same(partner, "encoded", values =>
        {
            var weights = BlockFormats.All.Single(f => f.DType.Name == format);
            Assert.Equal(partner, weights.Activation.Name);
            var bytes = new byte[weights.Activation.Bytes(values.Length)];
            fixed (float* x = values)
            fixed (byte* p = bytes)
                weights.RoundActivation(x, p, values.Length);
            return GgmlCases.Hash(bytes);
        });

    [Fact]
    public void The_search_of_MXFP4_never_loses_more_than_ggml_and_often_less()
    {
        var better = 0;
        foreach (var row in Golden.GetProperty("rows").EnumerateArray())
        {
            if (!row.TryGetProperty("MXFP4", out var theirs)) continue;
            var name = row.GetProperty("name").GetString()!;
            var values = Rows.Single(r => r.Name == name).Values;
            var format = BlockFormats.Of(DType.MXFP4);
            var ours = GgmlCases.SquareError(values, Decode(format.Dequantize, Encode(format, values), values.Length));
            // The golden number has six digits.
            var (least, most) = (theirs.GetProperty("square error").GetDouble() * 0.98, theirs.GetProperty("square error").GetDouble() * 1.00001);
            Assert.True(ours <= most, $"{name}: {ours:g6}, ggml's {most:g6}");
            if (ours < least) better++;
        }
        Assert.InRange(better, 10, GgmlCases.Rows.Count);
    }

    // Every row that the golden file has of this format; all that differ are named.
    private static void Same(string format, string what, Func<float[], string> ours)
    {
        var checkedRows = 0;
        var different = new List<string>();
        foreach (var row in Golden.GetProperty("rows").EnumerateArray())
        {
            if (!row.TryGetProperty(format, out var theirs)) continue;
            checkedRows++;
            var name = row.GetProperty("name").GetString()!;
            if (ours(Rows.Single(r => r.Name == name).Values) != theirs.GetProperty(what).GetString()) different.Add(name);
        }
        Assert.InRange(checkedRows, GgmlCases.Rows.Count, Rows.Length);
        Assert.Empty(different);
    }

    private static byte[] Encode(BlockFormat format, float[] values)
    {
        var bytes = new byte[format.DType.Bytes(values.Length)];
        fixed (float* x = values)
        fixed (byte* p = bytes)
            format.Quantize(x, p, values.Length);
        return bytes;
    }

    private static float[] Decode(Decoder decoder, byte[] bytes, long n)
    {
        var values = new float[n];
        fixed (byte* p = bytes)
        fixed (float* x = values)
            decoder(p, x, n);
        return values;
    }

    private delegate void Decoder(byte* blocks, float* x, long n);
}
