using System.Runtime.Intrinsics;

namespace Bantam.Kernels.Quant;

/// <summary>A row of the table for a format that widens to floats. Few tokens meet rows where they lie; more meet panels of them, with the same bits.</summary>
internal sealed unsafe class FloatFormat<TFormat> : BlockFormat<TFormat>
    where TFormat : struct, IBlockFormat, IFloatFormat
{
    // Rows of an item of work: half a panel.
    private const int ItemRows = 32;

    internal override long Items(long n) => Lanes128.IsSupported ? (n + ItemRows - 1) / ItemRows : base.Items(n);

    internal override long ScratchBytes(long k, long n, long t) =>
        !Lanes128.IsSupported || FloatRows.Suit<TFormat>(k, t) || n < FloatTile.Rows ? 0 : FloatPanel.ScratchBytes<OutputsFirst<TFormat>>(k, n, t);

    internal override delegate*<Product*, int, long, long, void> Multiply =>
        Lanes512.IsSupported ? &Tiles<Lanes512, Vector512<float>>
        : Lanes256.IsSupported ? &Tiles<Lanes256, Vector256<float>>
        : Lanes128.IsSupported ? &Tiles<Lanes128, Vector128<float>>
        : base.Multiply;

    internal override delegate*<Product*, int, long, long, void> MultiplyScaled => Lanes128.IsSupported ? Multiply : base.MultiplyScaled;

    private static void Tiles<TLanes, V>(Product* p, int part, long from, long to)
        where TLanes : struct, IFloatLanes<V>
        where V : struct
    {
        (from, to) = (from * ItemRows, Math.Min(to * ItemRows, p->N));
        // A panel is made of tiles of four rows; what is left over are rows by themselves.
        var panels = FloatRows.Suit<TFormat>(p->K, p->T) ? from : to - ((to - from) % FloatTile.Rows);
        FloatPanel.Multiply<TLanes, V, OutputsFirst<TFormat>>(p, part, from, panels);
        FloatRows.Multiply<TLanes, V, TFormat>(p, panels, to);
    }
}
