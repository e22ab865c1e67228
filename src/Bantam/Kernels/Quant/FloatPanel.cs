using System.Runtime.CompilerServices;

namespace Bantam.Kernels.Quant;

/// <summary>
/// Float products with many tokens, cut to the caches. A panel of weight rows stays in the second-level cache and meets all
/// tokens, six at a time: as floats, widened once, or as it is where that is cheaper. Between pieces of K the lanes of its
/// outputs wait in scratch memory. However it is cut, an output's sum is that of its row and token alone.
/// </summary>
internal static unsafe class FloatPanel
{
    private const int Rows = 64;

    // Elements of a row in the panel: 512 KB of floats, and of rows in 16 bits 768 KB.
    private const int PanelColumns = 2048;
    private const int ColumnsInPlace = 6144;

    // With tiles of 4 × 6 at most 40 KB of a first-level cache; 20 KB were slower where that has 48.
    private const int ChunkColumns = 1024;

    // Lanes of a panel with so many tokens are 2 MB; they come and go once per piece of K.
    private const int Tokens = 512;

    /// <summary>Scratch memory of a thread for <paramref name="n"/> rows of <paramref name="k"/> elements and <paramref name="t"/> tokens.</summary>
    public static long ScratchBytes<TLayout>(long k, long n, long t)
        where TLayout : struct, IFloatLayout =>
        (PanelFloats<TLayout>(k, n) + (PanelRows(n) / FloatTile.Rows * WaitingTokens<TLayout>(k, t) * FloatTile.TokenLanes)) * sizeof(float);

    /// <summary>Rows [from, to) of the product, a multiple of four of them, with or without scales.</summary>
    public static void Multiply<TLanes, V, TLayout>(Product* p, int part, long from, long to)
        where TLanes : struct, IFloatLanes<V>
        where V : struct
        where TLayout : struct, IFloatLayout
    {
        for (var r = from; r < to; r += Rows)
            for (long t = 0; t < p->T; t += Tokens)
                Columns<TLanes, V, TLayout>(p, part, new Range(r, Math.Min(r + Rows, to), to), new Range(t, Math.Min(t + Tokens, p->T), p->T));
    }

    private static void Columns<TLanes, V, TLayout>(Product* p, int part, Range rows, Range tokens)
        where TLanes : struct, IFloatLanes<V>
        where V : struct
        where TLayout : struct, IFloatLayout
    {
        var panel = (float*)(p->Scratch + (part * p->ScratchBytes));
        var lanes = panel + PanelFloats<TLayout>(p->K, p->N);
        var block = p->Scales.Exist ? Math.Min(p->Scales.ColumnBlock, p->K) : p->K;
        var columns = Even(block, MostColumns<TLayout>());
        for (long k = 0, b = 0; k < p->K; k += block, b++)
        {
            var end = Math.Min(k + block, p->K);
            for (var at = k; at < end; at += columns)
            {
                var n = Math.Min(columns, end - at);
                // What comes next: the same rows further on in K, or the next rows.
                var (next, nextRows) = at + n < p->K
                    ? (TLayout.Ahead(p, rows.From, at + n), rows.Count)
                    : (TLayout.Ahead(p, rows.To, 0), Math.Min(Rows, rows.End - rows.To));
                var piece = new Piece(at, n, b, at == k, at + n == end, WaitingTokens<TLayout>(block, p->T), next, next.Start is null ? 0 : nextRows);
                if (TLayout.IsReadInPlace)
                {
                    TLayout.Tiles<TLanes, V>(p, rows, tokens, piece, lanes);
                    continue;
                }
                TLayout.Widen(p, rows.From, rows.Count, at, n, panel, Stride(n));
                Tiles<TLanes, V, F32>(p, rows, tokens, piece, (byte*)panel, Stride(n) * sizeof(float), lanes);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Tiles<TLanes, V, TFormat>(Product* p, Range rows, Range tokens, in Piece piece, byte* panel, long rowBytes, float* lanes)
        where TLanes : struct, IFloatLanes<V>
        where V : struct
        where TFormat : struct, IFloatFormat
    {
        var chunk = Even(piece.N, ChunkColumns);
        var nothing = new FloatTile.Ahead(panel, 0, 0);
        var toAsk = piece.NextRows * ((piece.N + chunk - 1) / chunk);
        int took;
        long asked = 0;
        for (var t = tokens.From; t < tokens.To; t += took)
        {
            took = FloatTile.Tokens<TLanes, V>(tokens.To - t);
            for (long c = 0; c < piece.N; c += chunk)
            {
                var n = Math.Min(chunk, piece.N - c);
                var x = (float*)p->X + (t * p->K) + piece.K + c;
                var w = panel + (c * TFormat.Size);
                var sums = lanes + (piece.LaneTokens > FloatTile.MostTokens ? (t - tokens.From) * FloatTile.TokenLanes : 0);
                for (var r = rows.From; r < rows.To; r += FloatTile.Rows)
                {
                    var ahead = nothing;
                    if (asked < toAsk)
                    {
                        ahead = piece.Next with { Start = piece.Next.Start + (asked % piece.NextRows * piece.Next.Row) + (asked / piece.NextRows * chunk / Lanes.Count * piece.Next.Step) };
                        asked += FloatTile.Ahead.Rows(took);
                    }
                    FloatTile.Add<TLanes, V, TFormat>(w, rowBytes, x, p->K, n, took, sums, piece.IsFirst && c == 0, ahead);
                    if (piece.IsLast && c + n == piece.N) FloatTile.Store<TLanes, V>(p, piece.Block, r, FloatTile.Rows, t, took, sums);
                    w += FloatTile.Rows * rowBytes;
                    sums += piece.LaneTokens * FloatTile.TokenLanes;
                }
            }
        }
    }

    private static long PanelRows(long n) => Math.Min(Rows, n - (n % FloatTile.Rows));

    private static int MostColumns<TLayout>()
        where TLayout : struct, IFloatLayout => TLayout.IsReadInPlace ? ColumnsInPlace : PanelColumns;

    private static long PanelFloats<TLayout>(long k, long n)
        where TLayout : struct, IFloatLayout => TLayout.IsReadInPlace ? 0 : PanelRows(n) * Stride(Math.Min(k, PanelColumns));

    // Where n columns are one piece, the lanes of a tile of tokens are folded before the next tile's come.
    private static long WaitingTokens<TLayout>(long n, long tokens)
        where TLayout : struct, IFloatLayout => n <= MostColumns<TLayout>() ? FloatTile.MostTokens : Math.Max(Math.Min(tokens, Tokens), FloatTile.MostTokens + 1);

    // From row to row of n floats: one group of lanes more than they take, so that the rows of a tile do not share places in a cache.
    private static long Stride(long n) => Round(n) + Lanes.Count;

    private static long Round(long n) => (n + Lanes.Count - 1) & -Lanes.Count;

    // n cut to equal pieces of whole groups of lanes, none longer than most.
    private static long Even(long n, long most)
    {
        var pieces = (n + most - 1) / most;
        return Round((n + pieces - 1) / pieces);
    }

    // [From, To) of what goes on to End.
    internal readonly record struct Range(long From, long To, long End)
    {
        public long Count => To - From;
    }

    // Columns [K, K + N): the first, the last, both or neither of block number Block; the lanes of how many tokens are kept
    // apart; and the rows that come next.
    internal readonly struct Piece(long k, long n, long block, bool isFirst, bool isLast, long laneTokens, FloatTile.Ahead next, long nextRows)
    {
        public readonly long K = k;
        public readonly long N = n;
        public readonly long Block = block;
        public readonly bool IsFirst = isFirst;
        public readonly bool IsLast = isLast;
        public readonly long LaneTokens = laneTokens;
        public readonly FloatTile.Ahead Next = next;
        public readonly long NextRows = nextRows;
    }
}
