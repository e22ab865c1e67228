namespace Bantam.Kernels;

/// <summary>A number that is a constant to the compiler.</summary>
internal interface INumber
{
    /// <summary>The number.</summary>
    static abstract int Value { get; }
}

internal readonly struct One : INumber
{
    public static int Value => 1;
}

internal readonly struct Two : INumber
{
    public static int Value => 2;
}

internal readonly struct Three : INumber
{
    public static int Value => 3;
}

internal readonly struct Four : INumber
{
    public static int Value => 4;
}

/// <summary>
/// The two small matrix products of attention, in blocks of up to four rows by four registers whose sums stay in
/// registers: queries times keys, and probabilities times values. Every sum is one chain of fused multiply-adds in
/// ascending order, of elements or of positions, whatever the block.
/// </summary>
internal static unsafe class AttentionBlocks<TWidth, TVector>
    where TWidth : struct, IWidth<TVector>
    where TVector : struct
{
    /// <summary>
    /// y[r][c] (+)= Σ x[r][k]·m[k][c] over k from 0 to <paramref name="n"/> − 1; strides in floats.
    /// </summary>
    /// <param name="x">[rows, n].</param>
    /// <param name="xStride">From one row of x to the next.</param>
    /// <param name="rows">One to four.</param>
    /// <param name="m">[n, columns].</param>
    /// <param name="mStride">From one row of m to the next.</param>
    /// <param name="n">Length of the sums.</param>
    /// <param name="y">[rows, columns].</param>
    /// <param name="yStride">From one row of y to the next.</param>
    /// <param name="columns">A multiple of sixteen.</param>
    /// <param name="onto">Whether the sums go on from what y holds, instead of from 0.</param>
    /// <param name="ahead">What is fetched meanwhile.</param>
    public static void Multiply(float* x, long xStride, int rows, float* m, long mStride, long n, float* y, long yStride, int columns, bool onto, ref Ahead ahead)
    {
        switch (rows)
        {
            case 4: Row<Four>(x, xStride, m, mStride, n, y, yStride, columns, onto, ref ahead); break;
            case 3: Row<Three>(x, xStride, m, mStride, n, y, yStride, columns, onto, ref ahead); break;
            case 2: Row<Two>(x, xStride, m, mStride, n, y, yStride, columns, onto, ref ahead); break;
            default: Row<One>(x, xStride, m, mStride, n, y, yStride, columns, onto, ref ahead); break;
        }
    }

    private static void Row<TRows>(float* x, long xStride, float* m, long mStride, long n, float* y, long yStride, int columns, bool onto, ref Ahead ahead)
        where TRows : struct, INumber
    {
        var c = 0;
        if (TWidth.Abreast == 4)
            for (; c + (4 * TWidth.Count) <= columns; c += 4 * TWidth.Count) Block<TRows, Four>(x, xStride, m + c, mStride, n, y + c, yStride, onto, ref ahead);
        for (; c + (2 * TWidth.Count) <= columns; c += 2 * TWidth.Count) Block<TRows, Two>(x, xStride, m + c, mStride, n, y + c, yStride, onto, ref ahead);
        for (; c < columns; c += TWidth.Count) Block<TRows, One>(x, xStride, m + c, mStride, n, y + c, yStride, onto, ref ahead);
    }

    private static void Block<TRows, TVectors>(float* x, long xStride, float* m, long mStride, long n, float* y, long yStride, bool onto, ref Ahead ahead)
        where TRows : struct, INumber
        where TVectors : struct, INumber
    {
        float* x0 = x, x1 = x + xStride, x2 = x + (2 * xStride), x3 = x + (3 * xStride);
        float* y1 = y + yStride, y2 = y + (2 * yStride), y3 = y + (3 * yStride);
        TVector s00 = default, s01 = default, s02 = default, s03 = default;
        TVector s10 = default, s11 = default, s12 = default, s13 = default;
        TVector s20 = default, s21 = default, s22 = default, s23 = default;
        TVector s30 = default, s31 = default, s32 = default, s33 = default;
        if (onto)
        {
            s00 = TWidth.Load(y);
            if (TVectors.Value > 1) s01 = TWidth.Load(y + TWidth.Count);
            if (TVectors.Value > 2) s02 = TWidth.Load(y + (2 * TWidth.Count));
            if (TVectors.Value > 2) s03 = TWidth.Load(y + (3 * TWidth.Count));
            if (TRows.Value > 1) s10 = TWidth.Load(y1);
            if (TRows.Value > 1 && TVectors.Value > 1) s11 = TWidth.Load(y1 + TWidth.Count);
            if (TRows.Value > 1 && TVectors.Value > 2) s12 = TWidth.Load(y1 + (2 * TWidth.Count));
            if (TRows.Value > 1 && TVectors.Value > 2) s13 = TWidth.Load(y1 + (3 * TWidth.Count));
            if (TRows.Value > 2) s20 = TWidth.Load(y2);
            if (TRows.Value > 2 && TVectors.Value > 1) s21 = TWidth.Load(y2 + TWidth.Count);
            if (TRows.Value > 2 && TVectors.Value > 2) s22 = TWidth.Load(y2 + (2 * TWidth.Count));
            if (TRows.Value > 2 && TVectors.Value > 2) s23 = TWidth.Load(y2 + (3 * TWidth.Count));
            if (TRows.Value > 3) s30 = TWidth.Load(y3);
            if (TRows.Value > 3 && TVectors.Value > 1) s31 = TWidth.Load(y3 + TWidth.Count);
            if (TRows.Value > 3 && TVectors.Value > 2) s32 = TWidth.Load(y3 + (2 * TWidth.Count));
            if (TRows.Value > 3 && TVectors.Value > 2) s33 = TWidth.Load(y3 + (3 * TWidth.Count));
        }
        var next = ahead.Take(n, out var step);
        for (long k = 0; k < n; k++, m += mStride, next += step)
        {
            Ahead.Touch(next, step);
            TVector m1 = default, m2 = default, m3 = default;
            var m0 = TWidth.Load(m);
            if (TVectors.Value > 1) m1 = TWidth.Load(m + TWidth.Count);
            if (TVectors.Value > 2) m2 = TWidth.Load(m + (2 * TWidth.Count));
            if (TVectors.Value > 2) m3 = TWidth.Load(m + (3 * TWidth.Count));
            var each = TWidth.Create(x0[k]);
            s00 = TWidth.MultiplyAdd(each, m0, s00);
            if (TVectors.Value > 1) s01 = TWidth.MultiplyAdd(each, m1, s01);
            if (TVectors.Value > 2) s02 = TWidth.MultiplyAdd(each, m2, s02);
            if (TVectors.Value > 2) s03 = TWidth.MultiplyAdd(each, m3, s03);
            if (TRows.Value > 1)
            {
                each = TWidth.Create(x1[k]);
                s10 = TWidth.MultiplyAdd(each, m0, s10);
                if (TVectors.Value > 1) s11 = TWidth.MultiplyAdd(each, m1, s11);
                if (TVectors.Value > 2) s12 = TWidth.MultiplyAdd(each, m2, s12);
                if (TVectors.Value > 2) s13 = TWidth.MultiplyAdd(each, m3, s13);
            }
            if (TRows.Value > 2)
            {
                each = TWidth.Create(x2[k]);
                s20 = TWidth.MultiplyAdd(each, m0, s20);
                if (TVectors.Value > 1) s21 = TWidth.MultiplyAdd(each, m1, s21);
                if (TVectors.Value > 2) s22 = TWidth.MultiplyAdd(each, m2, s22);
                if (TVectors.Value > 2) s23 = TWidth.MultiplyAdd(each, m3, s23);
            }
            if (TRows.Value > 3)
            {
                each = TWidth.Create(x3[k]);
                s30 = TWidth.MultiplyAdd(each, m0, s30);
                if (TVectors.Value > 1) s31 = TWidth.MultiplyAdd(each, m1, s31);
                if (TVectors.Value > 2) s32 = TWidth.MultiplyAdd(each, m2, s32);
                if (TVectors.Value > 2) s33 = TWidth.MultiplyAdd(each, m3, s33);
            }
        }
        TWidth.Store(s00, y);
        if (TVectors.Value > 1) TWidth.Store(s01, y + TWidth.Count);
        if (TVectors.Value > 2) TWidth.Store(s02, y + (2 * TWidth.Count));
        if (TVectors.Value > 2) TWidth.Store(s03, y + (3 * TWidth.Count));
        if (TRows.Value > 1) TWidth.Store(s10, y1);
        if (TRows.Value > 1 && TVectors.Value > 1) TWidth.Store(s11, y1 + TWidth.Count);
        if (TRows.Value > 1 && TVectors.Value > 2) TWidth.Store(s12, y1 + (2 * TWidth.Count));
        if (TRows.Value > 1 && TVectors.Value > 2) TWidth.Store(s13, y1 + (3 * TWidth.Count));
        if (TRows.Value > 2) TWidth.Store(s20, y2);
        if (TRows.Value > 2 && TVectors.Value > 1) TWidth.Store(s21, y2 + TWidth.Count);
        if (TRows.Value > 2 && TVectors.Value > 2) TWidth.Store(s22, y2 + (2 * TWidth.Count));
        if (TRows.Value > 2 && TVectors.Value > 2) TWidth.Store(s23, y2 + (3 * TWidth.Count));
        if (TRows.Value > 3) TWidth.Store(s30, y3);
        if (TRows.Value > 3 && TVectors.Value > 1) TWidth.Store(s31, y3 + TWidth.Count);
        if (TRows.Value > 3 && TVectors.Value > 2) TWidth.Store(s32, y3 + (2 * TWidth.Count));
        if (TRows.Value > 3 && TVectors.Value > 2) TWidth.Store(s33, y3 + (3 * TWidth.Count));
    }
}
