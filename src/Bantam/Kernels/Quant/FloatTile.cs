using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Bantam.Kernels.Quant;

/// <summary>
/// The micro-kernel of float products: the lanes of four weight rows with one, three or six tokens, all in registers, so
/// that a step of six tokens is ten loads for twenty-four multiply-adds. Between calls the lanes lie in memory as
/// [tokens, 4, 16]; a call adds elements to them and leaves them there.
/// </summary>
internal static unsafe class FloatTile
{
    /// <summary>Rows of a tile.</summary>
    public const int Rows = 4;

    /// <summary>Floats that one token's lanes take.</summary>
    public const int TokenLanes = Rows * Lanes.Count;

    /// <summary>Most tokens of a tile.</summary>
    public const int MostTokens = 6;

    /// <summary>Adds <paramref name="n"/> elements of four rows and some tokens to their lanes.</summary>
    /// <param name="w">First element of the first row; a row is <paramref name="rowBytes"/> long.</param>
    /// <param name="rowBytes">From row to row.</param>
    /// <param name="x">First element of the first token.</param>
    /// <param name="k">Floats from token to token.</param>
    /// <param name="n">Elements; unless these are the last, whole groups of sixteen.</param>
    /// <param name="tokens">How many, from <see cref="Tokens"/>.</param>
    /// <param name="lanes">[tokens, 4, 16].</param>
    /// <param name="first">Whether these are the first elements: the lanes begin at zero.</param>
    /// <param name="ahead">What is fetched meanwhile.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add<TLanes, V, TFormat>(byte* w, long rowBytes, float* x, long k, long n, int tokens, float* lanes, bool first, Ahead ahead)
        where TLanes : struct, IFloatLanes<V>
        where V : struct
        where TFormat : struct, IFloatFormat
    {
        var (steps, tail) = (n / Lanes.Count, n % Lanes.Count);
        if (tokens == 6) Six<TLanes, V, TFormat>(w, rowBytes, x, k, steps, lanes, first, ahead);
        else if (tokens == 3) Three<TLanes, V, TFormat>(w, rowBytes, x, k, steps, lanes, first, ahead);
        else One<TLanes, V, TFormat>(w, rowBytes, x, steps, lanes, first, ahead);
        if (tail != 0) AddTail<TFormat>(w + ((n - tail) * TFormat.Size), rowBytes, x + (n - tail), k, tail, tokens, lanes);
    }

    /// <summary>How many of <paramref name="left"/> tokens the next tile takes.</summary>
    public static int Tokens<TLanes, V>(long left)
        where TLanes : struct, IFloatLanes<V>
        where V : struct => TLanes.FitsSix && left >= 6 ? 6 : left >= 3 ? 3 : 1;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Six<TLanes, V, TFormat>(byte* w, long rowBytes, float* x, long k, long steps, float* lanes, bool first, Ahead ahead)
        where TLanes : struct, IFloatLanes<V>
        where V : struct
        where TFormat : struct, IFloatFormat
    {
        var row3 = 3 * rowBytes;
        for (var part = 0; part < Lanes.Count; part += TLanes.Width)
        {
            Column<TLanes, V> c0 = new(lanes + part, first), c1 = new(lanes + part + TokenLanes, first), c2 = new(lanes + part + (2 * TokenLanes), first);
            Column<TLanes, V> c3 = new(lanes + part + (3 * TokenLanes), first), c4 = new(lanes + part + (4 * TokenLanes), first), c5 = new(lanes + part + (5 * TokenLanes), first);
            var at = w + (part * TFormat.Size);
            var next = ahead.Start;
            var (nextRow, nextStep) = (ahead.Row, ahead.Step);
            float* x0 = x + part, x1 = x0 + k, x2 = x1 + k, x3 = x2 + k, x4 = x3 + k, x5 = x4 + k;
            for (long i = 0; i < steps * Lanes.Count; i += Lanes.Count, at += Lanes.Count * TFormat.Size, next += nextStep)
            {
                Prefetch(next);
                Prefetch(next + nextRow);
                var w0 = TLanes.Widen<TFormat>(at);
                var w1 = TLanes.Widen<TFormat>(at + rowBytes);
                var w2 = TLanes.Widen<TFormat>(at + (2 * rowBytes));
                var w3 = TLanes.Widen<TFormat>(at + row3);
                c0.Add(w0, w1, w2, w3, TLanes.Load(x0 + i));
                c1.Add(w0, w1, w2, w3, TLanes.Load(x1 + i));
                c2.Add(w0, w1, w2, w3, TLanes.Load(x2 + i));
                c3.Add(w0, w1, w2, w3, TLanes.Load(x3 + i));
                c4.Add(w0, w1, w2, w3, TLanes.Load(x4 + i));
                c5.Add(w0, w1, w2, w3, TLanes.Load(x5 + i));
            }
            c0.Store(lanes + part);
            c1.Store(lanes + part + TokenLanes);
            c2.Store(lanes + part + (2 * TokenLanes));
            c3.Store(lanes + part + (3 * TokenLanes));
            c4.Store(lanes + part + (4 * TokenLanes));
            c5.Store(lanes + part + (5 * TokenLanes));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Three<TLanes, V, TFormat>(byte* w, long rowBytes, float* x, long k, long steps, float* lanes, bool first, Ahead ahead)
        where TLanes : struct, IFloatLanes<V>
        where V : struct
        where TFormat : struct, IFloatFormat
    {
        var row3 = 3 * rowBytes;
        for (var part = 0; part < Lanes.Count; part += TLanes.Width)
        {
            Column<TLanes, V> c0 = new(lanes + part, first), c1 = new(lanes + part + TokenLanes, first), c2 = new(lanes + part + (2 * TokenLanes), first);
            var at = w + (part * TFormat.Size);
            var next = ahead.Start;
            var (nextRow, nextStep) = (ahead.Row, ahead.Step);
            float* x0 = x + part, x1 = x0 + k, x2 = x1 + k;
            for (long i = 0; i < steps * Lanes.Count; i += Lanes.Count, at += Lanes.Count * TFormat.Size, next += nextStep)
            {
                Prefetch(next);
                Prefetch(next + nextRow);
                Prefetch(next + (2 * nextRow));
                Prefetch(next + (3 * nextRow));
                // A row at a time: three activations and one weight beside the sums are all that sixteen registers hold.
                V a = TLanes.Load(x0 + i), b = TLanes.Load(x1 + i), c = TLanes.Load(x2 + i);
                var row = TLanes.Widen<TFormat>(at);
                c0.A = TLanes.MultiplyAdd(row, a, c0.A);
                c1.A = TLanes.MultiplyAdd(row, b, c1.A);
                c2.A = TLanes.MultiplyAdd(row, c, c2.A);
                row = TLanes.Widen<TFormat>(at + rowBytes);
                c0.B = TLanes.MultiplyAdd(row, a, c0.B);
                c1.B = TLanes.MultiplyAdd(row, b, c1.B);
                c2.B = TLanes.MultiplyAdd(row, c, c2.B);
                row = TLanes.Widen<TFormat>(at + (2 * rowBytes));
                c0.C = TLanes.MultiplyAdd(row, a, c0.C);
                c1.C = TLanes.MultiplyAdd(row, b, c1.C);
                c2.C = TLanes.MultiplyAdd(row, c, c2.C);
                row = TLanes.Widen<TFormat>(at + row3);
                c0.D = TLanes.MultiplyAdd(row, a, c0.D);
                c1.D = TLanes.MultiplyAdd(row, b, c1.D);
                c2.D = TLanes.MultiplyAdd(row, c, c2.D);
            }
            c0.Store(lanes + part);
            c1.Store(lanes + part + TokenLanes);
            c2.Store(lanes + part + (2 * TokenLanes));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One<TLanes, V, TFormat>(byte* w, long rowBytes, float* x, long steps, float* lanes, bool first, Ahead ahead)
        where TLanes : struct, IFloatLanes<V>
        where V : struct
        where TFormat : struct, IFloatFormat
    {
        var row3 = 3 * rowBytes;
        for (var part = 0; part < Lanes.Count; part += TLanes.Width)
        {
            var c = new Column<TLanes, V>(lanes + part, first);
            var at = w + (part * TFormat.Size);
            var next = ahead.Start;
            var (nextRow, nextStep) = (ahead.Row, ahead.Step);
            for (long i = part; i < steps * Lanes.Count; i += Lanes.Count, at += Lanes.Count * TFormat.Size, next += nextStep)
            {
                Prefetch(next);
                Prefetch(next + nextRow);
                Prefetch(next + (2 * nextRow));
                Prefetch(next + (3 * nextRow));
                c.Add(TLanes.Widen<TFormat>(at), TLanes.Widen<TFormat>(at + rowBytes), TLanes.Widen<TFormat>(at + (2 * rowBytes)), TLanes.Widen<TFormat>(at + row3), TLanes.Load(x + i));
            }
            c.Store(lanes + part);
        }
    }

    // Into the second-level cache. Never faults; where there is no such instruction, the processor guesses on its own.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(byte* p)
    {
        if (Sse.IsSupported) Sse.Prefetch1(p);
    }

    /// <summary>
    /// Weights that a tile asks the memory for while it computes, so that they have come when their turn does: a tile of six
    /// tokens asks for two rows, the others for four.
    /// </summary>
    internal readonly struct Ahead(byte* start, long row, long step)
    {
        /// <summary>First element of the first row.</summary>
        public byte* Start { get; init; } = start;

        /// <summary>Bytes from row to row.</summary>
        public long Row { get; init; } = row;

        /// <summary>Bytes of sixteen elements.</summary>
        public long Step { get; init; } = step;

        /// <summary>Rows that a tile of so many tokens asks for.</summary>
        public static int Rows(int tokens) => tokens == 6 ? 2 : 4;
    }

    // The last, incomplete group of elements.
    private static void AddTail<TFormat>(byte* w, long rowBytes, float* x, long k, long n, int tokens, float* lanes)
        where TFormat : struct, IFloatFormat
    {
        for (var t = 0; t < tokens; t++, x += k)
            for (var r = 0; r < Rows; r++, lanes += Lanes.Count)
                for (long i = 0; i < n; i++)
                    lanes[i] = MathF.FusedMultiplyAdd(TFormat.Widen(w + (r * rowBytes) + (i * TFormat.Size)), x[i], lanes[i]);
    }

    /// <summary>Writes the dot products that the lanes of a tile hold.</summary>
    /// <param name="p">The product.</param>
    /// <param name="block">Which block of columns the lanes are the sum of; each has a scale where there are scales.</param>
    /// <param name="row">First row.</param>
    /// <param name="rows">How many of the tile's rows are wanted, four or one.</param>
    /// <param name="token">First token.</param>
    /// <param name="tokens">How many.</param>
    /// <param name="lanes">[tokens, 4, 16].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Store<TLanes, V>(Product* p, long block, long row, int rows, long token, int tokens, float* lanes)
        where TLanes : struct, IFloatLanes<V>
        where V : struct
    {
        var y = p->Y + (token * p->N) + row;
        if (!p->Scales.Exist && rows == Rows)
        {
            for (var t = 0; t < tokens; t++, y += p->N, lanes += TokenLanes) Fold<TLanes, V>(lanes).Store(y);
            return;
        }
        for (var t = 0; t < tokens; t++, y += p->N, lanes += TokenLanes)
        {
            var dots = Fold<TLanes, V>(lanes);
            for (var r = 0; r < rows; r++)
            {
                var dot = dots.GetElement(r);
                if (!p->Scales.Exist) y[r] = dot;
                else if (block == 0) y[r] = p->Scales.Of(row + r)[0] * dot;
                else y[r] += p->Scales.Of(row + r)[block] * dot;
            }
        }
    }

    // One token's lanes to the dot products of four rows.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Fold<TLanes, V>(float* lanes)
        where TLanes : struct, IFloatLanes<V>
        where V : struct
    {
        // Sixteen to four within each row, then the rows' fours beside each other: the tree of Lanes.Fold.
        Vector128<float> a = TLanes.Four(lanes), b = TLanes.Four(lanes + Lanes.Count), c = TLanes.Four(lanes + (2 * Lanes.Count)), d = TLanes.Four(lanes + (3 * Lanes.Count));
        var ab = Lower(a, b) + Upper(a, b);
        var cd = Lower(c, d) + Upper(c, d);
        return Even(ab, cd) + Odd(ab, cd);
    }

    // Two floats of each; the framework keeps halves of a register in memory, so they are blended instead.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Lower(Vector128<float> a, Vector128<float> b) => Blend(a, Vector128.Shuffle(b, Vector128.Create(0, 1, 0, 1)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Upper(Vector128<float> a, Vector128<float> b) => Blend(Vector128.Shuffle(a, Vector128.Create(2, 3, 2, 3)), b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Even(Vector128<float> a, Vector128<float> b) =>
        Blend(Vector128.Shuffle(a, Vector128.Create(0, 2, 0, 2)), Vector128.Shuffle(b, Vector128.Create(0, 2, 0, 2)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Odd(Vector128<float> a, Vector128<float> b) =>
        Blend(Vector128.Shuffle(a, Vector128.Create(1, 3, 1, 3)), Vector128.Shuffle(b, Vector128.Create(1, 3, 1, 3)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Blend(Vector128<float> lower, Vector128<float> upper) =>
        Vector128.ConditionalSelect(Vector128.Create(-1, -1, 0, 0).AsSingle(), lower, upper);

    // The lanes of one token with the four rows.
    private struct Column<TLanes, V>
        where TLanes : struct, IFloatLanes<V>
        where V : struct
    {
        public V A;
        public V B;
        public V C;
        public V D;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Column(float* lanes, bool first)
        {
            if (first)
            {
                A = B = C = D = TLanes.Zero;
                return;
            }
            A = TLanes.Load(lanes);
            B = TLanes.Load(lanes + Lanes.Count);
            C = TLanes.Load(lanes + (2 * Lanes.Count));
            D = TLanes.Load(lanes + (3 * Lanes.Count));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Add(V w0, V w1, V w2, V w3, V x)
        {
            A = TLanes.MultiplyAdd(w0, x, A);
            B = TLanes.MultiplyAdd(w1, x, B);
            C = TLanes.MultiplyAdd(w2, x, C);
            D = TLanes.MultiplyAdd(w3, x, D);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Store(float* lanes)
        {
            TLanes.Store(A, lanes);
            TLanes.Store(B, lanes + Lanes.Count);
            TLanes.Store(C, lanes + (2 * Lanes.Count));
            TLanes.Store(D, lanes + (3 * Lanes.Count));
        }
    }
}
