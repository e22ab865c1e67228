namespace Bantam.Kernels.Quant;

/// <summary>How the weights of a product lie in memory, for <see cref="FloatPanel"/>.</summary>
internal unsafe interface IFloatLayout
{
    /// <summary>Whether tiles read the weights as they lie; else they read floats that <see cref="Widen"/> has written.</summary>
    static abstract bool IsReadInPlace { get; }

    /// <summary>Widens <paramref name="n"/> elements from <paramref name="k"/> on of <paramref name="count"/> rows into rows of floats <paramref name="stride"/> apart.</summary>
    static abstract void Widen(Product* p, long row, long count, long k, long n, float* to, long stride);

    /// <summary>Where rows from <paramref name="row"/> on lie, for asking the memory early; nowhere if they do not lie in rows.</summary>
    static abstract FloatTile.Ahead Ahead(Product* p, long row, long k);

    /// <summary>The tiles of a piece read in place.</summary>
    static abstract void Tiles<TLanes, V>(Product* p, FloatPanel.Range rows, FloatPanel.Range tokens, in FloatPanel.Piece piece, float* lanes)
        where TLanes : struct, IFloatLanes<V>
        where V : struct;
}

/// <summary>W [N, K]: a row is contiguous.</summary>
internal readonly unsafe struct OutputsFirst<TFormat> : IFloatLayout
    where TFormat : struct, IFloatFormat
{
    public static bool IsReadInPlace => TFormat.WidensInPlace;

    public static void Widen(Product* p, long row, long count, long k, long n, float* to, long stride)
    {
        for (var r = row; r < row + count; r++, to += stride) FloatKernels.Unpack<TFormat>(At(p, r, k), to, n);
    }

    public static FloatTile.Ahead Ahead(Product* p, long row, long k) => new(At(p, row, k), p->K * TFormat.Size, Lanes.Count * TFormat.Size);

    public static void Tiles<TLanes, V>(Product* p, FloatPanel.Range rows, FloatPanel.Range tokens, in FloatPanel.Piece piece, float* lanes)
        where TLanes : struct, IFloatLanes<V>
        where V : struct => FloatPanel.Tiles<TLanes, V, TFormat>(p, rows, tokens, piece, At(p, rows.From, piece.K), p->K * TFormat.Size, lanes);

    private static byte* At(Product* p, long row, long k) => p->W + (((row * p->K) + k) * TFormat.Size);
}

/// <summary>W [K, N]: what belongs to an output is N elements apart.</summary>
internal readonly unsafe struct InputsFirst<TFormat> : IFloatLayout
    where TFormat : struct, IFloatFormat
{
    public static bool IsReadInPlace => false;

    public static void Widen(Product* p, long row, long count, long k, long n, float* to, long stride)
    {
        for (long i = 0; i < n; i++)
        {
            var w = p->W + ((((k + i) * p->N) + row) * TFormat.Size);
            for (long r = 0; r < count; r++) to[(r * stride) + i] = TFormat.Widen(w + (r * TFormat.Size));
        }
    }

    public static FloatTile.Ahead Ahead(Product* p, long row, long k) => default;

    public static void Tiles<TLanes, V>(Product* p, FloatPanel.Range rows, FloatPanel.Range tokens, in FloatPanel.Piece piece, float* lanes)
        where TLanes : struct, IFloatLanes<V>
        where V : struct => throw new NotSupportedException();
}
