namespace Bantam.Kernels.Quant;

/// <summary>What the panels of the integer formats have in common: the lanes of a tile, [16, tokens, 2 registers of rows], become its outputs.</summary>
internal static unsafe class PanelSums<TSimd, V>
    where TSimd : struct, ISimd<V>
    where V : struct
{
    private const int Tokens = Tile.Tokens;

    /// <summary>Folds the lanes, of which those beyond <paramref name="blocks"/> were not written, as <see cref="Lanes.Fold(float*)"/> does, and stores the first <paramref name="tokens"/> tokens' rows.</summary>
    public static void Store(float* lanes, long blocks, float* y, long stride, int tokens)
    {
        var registers = 2 * Tokens;
        var lane = registers * TSimd.Width;
        for (var l = (int)Math.Min(blocks, Lanes.Count); l < Lanes.Count; l++) new Span<float>(lanes + (l * lane), lane).Clear();
        for (var i = 0; i < 2 * tokens; i++)
        {
            var at = lanes + (i * TSimd.Width);
            V s0 = Pair(at, 0), s1 = Pair(at, 1), s2 = Pair(at, 2), s3 = Pair(at, 3), s4 = Pair(at, 4), s5 = Pair(at, 5), s6 = Pair(at, 6), s7 = Pair(at, 7);
            s0 = TSimd.AddSingles(TSimd.AddSingles(s0, s4), TSimd.AddSingles(s2, s6));
            s1 = TSimd.AddSingles(TSimd.AddSingles(s1, s5), TSimd.AddSingles(s3, s7));
            TSimd.Store(TSimd.AddSingles(s0, s1), y + (i / 2 * stride) + (i % 2 * TSimd.Width));
        }

        V Pair(float* at, int l) => TSimd.AddSingles(TSimd.Load(at + (l * lane)), TSimd.Load(at + ((l + 8) * lane)));
    }
}
