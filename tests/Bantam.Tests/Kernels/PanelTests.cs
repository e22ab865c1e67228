using System.Runtime.Intrinsics;
using Bantam.Kernels;
using Bantam.Kernels.Quant;
using Bantam.Tensors;

namespace Bantam.Tests.Kernels;

/// <summary>Products of many rows and tokens against the scalar specification of one, bit for bit, on whatever registers there are.</summary>
[Trait("Category", "Kernels")]
public sealed unsafe class PanelTests
{
    public static TheoryData<string> Formats => new(BlockFormats.All.Select(f => f.DType.Name));

    [Theory]
    [MemberData(nameof(Formats))]
    public void Any_number_of_rows_and_tokens_gives_the_bits_of_the_specification(string name)
    {
        var format = BlockFormats.All.Single(f => f.DType.Name == name);
        foreach (var k in new[] { 256, 768, 1280, 4352 })
            foreach (var (n, t) in new[] { (1, 1), (31, 5), (32, 4), (45, 3), (70, 6) })
                Check(format, k, n, t, (product, _) => format.Multiply(product, 0, 0, format.Items(n)));
    }

    [Fact]
    public void Registers_of_128_bits_give_the_same_in_panels_of_every_family()
    {
        // The path of Arm, which the processor of this machine need not take by itself.
        Panels128<Q8_0>();
        Panels128<Q4_0>();
        Panels128<Q5_1>();
        Panels128<MXFP4>();
        SuperPanels128<Q4_K>();
        SuperPanels128<Q6_K>();
        SuperPanels128<Q2_K>();
        SuperPanels128<IQ4_XS>();
    }

    private static void Panels128<TFormat>()
        where TFormat : struct, IBlockFormat, IBlock32
    {
        using var scratch = new NativeStorage(Block32Panel<TFormat, Simd128, Vector128<byte>>.ScratchBytes(768));
        Check(BlockFormats.Of(TFormat.DType), 768, 32, 6, (p, partner) =>
        {
            using var tiles = new NativeStorage(2 * Block32Tile.Bytes(768, Tile.Tokens));
            for (var tile = 0; tile < 2; tile++)
                new Block32Tile(tiles.Data + (tile * Block32Tile.Bytes(768, Tile.Tokens)), 768, Tile.Tokens).Fill<TFormat>(partner + (4 * tile * TFormat.Activation.Bytes(768)), tile == 0 ? 4 : 2, 768, Tile.Tokens);
            p->X = tiles.Data;
            for (var row = 0; row < 32; row += Block32Panel<TFormat, Simd128, Vector128<byte>>.Rows) Block32Panel<TFormat, Simd128, Vector128<byte>>.Multiply(p, row, scratch.Data);
        });
    }

    private static void SuperPanels128<TFormat>()
        where TFormat : struct, IBlockFormat, ISuperBlock
    {
        using var scratch = new NativeStorage(SuperBlockPanel<TFormat, Simd128, Vector128<byte>>.ScratchBytes(768));
        Check(BlockFormats.Of(TFormat.DType), 768, 32, 6, (p, partner) =>
        {
            using var tiles = new NativeStorage(2 * SuperBlockTile.Bytes(768, Tile.Tokens));
            for (var tile = 0; tile < 2; tile++)
                new SuperBlockTile(tiles.Data + (tile * SuperBlockTile.Bytes(768, Tile.Tokens)), 768, Tile.Tokens).Fill(partner + (4 * tile * TFormat.Activation.Bytes(768)), tile == 0 ? 4 : 2, 768, Tile.Tokens);
            p->X = tiles.Data;
            for (var row = 0; row < 32; row += SuperBlockPanel<TFormat, Simd128, Vector128<byte>>.Rows) SuperBlockPanel<TFormat, Simd128, Vector128<byte>>.Multiply(p, row, scratch.Data);
        });
    }

    private delegate void Multiplication(Product* product, byte* partner);

    private static void Check(BlockFormat format, int k, int n, int t, Multiplication multiply)
    {
        var random = new Random(k + n + t);
        var rowBytes = format.DType.Bytes(k);
        var partnerBytes = format.Activation.Bytes(k);
        using var floats = new NativeStorage(4L * k * Math.Max(n, t));
        using var weights = new NativeStorage(n * rowBytes);
        using var partner = new NativeStorage(t * partnerBytes);
        using var prepared = new NativeStorage(format.PreparedBytes(k, n, t));
        using var scratch = new NativeStorage(format.ScratchBytes(k, n, t));
        using var y = new NativeStorage(4L * n * t);
        Fill(k * n);
        format.Quantize((float*)floats.Data, weights.Data, (long)k * n);
        Fill(k * t);
        var product = new Product
        {
            W = weights.Data,
            Input = (float*)floats.Data,
            X = floats.Data,
            Y = (float*)y.Data,
            K = k,
            N = n,
            T = t,
            Scratch = scratch.Data,
            ScratchBytes = scratch.Length,
        };
        if (format.PreparedItems(n, t) is > 0 and var items)
        {
            product.X = prepared.Data;
            format.Prepare(&product, 0, 0, items);
        }
        for (var i = 0; i < t; i++)
            if (format.Activation == DType.F32) Buffer.MemoryCopy(product.Input + (i * k), partner.Data + (i * partnerBytes), partnerBytes, partnerBytes);
            else format.RoundActivation(product.Input + (i * k), partner.Data + (i * partnerBytes), k);

        multiply(&product, partner.Data);

        for (var i = 0; i < t; i++)
            for (var row = 0; row < n; row++)
            {
                var expected = format.DotReference(weights.Data + (row * rowBytes), partner.Data + (i * partnerBytes), k);
                if (BitConverter.SingleToInt32Bits(expected) != BitConverter.SingleToInt32Bits(product.Y[(i * n) + row]))
                    Assert.Fail($"{format.DType}, {n} rows of {k}, {t} tokens: row {row}, token {i} is {product.Y[(i * n) + row]} and not {expected}");
            }

        void Fill(int count)
        {
            for (var i = 0; i < count; i++) ((float*)floats.Data)[i] = (random.NextSingle() * 2) - 1;
        }
    }
}
