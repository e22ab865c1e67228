using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Bantam.Tensors;

namespace Bantam.Kernels.Quant;

/// <summary>
/// A row of the table for a format whose products are integers. Few tokens, or few rows, go row by row; more go by panels,
/// with the same bits.
/// </summary>
internal sealed unsafe class IntegerFormat<TFormat, TKernels> : BlockFormat<TFormat>
    where TFormat : struct, IBlockFormat
    where TKernels : struct, IIntegerKernels
{
    // Rows of an item of work: a multiple of every panel.
    private const int ItemRows = 32;

    // From so many tokens on, a panel that is unpacked once is worth it.
    private const int FewTokens = 3;

    internal override long Items(long n) => (n + ItemRows - 1) / ItemRows;

    internal override DType PreparedAs => TKernels.AreAlike ? TFormat.Activation : TFormat.DType;

    internal override long PreparedItems(long n, long t) => Tiles(n, t);

    internal override long PreparedBytes(long k, long n, long t) => Tiles(n, t) * TKernels.TileBytes(k, Tokens(n, t));

    internal override long ScratchBytes(long k, long n, long t) =>
        Math.Max(Tokens(n, t) * TFormat.Activation.Bytes(k), Tokens(n, t) == 1 ? TKernels.RowScratchBytes : TKernels.PanelScratchBytes(k));

    internal override delegate*<Product*, int, long, long, void> Prepare => &Fill;

    internal override delegate*<Product*, int, long, long, void> Multiply => &Rows;

    // Without fused multiply-adds in hardware, which panels make for every row and token, rows alone are faster.
    private static int Tokens(long n, long t) => t > FewTokens && n >= ItemRows && (Fma.IsSupported || AdvSimd.IsSupported) ? Tile.Tokens : 1;

    private static long Tiles(long n, long t) => (t + Tokens(n, t) - 1) / Tokens(n, t);

    // Item i is tile i of tokens.
    private static void Fill(Product* p, int part, long from, long to)
    {
        var tokens = Tokens(p->N, p->T);
        var scratch = p->Scratch + (part * p->ScratchBytes);
        var partnerBytes = TFormat.Activation.Bytes(p->K);
        for (var tile = from; tile < to; tile++)
        {
            var rows = (int)Math.Min(tokens, p->T - (tile * tokens));
            for (var t = 0; t < rows; t++)
                TFormat.RoundActivation(p->Input + (((tile * tokens) + t) * p->K), scratch + (t * partnerBytes), p->K);
            TKernels.Fill(p->X + (tile * TKernels.TileBytes(p->K, tokens)), scratch, rows, p->K, tokens);
        }
    }

    private static void Rows(Product* p, int part, long from, long to)
    {
        var scratch = p->Scratch + (part * p->ScratchBytes);
        if (Tokens(p->N, p->T) == 1) TKernels.Rows(p, from * ItemRows, Math.Min(to * ItemRows, p->N), scratch);
        else
            // The last panel begins where it ends with the matrix: rows that two panels share come out alike.
            for (var item = from; item < to; item++) TKernels.Panels(p, Math.Min(item * ItemRows, p->N - ItemRows), ItemRows, scratch);
    }
}

/// <summary>The kernels of a family of formats: activations prepared in tiles of one token or of <see cref="Tile.Tokens"/>, rows alone, and panels of rows.</summary>
internal unsafe interface IIntegerKernels
{
    /// <summary>Whether tiles are the same for all formats of the family.</summary>
    static abstract bool AreAlike { get; }

    /// <summary>Bytes of prepared activations of <paramref name="tokens"/> tokens.</summary>
    static abstract long TileBytes(long k, int tokens);

    /// <summary>Scratch memory of <see cref="Rows"/>.</summary>
    static abstract long RowScratchBytes { get; }

    /// <summary>Prepares <paramref name="rows"/> rounded activations; tokens of the tile beyond them become zeros.</summary>
    static abstract void Fill(byte* tile, byte* partner, int rows, long k, int tokens);

    /// <summary>Rows [from, to) against all tokens, each a tile of its own.</summary>
    static abstract void Rows(Product* p, long from, long to, byte* scratch);

    /// <summary>Scratch memory of <see cref="Panels"/>.</summary>
    static abstract long PanelScratchBytes(long k);

    /// <summary><paramref name="rows"/> rows from <paramref name="row"/> on against all tokens in full tiles.</summary>
    static abstract void Panels(Product* p, long row, int rows, byte* scratch);
}
