using System.Runtime.CompilerServices;

namespace Bantam.Kernels.Quant;

/// <summary>
/// Float products with few tokens, whose activations stay in the second-level cache: four rows at a time, widened as they
/// are read, meet all of them, and the next four come from memory meanwhile.
/// </summary>
internal static unsafe class FloatRows
{
    // Decoding one sequence, and a few guesses of its future: however long their rows are, a panel would not pay.
    private const int FewestTokens = 3;

    // Beyond these, what a panel costs to widen is met by enough tokens: sooner where each tile of tokens pays for it too.
    private const int MostTokens = 16;
    private const int MostTokensWidened = 8;

    // Floats: half of a second-level cache of 1 MB.
    private const long MostActivations = 128 << 10;

    /// <summary>Whether <paramref name="t"/> tokens of <paramref name="k"/> elements are few.</summary>
    public static bool Suit<TFormat>(long k, long t)
        where TFormat : struct, IFloatFormat
    {
        var most = TFormat.WidensInPlace || typeof(TFormat) == typeof(F32) ? MostTokens : MostTokensWidened;
        return t <= FewestTokens || (t <= most && k * t <= MostActivations);
    }

    /// <summary>Rows [from, to) of the product, with or without scales.</summary>
    public static void Multiply<TLanes, V, TFormat>(Product* p, long from, long to)
        where TLanes : struct, IFloatLanes<V>
        where V : struct
        where TFormat : struct, IFloatFormat
    {
        var whole = to - ((to - from) % FloatTile.Rows);
        for (; from < whole; from += FloatTile.Rows) Columns<TLanes, V, TFormat>(p, from, FloatTile.Rows, whole);
        // A row without company fills the tile by itself, four times.
        for (; from < to; from++) Columns<TLanes, V, TFormat>(p, from, 1, to);
    }

    private static void Columns<TLanes, V, TFormat>(Product* p, long row, int rows, long to)
        where TLanes : struct, IFloatLanes<V>
        where V : struct
        where TFormat : struct, IFloatFormat
    {
        var rowBytes = p->K * TFormat.Size;
        var block = p->Scales.Exist ? Math.Min(p->Scales.ColumnBlock, p->K) : p->K;
        var b = 0;
        for (long k = 0; k < p->K; k += block, b++)
        {
            var w = p->W + (row * rowBytes) + (k * TFormat.Size);
            var piece = new Piece(w, rows == 1 ? 0 : rowBytes, row, rows, k, Math.Min(block, p->K - k), b);
            var next = row + (2 * FloatTile.Rows) <= to ? FloatTile.Rows * rowBytes : 0;
            Tokens<TLanes, V, TFormat>(p, piece, new FloatTile.Ahead(w + next, piece.RowBytes, Lanes.Count * TFormat.Size));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tokens<TLanes, V, TFormat>(Product* p, in Piece piece, FloatTile.Ahead next)
        where TLanes : struct, IFloatLanes<V>
        where V : struct
        where TFormat : struct, IFloatFormat
    {
        var lanes = stackalloc float[FloatTile.MostTokens * FloatTile.TokenLanes];
        var x = (float*)p->X + piece.K;
        int took, asked = 0;
        for (long t = 0; t < p->T; t += took, x += took * p->K)
        {
            took = FloatTile.Tokens<TLanes, V>(p->T - t);
            // The first tiles ask for the next rows, the others for what they have.
            var ahead = asked < FloatTile.Rows ? next with { Start = next.Start + (asked * next.Row) } : new(piece.W, 0, 0);
            asked += FloatTile.Ahead.Rows(took);
            FloatTile.Add<TLanes, V, TFormat>(piece.W, piece.RowBytes, x, p->K, piece.N, took, lanes, first: true, ahead);
            FloatTile.Store<TLanes, V>(p, piece.Block, piece.Row, piece.Rows, t, took, lanes);
        }
    }

    // Columns [K, K + N) of four rows, or of one four times; Block counts columns that share a scale.
    private readonly struct Piece(byte* w, long rowBytes, long row, int rows, long k, long n, long block)
    {
        public readonly byte* W = w;
        public readonly long RowBytes = rowBytes;
        public readonly long Row = row;
        public readonly int Rows = rows;
        public readonly long K = k;
        public readonly long N = n;
        public readonly long Block = block;
    }
}
