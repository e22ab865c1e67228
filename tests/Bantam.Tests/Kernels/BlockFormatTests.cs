using System.Runtime.InteropServices;
using Bantam.Kernels.Quant;
using Bantam.Tensors;

namespace Bantam.Tests.Kernels;

/// <summary>Checks that walk the table of formats: a new row is found here without a new test.</summary>
[Trait("Category", "Kernels")]
public sealed unsafe class BlockFormatTests
{
    public static TheoryData<string> Formats => new(BlockFormats.All.Select(f => f.DType.Name));

    public static TheoryData<string, int> FormatsAndLengths
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (var format in BlockFormats.All)
                foreach (var blocks in new[] { 1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 24, 31, 33, 64 })
                    data.Add(format.DType.Name, blocks * format.DType.BlockSize);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(FormatsAndLengths))]
    public void Dot_equals_its_reference_bit_for_bit(string name, int n)
    {
        var format = Find(name);
        for (var seed = 0; seed < 8; seed++)
        {
            using var data = new Row(format, n, seed, scale: seed == 7 ? 1e-6f : 1f);
            Assert.Equal(
                Bits(format.DotReference(data.Weights, data.Activation, n)),
                Bits(format.Dot(data.Weights, data.Activation, n)));
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void What_is_no_number_in_an_activation_does_not_come_out_as_one(string name)
    {
        const int N = 512;
        var format = Find(name);
        foreach (var bad in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity })
            // One of them, at the beginning, in the middle of a register, at the end; and nothing else at all.
            foreach (var at in new[] { 0, 300, N - 1, -1 })
            {
                using var data = new Row(format, N, seed: 1);
                var x = new float[N];
                Array.Fill(x, at < 0 ? bad : 1);
                if (at >= 0) x[at] = bad;
                fixed (float* p = x) format.RoundActivation(p, data.Activation, N);
                Assert.False(float.IsFinite(format.Dot(data.Weights, data.Activation, N)), $"{bad} at {at}");
                Assert.False(float.IsFinite(format.DotReference(data.Weights, data.Activation, N)), $"{bad} at {at}, the reference");
            }
    }

    [Theory]
    [MemberData(nameof(FormatsAndLengths))]
    public void Dot_is_the_product_of_what_both_sides_decode_to(string name, int n)
    {
        var format = Find(name);
        using var data = new Row(format, n, seed: 1);
        var w = new float[n];
        var a = new float[n];
        fixed (float* pw = w, pa = a)
        {
            format.Dequantize(data.Weights, pw, n);
            data.DecodeActivation(pa);
        }
        double expected = 0, magnitude = 0;
        for (var i = 0; i < n; i++)
        {
            expected += (double)w[i] * a[i];
            magnitude += Math.Abs((double)w[i] * a[i]);
        }
        // Q8_1 keeps the sums that minima meet in half precision.
        Assert.Equal(expected, format.Dot(data.Weights, data.Activation, n), (format.Activation == DType.Q8_1 ? 5e-4 : 1e-6) * magnitude);
    }

    [Theory]
    [MemberData(nameof(FormatsAndLengths))]
    public void Unpack_equals_dequantize_bit_for_bit(string name, int n)
    {
        var format = Find(name);
        using var data = new Row(format, n, seed: 2);
        var slow = new float[n];
        var fast = new float[n];
        fixed (float* s = slow, f = fast)
        {
            format.Dequantize(data.Weights, s, n);
            format.Unpack(data.Weights, f, n);
        }
        Assert.Equal(slow.Select(Bits), fast.Select(Bits));
    }

    [Theory]
    [MemberData(nameof(FormatsAndLengths))]
    public void Activation_rounding_equals_its_reference_bit_for_bit(string name, int n)
    {
        var format = Find(name);
        var x = Random(n, seed: 3);
        // Ties, the extremes of both signs and zeros.
        x[0] = 127f;
        if (n > 2) (x[1], x[2], x[^1]) = (0.5f, -2.5f, 0f);
        var bytes = format.Activation.Bytes(n);
        var fast = new byte[bytes];
        var slow = new byte[bytes];
        fixed (float* p = x)
        fixed (byte* f = fast, s = slow)
        {
            format.RoundActivation(p, f, n);
            if (format.Activation == DType.Q8_0) Q8_0.Quantize(p, s, n);
            else if (format.Activation == DType.Q8_1) ReferenceQ81(p, s, n);
            else if (format.Activation == DType.Q8_K) ReferenceQ8K(p, s, n);
            else new Span<byte>(p, (int)bytes).CopyTo(slow);
        }
        Assert.Equal(slow, fast);
    }

    [Fact]
    public void Codes_are_the_nearest_with_halves_away_from_zero()
    {
        // With 127 in the block the scale is 1 and a code is the rounded number: every half and its neighbours.
        var x = new float[32];
        var codes = new sbyte[32];
        for (var whole = 0; whole < 127; whole++)
            for (var ulps = -31; ulps <= 31; ulps++)
            {
                var value = BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(whole + 0.5f) + ulps);
                for (var i = 0; i < 32; i++) x[i] = i % 2 == 0 ? value : -value;
                x[(whole + ulps + 31) % 32] = 127;
                fixed (float* p = x)
                fixed (sbyte* q = codes)
                {
                    Assert.Equal(1f, Q8Block.Round(p, q, out var sum));
                    Assert.Equal(codes.Sum(c => c), sum);
                }
                for (var i = 0; i < 32; i++) Assert.Equal((sbyte)MathF.Round(x[i], MidpointRounding.AwayFromZero), codes[i]);
            }
    }

    [Fact]
    public void The_first_of_equal_extremes_gives_a_super_block_its_sign()
    {
        var x = new float[256];
        Q8_K.Block fast, slow;
        for (var round = 0; round < 300; round++)
        {
            var random = new Random(round);
            for (var i = 0; i < 256; i++) x[i] = (float)(random.NextDouble() - 0.5) * MathF.Pow(10, (round % 60) - 30);
            // Several extremes of one sign, or of both; the rounds without leave one alone.
            for (var i = 0; i < round % 4; i++) x[random.Next(256)] = (random.Next(2) * 2 - 1) * MathF.Pow(10, (round % 60) - 30);
            fixed (float* p = x)
            {
                Q8_K.Round(p, (byte*)&fast, 256);
                ReferenceQ8K(p, (byte*)&slow, 256);
            }
            Assert.Equal(new Span<byte>(&slow, sizeof(Q8_K.Block)).ToArray(), new Span<byte>(&fast, sizeof(Q8_K.Block)).ToArray());
        }
    }

    // Bytes that no encoder writes, scales that are infinite or no numbers among them, on both sides of the dot.
    [Theory]
    [MemberData(nameof(Formats))]
    public void Any_bytes_give_the_same_on_every_path(string name)
    {
        var format = Find(name);
        var random = new Random(5);
        var n = 4 * 256;
        var weights = new byte[format.DType.Bytes(n)];
        var activation = new byte[format.Activation.Bytes(n)];
        float[] slow = new float[n], fast = new float[n], x = [.. Random(n, seed: 6)];
        for (var round = 0; round < 200; round++)
        {
            random.NextBytes(weights);
            x[round] = (round % 4) switch { 0 => float.NaN, 1 => float.PositiveInfinity, 2 => float.MinValue, _ => 1e-42f };
            fixed (byte* w = weights, a = activation)
            fixed (float* px = x, s = slow, f = fast)
            {
                // What rounding makes of no number is not specified; that it stays within its row is.
                format.RoundActivation(px, a, n);
                x[round] = 0;
                format.RoundActivation(px, a, n);
                format.Dequantize(w, s, n);
                format.Unpack(w, f, n);
                Same(format.DotReference(w, a, n), format.Dot(w, a, n));
            }
            for (var i = 0; i < n; i++) Same(slow[i], fast[i]);
        }

        static void Same(float expected, float actual) => Assert.True(Bits(expected) == Bits(actual) || (float.IsNaN(expected) && float.IsNaN(actual)), $"{expected:r} and {actual:r}");
    }

    // An encoder that meets infinities and NaN writes something, and within its blocks.
    [Theory]
    [MemberData(nameof(Formats))]
    public void Encoding_what_is_no_number_stays_within_the_blocks(string name)
    {
        var format = Find(name);
        foreach (var bad in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, float.Epsilon })
            foreach (var every in new[] { 1, 37 })
            {
                var x = Random(512, seed: 7);
                for (var i = 0; i < x.Length; i += every) x[i] = bad;
                var bytes = Enumerable.Repeat((byte)0xA5, (int)format.DType.Bytes(512) + 8).ToArray();
                var y = new float[512];
                fixed (float* px = x, py = y)
                fixed (byte* p = bytes)
                {
                    format.Quantize(px, p, 512);
                    format.Unpack(p, py, 512);
                }
                Assert.All(bytes[^8..], b => Assert.Equal(0xA5, b));
            }
    }

    // Largest relative root-mean-square error of encoding unit Gaussians that the format may show, from its bits.
    [Theory]
    [InlineData("F32", 0)]
    [InlineData("F16", 3e-4)]
    [InlineData("BF16", 2.5e-3)]
    [InlineData("F8_E4M3", 2.8e-2)]
    [InlineData("Q8_0", 6e-3)]
    [InlineData("Q6_K", 2.2e-2)]
    [InlineData("Q4_K", 8.5e-2)]
    [InlineData("Q4_0", 1.05e-1)]
    [InlineData("Q5_1", 4e-2)]
    [InlineData("Q5_0", 4.5e-2)]
    [InlineData("Q4_1", 8.2e-2)]
    [InlineData("IQ4_NL", 8e-2)]
    [InlineData("MXFP4", 1.18e-1)]
    [InlineData("Q5_K", 3.8e-2)]
    [InlineData("IQ4_XS", 8e-2)]
    [InlineData("Q3_K", 1.6e-1)]
    [InlineData("Q2_K", 3.1e-1)]
    public void Encoding_loses_no_more_than_the_format_must(string name, double most)
    {
        var format = Find(name);
        const int N = 8192;
        var x = Random(N, seed: 4);
        var y = new float[N];
        var bytes = new byte[format.DType.Bytes(N)];
        fixed (float* px = x, py = y)
        fixed (byte* p = bytes)
        {
            format.Quantize(px, p, N);
            format.Dequantize(p, py, N);
        }
        var error = Math.Sqrt(x.Zip(y, (a, b) => Math.Pow(a - b, 2)).Sum() / x.Sum(v => (double)v * v));
        Assert.InRange(error, 0, most);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Encoding_zeros_gives_zeros(string name)
    {
        var format = Find(name);
        var bytes = new byte[format.DType.Bytes(512)];
        var y = new float[512];
        var x = new float[512];
        fixed (float* px = x, py = y)
        fixed (byte* p = bytes)
        {
            format.Quantize(px, p, 512);
            format.Dequantize(p, py, 512);
        }
        Assert.All(y, v => Assert.Equal(0f, v));
    }

    [Fact]
    public void Half_widening_agrees_with_the_framework_on_all_65536_values()
    {
        var all = Enumerable.Range(0, 65536).Select(i => (ushort)i).ToArray();
        var y = new float[all.Length];
        fixed (ushort* p = all)
        fixed (float* py = y)
            F16.Unpack((byte*)p, py, all.Length);
        for (var i = 0; i < all.Length; i++)
        {
            var expected = (float)BitConverter.UInt16BitsToHalf(all[i]);
            Assert.True(float.IsNaN(expected) ? float.IsNaN(y[i]) : Bits(expected) == Bits(y[i]), $"half 0x{i:x4} gave {y[i]:r}, not {expected:r}");
            Assert.Equal(Bits(F16.Widen(all[i])), Bits(y[i]));
        }
    }

    private static BlockFormat Find(string name) => BlockFormats.All.Single(f => f.DType.Name == name);

    private static int Bits(float x) => BitConverter.SingleToInt32Bits(x);

    private static float[] Random(int n, int seed)
    {
        var random = new Random(seed);
        // Box-Muller: unit Gaussians.
        return [.. Enumerable.Range(0, n).Select(_ => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];
    }

    private static void ReferenceQ8K(float* x, byte* blocks, long n)
    {
        for (var block = (Q8_K.Block*)blocks; n > 0; n -= Q8_K.Size, x += Q8_K.Size, block++)
        {
            var values = new Span<float>(x, Q8_K.Size).ToArray();
            var extreme = values.MaxBy(MathF.Abs);
            var inverse = -127 / extreme;
            block->D = 1 / inverse;
            for (var i = 0; i < Q8_K.Size; i++) block->Q[i] = (sbyte)MathF.Round(values[i] * inverse, MidpointRounding.ToEven);
            for (var g = 0; g < Q8_K.Size / 16; g++) block->Sums[g] = (short)Enumerable.Range(16 * g, 16).Sum(i => (int)block->Q[i]);
        }
    }

    private static void ReferenceQ81(float* x, byte* blocks, long n)
    {
        for (; n > 0; n -= 32, x += 32, blocks += 36)
        {
            var values = new Span<float>(x, 32).ToArray();
            var d = values.Max(MathF.Abs) / 127;
            var codes = values.Select(v => (sbyte)MathF.Round(v * (1 / d), MidpointRounding.AwayFromZero)).ToArray();
            *(Half*)blocks = (Half)d;
            *(Half*)(blocks + 2) = (Half)(d * codes.Sum(c => c));
            for (var i = 0; i < 32; i++) ((sbyte*)blocks)[4 + i] = codes[i];
        }
    }

    /// <summary>One encoded weight row and one rounded activation row.</summary>
    private sealed class Row : IDisposable
    {
        private readonly BlockFormat _format;
        private readonly int _n;

        public Row(BlockFormat format, int n, int seed, float scale = 1)
        {
            (_format, _n) = (format, n);
            Weights = (byte*)NativeMemory.Alloc((nuint)format.DType.Bytes(n));
            Activation = (byte*)NativeMemory.Alloc((nuint)format.Activation.Bytes(n));
            var w = Random(n, seed);
            var a = Random(n, seed + 100);
            for (var i = 0; i < n; i++) w[i] *= scale;
            fixed (float* pw = w, pa = a)
            {
                format.Quantize(pw, Weights, n);
                format.RoundActivation(pa, Activation, n);
            }
        }

        public byte* Weights { get; }

        public byte* Activation { get; }

        public void DecodeActivation(float* y)
        {
            if (_format.Activation == DType.Q8_0) Q8_0.Dequantize(Activation, y, _n);
            else if (_format.Activation == DType.Q8_1)
                for (var i = 0; i < _n; i++)
                {
                    var block = Activation + (i / 32 * 36);
                    y[i] = (float)*(Half*)block * ((sbyte*)block)[4 + (i % 32)];
                }
            else if (_format.Activation == DType.Q8_K)
                for (var i = 0; i < _n; i++)
                {
                    var block = (Q8_K.Block*)Activation + (i / Q8_K.Size);
                    y[i] = block->D * block->Q[i % Q8_K.Size];
                }
            else new Span<float>(Activation, _n).CopyTo(new Span<float>(y, _n));
        }

        public void Dispose()
        {
            NativeMemory.Free(Weights);
            NativeMemory.Free(Activation);
        }
    }
}
