using System.Globalization;
using System.Text.Json;
using Bantam.Kernels;
using Bantam.Kernels.Quant;
using Bantam.Tensors;
using Bantam.Tests.Models;

namespace Bantam.Tests.Kernels;

/// <summary>
/// 8-bit floats and scales beside them against exact rational arithmetic (bench/peers/float8_golden.py). ggml's table of
/// the same type without sign, which it keeps for the scales of NVFP4, gives the same numbers for codes 0 to 126
/// (bench/peers/float8_ggml.py).
/// </summary>
[Trait("Category", "Kernels")]
public sealed unsafe class Float8GoldenTests
{
    private static readonly JsonElement Golden =
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Golden", "float8.json"))).RootElement;

    public static TheoryData<string> Matrices => [.. Golden.GetProperty("matrices").EnumerateObject().Select(m => m.Name)];

    [Fact]
    public void All_256_codes_mean_what_the_specification_says()
    {
        var codes = Enumerable.Range(0, 256).Select(c => (byte)c).ToArray();
        var expected = Golden.GetProperty("codes").GetString()!.Split(' ');
        var slow = Decode(F8_E4M3.Dequantize);
        Assert.Equal(expected, slow.Select(v => float.IsNaN(v) ? "nan" : Hex(v)));
        Assert.Equal(slow.Select(Hex), Decode(F8_E4M3.Unpack).Select(Hex));

        float[] Decode(Decoder decode)
        {
            var values = new float[256];
            fixed (byte* p = codes)
            fixed (float* x = values) decode(p, x, 256);
            return values;
        }
    }

    [Fact]
    public void Numbers_round_to_the_nearest_code_and_to_the_even_one_between_two()
    {
        var numbers = Floats(Golden.GetProperty("numbers"));
        var codes = new byte[numbers.Length];
        fixed (float* x = numbers)
        fixed (byte* p = codes) F8_E4M3.Quantize(x, p, numbers.Length);
        var expected = Convert.FromHexString(Golden.GetProperty("encoded").GetString()!);
        Assert.Equal(numbers.Zip(expected, (x, c) => $"{x:r} → 0x{c:x2}"), numbers.Zip(codes, (x, c) => $"{x:r} → 0x{c:x2}"));
    }

    [Theory]
    [MemberData(nameof(Matrices))]
    public void Rows_with_scales_decode_bit_for_bit(string name)
    {
        var (tensor, expected) = Matrix(name);
        Assert.Equal(expected, Rows(tensor));
    }

    [Theory]
    [MemberData(nameof(Matrices))]
    public void A_slice_keeps_the_scales_of_its_rows(string name)
    {
        var (tensor, expected) = Matrix(name);
        var columns = (int)tensor.Shape.Columns;
        for (var start = 0; start <= tensor.Shape.Rows; start++)
            for (var count = 0; count <= tensor.Shape.Rows - start; count++)
            {
                Assert.Equal(expected.Skip(start * columns).Take(count * columns), Rows(tensor.Slice(start, count)));
                if (count > 0) Assert.Equal(expected.Skip((start + count - 1) * columns).Take(columns), Rows(tensor.Slice(start, count).Slice(count - 1, 1)));
            }
    }

    [Theory]
    [MemberData(nameof(Matrices))]
    public void Encoding_multiplies_the_scales_in_whatever_rows_are_asked_for(string name)
    {
        var (tensor, expected) = Matrix(name);
        using var workers = new Workers(2);
        var encoded = TensorEncoder.Encode(tensor, DType.F32, workers);
        Assert.Equal(expected, Rows(encoded));
        var last = new byte[encoded.RowBytes];
        TensorEncoder.EncodeRows(tensor, tensor.Shape.Rows - 1, 1, DType.F32, workers, last);
        Assert.Equal(new Span<byte>(encoded.Row(tensor.Shape.Rows - 1), last.Length).ToArray(), last);

        // In its own type too it is what its values are, not what its bytes are.
        var same = TensorEncoder.Encode(tensor, DType.F8_E4M3, workers);
        Assert.Null(same.Scales);
        Assert.Equal(Rows(TinyLlama.Store(encoded.AsSpan<float>(), DType.F8_E4M3, tensor.Shape)), Rows(same));
    }

    [Fact]
    public void Scales_that_do_not_cover_a_tensor_and_shapes_that_they_do_not_know_are_refused()
    {
        var (tensor, _) = Matrix("one scale per block, the last ones incomplete");
        var scales = tensor.Scales!;
        var plain = TinyLlama.Store(new float[6 * 43], DType.F8_E4M3, new Shape(6, 43));
        Assert.Equal("[2, 3] of blocks [4, 16]", scales.ToString());
        Assert.Equal(tensor.Shape, tensor.WithShape(tensor.Shape).Shape);
        Assert.Throws<ArgumentException>(() => tensor.WithShape(new Shape(43, 6)));
        Assert.Throws<ArgumentException>(() => tensor.Reshape(1, 6, 43));
        Assert.Throws<ArgumentException>(() => plain.WithScales(new TensorScales(scales.Values, 2, 16)));
        Assert.Throws<ArgumentException>(() => plain.WithScales(new TensorScales(scales.Values, 4, 8)));
        Assert.Throws<ArgumentException>(() => plain.WithScales(new TensorScales(scales.Values, 4, 43)));
        Assert.Throws<ArgumentException>(() => plain.WithScales(new TensorScales(scales.Values, 4, 16, firstRow: 3)));
        Assert.Throws<ArgumentException>(() => new TensorScales(plain, 4, 16));
        // A block of the format must not have two scales.
        var blocked = TinyLlama.Store(new float[64], DType.Q8_0, new Shape(1, 64));
        Assert.Throws<ArgumentException>(() => blocked.WithScales(new TensorScales(TinyLlama.Store(new float[4], DType.F32, new Shape(1, 4)), 1, 16)));
        Assert.NotNull(blocked.WithScales(new TensorScales(TinyLlama.Store(new float[2], DType.F32, new Shape(1, 2)), 1, 32)).Scales);
    }

    private static (Tensor Tensor, string[] Values) Matrix(string name)
    {
        var golden = Golden.GetProperty("matrices").GetProperty(name);
        var shape = new Shape([.. golden.GetProperty("shape").EnumerateArray().Select(e => e.GetInt64())]);
        long[] block = [.. golden.GetProperty("block").EnumerateArray().Select(e => e.GetInt64())];
        var scales = Floats(golden.GetProperty("scales"));
        var codes = Convert.FromHexString(golden.GetProperty("codes").GetString()!);
        var tensor = new NativeStorage(codes.Length).View(DType.F8_E4M3, shape);
        codes.CopyTo(tensor.AsSpan<byte>());
        var values = TinyLlama.Store(scales, DType.F32, new Shape(TensorScales.Blocks(shape[0], block[0]), TensorScales.Blocks(shape[1], block[1])));
        return (tensor.WithScales(new TensorScales(values, block[0], block[1])), golden.GetProperty("values").GetString()!.Split(' '));
    }

    private static string[] Rows(Tensor tensor)
    {
        var values = new float[tensor.Shape.Count];
        fixed (float* x = values)
            for (long row = 0; row < tensor.Shape.Rows; row++) RowScales.Unpack(tensor, row, x + (row * tensor.Shape.Columns));
        return [.. values.Select(Hex)];
    }

    private static float[] Floats(JsonElement text) =>
        [.. text.GetString()!.Split(' ').Select(h => BitConverter.UInt32BitsToSingle(uint.Parse(h, NumberStyles.HexNumber, CultureInfo.InvariantCulture)))];

    private static string Hex(float x) => $"{BitConverter.SingleToUInt32Bits(x):x8}";

    private delegate void Decoder(byte* blocks, float* x, long n);
}
