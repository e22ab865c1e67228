using Bantam.Kernels;
using Bantam.Kernels.Quant;
using Bantam.Tensors;
using Bantam.Tests.Models;

namespace Bantam.Tests.Kernels;

[Trait("Category", "Kernels")]
public sealed unsafe class TensorEncoderTests
{
    private static readonly Shape Shape = new(3, 5, 512);

    public static TheoryData<string, string> Pairs
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var source in BlockFormats.All)
                foreach (var target in BlockFormats.All)
                    data.Add(source.DType.Name, target.DType.Name);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Every_format_becomes_every_other_row_by_row(string from, string to)
    {
        var (source, target) = (Random(Named(from)), Named(to));
        using var one = new Workers(1);
        using var three = new Workers(3);
        var encoded = TensorEncoder.Encode(source, target, one);
        Assert.Equal((target, Shape), (encoded.DType, encoded.Shape));

        // The scalar specification, row after row.
        var (values, expected) = (new float[512], new byte[target.Bytes(512)]);
        for (var row = 0; row < Shape.Rows; row++)
        {
            fixed (float* x = values)
            fixed (byte* bytes = expected)
            {
                BlockFormats.Of(source.DType).Dequantize(source.Row(row), x, 512);
                BlockFormats.Of(target).Quantize(x, bytes, 512);
            }
            if (from == to) new Span<byte>(source.Row(row), expected.Length).CopyTo(expected);
            Assert.True(new Span<byte>(encoded.Row(row), expected.Length).SequenceEqual(expected), $"row {row}");
        }

        Assert.True(Bytes(encoded).SequenceEqual(Bytes(TensorEncoder.Encode(source, target, three))), "three threads");
        var some = new byte[(int)target.Bytes(4 * 512)];
        Assert.Equal(some.Length, TensorEncoder.EncodeRows(source, 7, 4, target, three, some));
        Assert.True(new Span<byte>(encoded.Row(7), some.Length).SequenceEqual(some), "rows 7 to 10");
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void What_is_no_number_is_not_made_one(float bad)
    {
        using var workers = new Workers(3);
        foreach (var target in BlockFormats.All.Select(f => f.DType))
        {
            var values = new float[20 * 512];
            values[(17 * 512) + 511] = bad;
            values[(18 * 512) + 3] = bad;
            var source = TinyLlama.Store(values, DType.F32, new Shape(20, 512));
            if (target.IsBlocked)
            {
                var refusal = Assert.Throws<BantamException>(() => TensorEncoder.Encode(source, target, workers));
                Assert.Equal("BT2111", refusal.Code);
                Assert.Contains("column 511 of row 17", refusal.Message, StringComparison.Ordinal);
                Assert.Equal("BT2111", Assert.Throws<BantamException>(() => TensorEncoder.EncodeRows(source, 18, 2, target, workers, new byte[target.Bytes(1024)])).Code);
                TensorEncoder.EncodeRows(source, 0, 17, target, workers, new byte[target.Bytes(17 * 512)]);
            }
            // An 8-bit float has a NaN and its largest number for what lies beyond.
            else if (target != DType.F32) TensorEncoder.Encode(source, target, workers);
        }
    }

    [Fact]
    public void Rows_that_do_not_divide_and_spans_that_are_short_are_refused()
    {
        using var workers = new Workers(1);
        var narrow = TinyLlama.Store(new float[172], DType.F32, new Shape(1, 172));
        Assert.False(TensorEncoder.CanEncode(narrow, DType.Q8_0));
        Assert.True(TensorEncoder.CanEncode(narrow, DType.F16));
        Assert.Equal("BT2107", Assert.Throws<BantamException>(() => TensorEncoder.Encode(narrow, DType.Q8_0, workers)).Code);
        Assert.Equal("BT2101", Assert.Throws<BantamException>(() => TensorEncoder.Encode(narrow, Named("IQ2_XS"), workers)).Code);
        Assert.Throws<ArgumentException>(() => TensorEncoder.EncodeRows(narrow, 0, 1, DType.F16, workers, new byte[343]));
        Assert.Throws<ArgumentOutOfRangeException>(() => TensorEncoder.EncodeRows(narrow, 1, 1, DType.F16, workers, new byte[344]));
    }

    private static DType Named(string name) => DType.All.Single(t => t.Name == name);

    private static Span<byte> Bytes(Tensor tensor) => new(tensor.Data, (int)tensor.Bytes);

    private static Tensor Random(DType type)
    {
        var random = new Random(6);
        var values = new float[Shape.Count];
        for (var i = 0; i < values.Length; i++) values[i] = TinyLlama.Gaussian(random);
        return TinyLlama.Store(values, type, Shape);
    }
}
