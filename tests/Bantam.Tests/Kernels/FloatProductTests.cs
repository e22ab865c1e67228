using System.Runtime.InteropServices;
using Bantam.Kernels.Quant;
using Bantam.Tensors;

namespace Bantam.Tests.Kernels;

/// <summary>
/// The product of a matrix in floats with many tokens is what each row and token give alone, bit for bit, however it is
/// cut into panels, chunks and tiles.
/// </summary>
[Trait("Category", "Kernels")]
public sealed unsafe class FloatProductTests
{
    /// <summary>Formats, rows, tokens and columns: every remainder of a tile, few tokens and many, and what crosses a panel, a piece of K or a chunk of it.</summary>
    public static TheoryData<string, int, int, int> Cases
    {
        get
        {
            var data = new TheoryData<string, int, int, int>();
            foreach (var name in new[] { "F32", "F16", "BF16", "F8_E4M3" })
            {
                for (var tokens = 1; tokens <= 30; tokens++) data.Add(name, 5, tokens, 37);
                for (var rows = 1; rows <= 70; rows++) data.Add(name, rows, 1 + (rows % 23), 17 + (rows % 5));
                for (var k = 1; k <= 33; k++) data.Add(name, 6, 1 + (k % 2 * 16), k);
                foreach (var k in new[] { 48, 1023, 1024, 1025, 1040, 2048, 2100, 4099 })
                    foreach (var tokens in new[] { 2, 7, 9, 17 }) data.Add(name, 5, tokens, k);
                data.Add(name, 5, 3, 8200);
                data.Add(name, 5, 520, 40);
            }
            data.Add("BF16", 5, 19, 6160);
            data.Add("F16", 67, 19, 2064);
            data.Add("F32", 4, 520, 2064);
            data.Add("BF16", 4, 520, 6160);
            return data;
        }
    }

    [Fact]
    public void Every_output_is_the_dot_product_of_its_row_and_token()
    {
        foreach (var (name, rows, tokens, k) in Cases.Select(c => c.Data)) Check(name, rows, tokens, k, block: null);
    }

    // Scales per tensor, per output, and per rectangle, whose last row and column may be incomplete.
    [Fact]
    public void Columns_that_share_a_scale_are_added_in_their_order()
    {
        foreach (var name in new[] { "F8_E4M3", "F32" })
            foreach (var (rows, tokens, k) in new[] { (1, 1, 5), (9, 3, 40), (35, 8, 48), (6, 13, 1100), (5, 1, 4100), (35, 19, 48), (7, 23, 2200), (6, 520, 30) })
                foreach (var block in new[] { (rows, k), (1, k), (2, 16), (4, 128), (3, 7), (1, 1050) })
                    Check(name, rows, tokens, k, block);
    }

    private static void Check(string name, int rows, int tokens, int k, (int Rows, int Columns)? block)
    {
        var format = BlockFormats.All.Single(f => f.DType.Name == name);
        var random = new ExactRandom((ulong)((rows * 1000003) + (tokens * 1009) + k));
        var weights = new byte[format.DType.Bytes((long)rows * k)];
        float[] values = Numbers(random, rows * k), x = Numbers(random, tokens * k), scales = [];
        fixed (float* v = values)
        fixed (byte* w = weights) format.Quantize(v, w, values.Length);
        var columnBlocks = block is null ? 0 : TensorScales.Blocks(k, block.Value.Columns);
        if (block is not null) scales = Numbers(random, (int)(TensorScales.Blocks(rows, block.Value.Rows) * columnBlocks));

        // Beyond the last output nothing may be written.
        const float Untouched = 12345;
        var y = new float[(tokens * rows) + 8];
        Array.Fill(y, Untouched);
        var scratchBytes = format.ScratchBytes(k, rows, tokens);
        var scratch = (byte*)NativeMemory.AlignedAlloc((nuint)(2 * scratchBytes) + 64, 64);
        new Span<byte>(scratch, (int)((2 * scratchBytes) + 64)).Fill(0xff);
        try
        {
            fixed (float* px = x, py = y, ps = scales)
            fixed (byte* pw = weights)
            {
                var product = new Product { W = pw, X = (byte*)px, Y = py, K = k, N = rows, T = tokens, Scratch = scratch, ScratchBytes = scratchBytes };
                if (block is { } b)
                {
                    using var storage = new NativeStorage(scales.Length * 4);
                    var tensor = new Tensor(storage, storage.Data, DType.F32, new Shape(scales.Length / columnBlocks, columnBlocks));
                    scales.CopyTo(tensor.AsSpan<float>());
                    using var matrix = new NativeStorage(weights.Length);
                    product.Scales = new RowScales(new Tensor(matrix, matrix.Data, format.DType, new Shape(rows, k)).WithScales(new TensorScales(tensor, b.Rows, b.Columns)));
                    format.MultiplyScaled(&product, 1, 0, format.Items(rows));
                }
                else
                {
                    format.Multiply(&product, 1, 0, format.Items(rows));
                }
                for (var t = 0; t < tokens; t++)
                {
                    for (var r = 0; r < rows; r++)
                    {
                        var expected = Alone(format, pw + format.DType.Bytes((long)r * k), px + (t * k), k, ps, r, block, columnBlocks);
                        if (Bits(expected) != Bits(y[(t * rows) + r])) Assert.Fail($"{name} [{rows}, {k}], {tokens} tokens, scales {block}: row {r} of token {t} is {y[(t * rows) + r]:r} and not {expected:r}");
                    }
                }
                Assert.All(y[(tokens * rows)..], v => Assert.Equal(Untouched, v));
                // Nor another thread's scratch memory.
                Assert.Equal(-1, new Span<byte>(scratch, (int)scratchBytes).IndexOfAnyExcept((byte)0xff));
                Assert.Equal(-1, new Span<byte>(scratch + (2 * scratchBytes), 64).IndexOfAnyExcept((byte)0xff));
            }
        }
        finally
        {
            NativeMemory.AlignedFree(scratch);
        }
    }

    // One row and token through the scalar specification.
    private static float Alone(BlockFormat format, byte* w, float* x, int k, float* scales, int row, (int Rows, int Columns)? block, long columnBlocks)
    {
        if (block is not { } b)
        {
            var alone = format.DotReference(w, (byte*)x, k);
            Assert.Equal(Bits(alone), Bits(format.Dot(w, (byte*)x, k)));
            return alone;
        }
        var scale = scales + (row / b.Rows * columnBlocks);
        float sum = 0;
        for (var at = 0; at < k; at += b.Columns, scale++)
        {
            var product = *scale * format.DotReference(w + format.DType.Bytes(at), (byte*)(x + at), Math.Min(b.Columns, k - at));
            sum = at == 0 ? product : sum + product;
        }
        return sum;
    }

    private static float[] Numbers(ExactRandom random, int n) => [.. Enumerable.Range(0, n).Select(_ => random.Bell())];

    private static int Bits(float x) => BitConverter.SingleToInt32Bits(x);
}
