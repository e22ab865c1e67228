using System.Runtime.Intrinsics;

namespace Bantam.Kernels.Quant;

/// <summary>The kernels of the <see cref="IBlock32"/> formats, on the widest registers of this machine.</summary>
internal readonly unsafe struct Block32Family<TFormat> : IIntegerKernels
    where TFormat : struct, IBlock32
{
    public static bool AreAlike => false;

    public static long RowScratchBytes => Lanes.Count * TFormat.Bytes;

    public static long TileBytes(long k, int tokens) => Block32Tile.Bytes(k, tokens);

    public static void Fill(byte* tile, byte* partner, int rows, long k, int tokens) => new Block32Tile(tile, k, tokens).Fill<TFormat>(partner, rows, k, tokens);

    public static void Rows(Product* p, long from, long to, byte* scratch)
    {
        var blocks = p->K / Block32Tile.Size;
        var tileBytes = TileBytes(p->K, 1);
        new Span<byte>(scratch, (int)RowScratchBytes).Clear();
        // A row is read once from memory and then meets all tokens from the first-level cache.
        for (var row = from; row < to; row++)
            for (long t = 0; t < p->T; t++)
                p->Y[(t * p->N) + row] = Block32Row.Dot<TFormat>(p->W + (row * blocks * TFormat.Bytes), new Block32Tile(p->X + (t * tileBytes), p->K, 1), blocks, scratch);
    }

    public static long PanelScratchBytes(long k) =>
        Simd512.IsSupported ? Block32Panel<TFormat, Simd512, Vector512<byte>>.ScratchBytes(k)
        : Simd256.IsSupported ? Block32Panel<TFormat, Simd256, Vector256<byte>>.ScratchBytes(k)
        : Block32Panel<TFormat, Simd128, Vector128<byte>>.ScratchBytes(k);

    public static void Panels(Product* p, long row, int rows, byte* scratch)
    {
        if (Simd512.IsSupported) Panels<Simd512, Vector512<byte>>(p, row, rows, scratch);
        else if (Simd256.IsSupported) Panels<Simd256, Vector256<byte>>(p, row, rows, scratch);
        else Panels<Simd128, Vector128<byte>>(p, row, rows, scratch);
    }

    private static void Panels<TSimd, V>(Product* p, long row, int rows, byte* scratch)
        where TSimd : struct, ISimd<V>
        where V : struct
    {
        for (var end = row + rows; row < end; row += Block32Panel<TFormat, TSimd, V>.Rows) Block32Panel<TFormat, TSimd, V>.Multiply(p, row, scratch);
    }
}
