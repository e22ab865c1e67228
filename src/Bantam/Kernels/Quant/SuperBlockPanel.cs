using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Bantam.Kernels.Quant;

/// <summary>
/// Rows of an <see cref="ISuperBlock"/> format against many tokens: as <see cref="Block32Panel{TFormat, TSimd, V}"/>, with
/// the scales of sub-blocks multiplied in as integers. The numbers are those of <see cref="SuperBlockRow"/>, bit for bit.
/// </summary>
internal static unsafe class SuperBlockPanel<TFormat, TSimd, V>
    where TFormat : struct, ISuperBlock
    where TSimd : struct, ISimd<V>
    where V : struct
{
    private const int Tokens = Tile.Tokens;

    private const int Size = Q8_K.Size;
    private const int Pairs = SuperBlockTile.Pairs;

    // Signed codes of eight bits go as two planes of four, u = 16·h + l with u = q + 128.
    private static int Planes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TFormat.IsSigned ? 2 : 1;
    }

    private static int Offset
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TFormat.IsSigned ? 128 : TFormat.Offset;
    }

    private static bool HasPairs
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TFormat.HasMinima || Offset != 0;
    }

    private static int SubBlocks
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Size / TFormat.SubSize;
    }

    // Steps of four codes in a sub-block, and those whose sums of two products a short holds: 15·127·2·8, 31·127·2·4, 63·127·2·2.
    private static int Steps
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TFormat.SubSize / 4;
    }

    private static int StepsPerSum
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Math.Min(Steps, TFormat.IsSigned || TFormat.Highest <= 15 ? 8 : TFormat.Highest <= 31 ? 4 : 2);
    }

    private static int Register
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TSimd.Width * 4;
    }

    /// <summary>Rows of a panel.</summary>
    public static int Rows => 2 * TSimd.Width;

    private static long CodeBytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (Planes * (Size / 4L) * 2 * Register) + ScaleBytes;
    }

    // Scales as pairs of equal shorts, a register for each sub-block and plane; then what meets the sums.
    private static long ScaleBytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 2L * Register * ((Planes * SubBlocks) + (HasPairs ? Pairs : 0));
    }

    /// <summary>Bytes of scratch memory: panel, factors, lanes of a tile, and the codes of 32 elements of each row.</summary>
    public static long ScratchBytes(long k) => PanelBytes(k / Size) + LaneBytes + (Rows * 32 * 2);

    private static long PanelBytes(long blocks) => blocks * (CodeBytes + (4L * Register));

    private static long LaneBytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Lanes.Count * 2L * Tokens * Register;
    }

    /// <summary>Multiplies <see cref="Rows"/> rows from <paramref name="row"/> on with all tokens.</summary>
    public static void Multiply(Product* p, long row, byte* scratch)
    {
        var blocks = p->K / Size;
        var lanes = (float*)(scratch + PanelBytes(blocks));
        Unpack(p->W + (row * blocks * TFormat.Bytes), scratch, blocks, (byte*)lanes + LaneBytes);
        var tileBytes = SuperBlockTile.Bytes(p->K, Tokens);
        for (long t = 0; t < p->T; t += Tokens)
        {
            Sum(scratch, new SuperBlockTile(p->X + (t / Tokens * tileBytes), p->K, Tokens), blocks, lanes);
            PanelSums<TSimd, V>.Store(lanes, blocks, p->Y + (t * p->N) + row, p->N, (int)Math.Min(Tokens, p->T - t));
        }
    }

    // Panel, for each super-block: scales [planes, sub-blocks, 2 registers], what meets the sums [8, 2 registers], codes
    // [sub-blocks, planes, steps, 2 registers]. Then d and dmin of all, [blocks, 2, 2 registers].
    private static void Unpack(byte* w, byte* panel, long blocks, byte* temporary)
    {
        var rowBytes = blocks * TFormat.Bytes;
        var factors = (float*)(panel + (blocks * CodeBytes));
        for (long b = 0; b < blocks; b++, w += TFormat.Bytes, panel += CodeBytes, factors += 2 * Rows)
        {
            for (var r = 0; r < Rows; r++)
            {
                var block = w + (r * rowBytes);
                factors[r] = TFormat.Scale(block);
                if (TFormat.HasMinima) factors[Rows + r] = TFormat.MinimumScale(block);
                Scales(block, (int*)panel + r);
            }
            for (var part = 0; part < Size / 32; part++)
                for (var half = 0; half < 2; half++)
                    Codes(w + (half * TSimd.Width * rowBytes), rowBytes, part, panel + ScaleBytes + (half * Register), temporary);
        }
    }

    private static void Scales(byte* block, int* to)
    {
        TFormat.SubScales(block, out var scales, out var minima);
        sbyte* scale = stackalloc sbyte[16], minimum = stackalloc sbyte[16];
        scales.Store(scale);
        minima.Store(minimum);
        for (var plane = 0; plane < Planes; plane++)
            for (var sub = 0; sub < SubBlocks; sub++, to += Rows)
            {
                var factor = Planes == 2 && plane == 0 ? 16 : 1;
                *to = Twice(scale[sub] * factor, scale[sub] * factor);
            }
        if (!HasPairs) return;
        var each = TFormat.HasMinima ? minimum : scale;
        for (var pair = 0; pair < Pairs; pair++, to += Rows)
            *to = TFormat.SubSize == 32 ? Twice(each[pair], each[pair]) : Twice(each[2 * pair], each[(2 * pair) + 1]);

        static int Twice(int low, int high) => (low & 0xffff) | (high << 16);
    }

    private static void Codes(byte* w, long rowBytes, int part, byte* to, byte* temporary)
    {
        var other = temporary + (TSimd.Width * 32);
        for (var r = 0; r < TSimd.Width; r++, w += rowBytes)
        {
            var codes = TFormat.Codes(w, part).AsByte();
            if (TFormat.IsSigned)
            {
                var shifted = codes ^ Vector256.Create((byte)0x80);
                ((shifted.AsUInt16() >> 4).AsByte() & Vector256.Create((byte)15)).Store(temporary + (r * 32));
                (shifted & Vector256.Create((byte)15)).Store(other + (r * 32));
            }
            else codes.Store(temporary + (r * 32));
        }
        // The eight steps of 32 elements are those of one sub-block or of two; planes lie sub-block by sub-block.
        to += part * Planes * 8 * 2 * Register;
        TSimd.Transpose(temporary, to, 2 * Register);
        if (Planes == 2) TSimd.Transpose(other, to + (8 * 2 * Register), 2 * Register);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sum(byte* panel, SuperBlockTile x, long blocks, float* lanes)
    {
        var factors = panel + (blocks * CodeBytes);
        var codes = x.Codes;
        var activationScales = x.Scales;
        var sums = x.Sums;
        for (long b = 0; b < blocks; b++, factors += 4 * Register, activationScales += Tokens, sums += Pairs * Tokens)
        {
            var scales = panel;
            var pairs = panel + (Planes * SubBlocks * 2 * Register);
            panel += ScaleBytes;
            V i00 = TSimd.Zero, i01 = TSimd.Zero, i02 = TSimd.Zero, i03 = TSimd.Zero;
            V i10 = TSimd.Zero, i11 = TSimd.Zero, i12 = TSimd.Zero, i13 = TSimd.Zero;
            for (var sub = 0; sub < SubBlocks; sub++, scales += 2 * Register, codes += TFormat.SubSize * Tokens)
                for (var plane = 0; plane < Planes; plane++)
                {
                    var a = codes;
                    var w = scales + (plane * SubBlocks * 2 * Register);
                    var c0 = TSimd.Load(w);
                    var c1 = TSimd.Load(w + Register);
                    for (var sum = 0; sum < Steps; sum += StepsPerSum)
                    {
                        V s00 = TSimd.Zero, s01 = TSimd.Zero, s02 = TSimd.Zero, s03 = TSimd.Zero;
                        V s10 = TSimd.Zero, s11 = TSimd.Zero, s12 = TSimd.Zero, s13 = TSimd.Zero;
                        for (var step = 0; step < StepsPerSum; step++, panel += 2 * Register, a += 4 * Tokens)
                        {
                            var w0 = TSimd.Load(panel);
                            var w1 = TSimd.Load(panel + Register);
                            var x0 = TSimd.Broadcast(((int*)a)[0]);
                            s00 = TSimd.AddShorts(s00, TSimd.MultiplyBytes(w0, x0));
                            s10 = TSimd.AddShorts(s10, TSimd.MultiplyBytes(w1, x0));
                            var x1 = TSimd.Broadcast(((int*)a)[1]);
                            s01 = TSimd.AddShorts(s01, TSimd.MultiplyBytes(w0, x1));
                            s11 = TSimd.AddShorts(s11, TSimd.MultiplyBytes(w1, x1));
                            var x2 = TSimd.Broadcast(((int*)a)[2]);
                            s02 = TSimd.AddShorts(s02, TSimd.MultiplyBytes(w0, x2));
                            s12 = TSimd.AddShorts(s12, TSimd.MultiplyBytes(w1, x2));
                            var x3 = TSimd.Broadcast(((int*)a)[3]);
                            s03 = TSimd.AddShorts(s03, TSimd.MultiplyBytes(w0, x3));
                            s13 = TSimd.AddShorts(s13, TSimd.MultiplyBytes(w1, x3));
                        }
                        i00 = TSimd.AddInts(i00, TSimd.MultiplyShorts(s00, c0));
                        i10 = TSimd.AddInts(i10, TSimd.MultiplyShorts(s10, c1));
                        i01 = TSimd.AddInts(i01, TSimd.MultiplyShorts(s01, c0));
                        i11 = TSimd.AddInts(i11, TSimd.MultiplyShorts(s11, c1));
                        i02 = TSimd.AddInts(i02, TSimd.MultiplyShorts(s02, c0));
                        i12 = TSimd.AddInts(i12, TSimd.MultiplyShorts(s12, c1));
                        i03 = TSimd.AddInts(i03, TSimd.MultiplyShorts(s03, c0));
                        i13 = TSimd.AddInts(i13, TSimd.MultiplyShorts(s13, c1));
                    }
                }
            var lane = lanes + (b % Lanes.Count * 2 * Tokens * TSimd.Width);
            var isFirst = b < Lanes.Count;
            Join(i00, i10, 0, pairs, factors, activationScales, sums, lane, isFirst);
            Join(i01, i11, 1, pairs, factors, activationScales, sums, lane, isFirst);
            Join(i02, i12, 2, pairs, factors, activationScales, sums, lane, isFirst);
            Join(i03, i13, 3, pairs, factors, activationScales, sums, lane, isFirst);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Join(V sum0, V sum1, int t, byte* pairs, byte* factors, float* activationScales, int* sums, float* lane, bool isFirst)
    {
        V m0 = TSimd.Zero, m1 = TSimd.Zero;
        if (HasPairs)
            for (var pair = 0; pair < Pairs; pair++, pairs += 2 * Register)
            {
                var s = TSimd.Broadcast(sums[(pair * Tokens) + t]);
                m0 = TSimd.AddInts(m0, TSimd.MultiplyShorts(TSimd.Load(pairs), s));
                m1 = TSimd.AddInts(m1, TSimd.MultiplyShorts(TSimd.Load(pairs + Register), s));
            }
        if (Offset != 0)
        {
            var offset = TSimd.Broadcast(Offset);
            sum0 = TSimd.SubtractInts(sum0, TSimd.MultiplyInts(m0, offset));
            sum1 = TSimd.SubtractInts(sum1, TSimd.MultiplyInts(m1, offset));
        }
        float* at0 = lane + (2 * t * TSimd.Width), at1 = at0 + TSimd.Width;
        var d = TSimd.Broadcast(activationScales[t]);
        var lane0 = TSimd.FusedMultiplyAdd(TSimd.MultiplySingles(TSimd.Load(factors), d), TSimd.ToSingle(sum0), isFirst ? TSimd.Zero : TSimd.Load(at0));
        var lane1 = TSimd.FusedMultiplyAdd(TSimd.MultiplySingles(TSimd.Load(factors + Register), d), TSimd.ToSingle(sum1), isFirst ? TSimd.Zero : TSimd.Load(at1));
        if (TFormat.HasMinima)
        {
            lane0 = TSimd.FusedMultiplyAdd(TSimd.MultiplySingles(TSimd.Load(factors + (2 * Register)), d), TSimd.ToSingle(TSimd.SubtractInts(TSimd.Zero, m0)), lane0);
            lane1 = TSimd.FusedMultiplyAdd(TSimd.MultiplySingles(TSimd.Load(factors + (3 * Register)), d), TSimd.ToSingle(TSimd.SubtractInts(TSimd.Zero, m1)), lane1);
        }
        TSimd.Store(lane0, at0);
        TSimd.Store(lane1, at1);
    }
}
