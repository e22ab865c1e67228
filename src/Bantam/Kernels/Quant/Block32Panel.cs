using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Bantam.Kernels.Quant;

/// <summary>
/// Rows of an <see cref="IBlock32"/> format against many tokens. Two registers' worth of rows are unpacked once into a
/// panel that stays in the second-level cache, four codes of each row side by side, and meet the tokens four at a time:
/// a register of weights times one broadcast integer is four products for each of its rows, and after the eight steps of a
/// block each lane holds an exact integer, which meets its scales and joins its lane. The numbers are those of
/// <see cref="Block32Row"/>, bit for bit.
/// </summary>
internal static unsafe class Block32Panel<TFormat, TSimd, V>
    where TFormat : struct, IBlock32
    where TSimd : struct, ISimd<V>
    where V : struct
{
    private const int Tokens = Tile.Tokens;

    private const int Size = Block32Tile.Size;
    private const int Steps = Size / 4;

    // Signed codes of eight bits go as two planes of four, u = 16·h + l with u = q + 128: sums of sixteen-bit products
    // would not hold them otherwise.
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

    // Steps whose sums of two products a short holds: 15·127·2·8, 31·127·2·4.
    private static int StepsPerSum
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TFormat.IsSigned || TFormat.Highest <= 15 ? 8 : 4;
    }

    private static int Register
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TSimd.Width * 4;
    }

    /// <summary>Rows of a panel.</summary>
    public static int Rows => 2 * TSimd.Width;

    /// <summary>Bytes of scratch memory: codes, scales, minima, the lanes of a tile, and the codes of a block of each row.</summary>
    public static long ScratchBytes(long k) => PanelBytes(k / Size) + LaneBytes + (Rows * Size * 3);

    private static long CodeBytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Planes * Steps * 2L * Register;
    }

    private static long PanelBytes(long blocks) => blocks * (CodeBytes + (2L * Register * (TFormat.HasMinimum ? 2 : 1)));

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
        var tileBytes = Block32Tile.Bytes(p->K, Tokens);
        for (long t = 0; t < p->T; t += Tokens)
        {
            Sum(scratch, new Block32Tile(p->X + (t / Tokens * tileBytes), p->K, Tokens), blocks, lanes);
            PanelSums<TSimd, V>.Store(lanes, blocks, p->Y + (t * p->N) + row, p->N, (int)Math.Min(Tokens, p->T - t));
        }
    }

    // Panel: codes [blocks, planes, 8 steps, 2 registers], then scales and minima [blocks, 2 registers] each.
    private static void Unpack(byte* w, byte* panel, long blocks, byte* temporary)
    {
        var rowBytes = blocks * TFormat.Bytes;
        var scales = (float*)(panel + (blocks * CodeBytes));
        var minima = scales + (blocks * Rows);
        var heads = (uint*)(temporary + (Rows * Size * 2));
        for (long b = 0; b < blocks; b++, w += TFormat.Bytes, panel += CodeBytes, scales += Rows, minima += Rows)
        {
            for (var half = 0; half < 2; half++)
            {
                byte* at = temporary, other = temporary + (TSimd.Width * Size);
                for (var r = half * TSimd.Width; r < (half + 1) * TSimd.Width; r++, at += Size, other += Size)
                {
                    var block = w + (r * rowBytes);
                    var codes = TFormat.Codes(block).AsByte();
                    if (TFormat.IsSigned)
                    {
                        var shifted = codes ^ Vector256.Create((byte)0x80);
                        ((shifted.AsUInt16() >> 4).AsByte() & Vector256.Create((byte)15)).Store(at);
                        (shifted & Vector256.Create((byte)15)).Store(other);
                    }
                    else codes.Store(at);
                    heads[r] = *(uint*)block;
                }
                for (var plane = 0; plane < Planes; plane++)
                    Transposed(temporary + (plane * TSimd.Width * Size), panel + (plane * Steps * 2 * Register) + (half * Register));
            }
            for (var r = 0; r < Rows; r += 8)
            {
                if (Vector256.IsHardwareAccelerated) TFormat.Scales(Vector256.Load(heads + r)).Store(scales + r);
                else
                    for (var i = r; i < r + 8; i++) scales[i] = TFormat.Scale((byte*)(heads + i));
                if (!TFormat.HasMinimum) continue;
                if (Vector256.IsHardwareAccelerated) F16.Widen(Vector256.Load(heads + r) >> 16).Store(minima + r);
                else
                    for (var i = r; i < r + 8; i++) minima[i] = TFormat.Minimum((byte*)(heads + i));
            }
        }
    }

    // Eight registers, every second of a panel's sixteen.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transposed(byte* rows, byte* to) => TSimd.Transpose(rows, to, 2 * Register);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sum(byte* panel, Block32Tile x, long blocks, float* lanes)
    {
        var scales = panel + (blocks * CodeBytes);
        var minima = scales + (blocks * 2 * Register);
        var one = TSimd.Broadcast(0x00010001);
        var sixteen = TSimd.Broadcast(0x00100010);
        var codes = x.Codes;
        var activationScales = x.Scales;
        var terms = x.Terms;
        for (long b = 0; b < blocks; b++, scales += 2 * Register, minima += 2 * Register, codes += Size * Tokens, activationScales += Tokens, terms += Tokens)
        {
            V i00 = TSimd.Zero, i01 = TSimd.Zero, i02 = TSimd.Zero, i03 = TSimd.Zero;
            V i10 = TSimd.Zero, i11 = TSimd.Zero, i12 = TSimd.Zero, i13 = TSimd.Zero;
            for (var plane = 0; plane < Planes; plane++)
            {
                var a = codes;
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
                    var factor = Planes == 2 && plane == 0 ? sixteen : one;
                    i00 = TSimd.AddInts(i00, TSimd.MultiplyShorts(s00, factor));
                    i10 = TSimd.AddInts(i10, TSimd.MultiplyShorts(s10, factor));
                    i01 = TSimd.AddInts(i01, TSimd.MultiplyShorts(s01, factor));
                    i11 = TSimd.AddInts(i11, TSimd.MultiplyShorts(s11, factor));
                    i02 = TSimd.AddInts(i02, TSimd.MultiplyShorts(s02, factor));
                    i12 = TSimd.AddInts(i12, TSimd.MultiplyShorts(s12, factor));
                    i03 = TSimd.AddInts(i03, TSimd.MultiplyShorts(s03, factor));
                    i13 = TSimd.AddInts(i13, TSimd.MultiplyShorts(s13, factor));
                }
            }
            var lane = lanes + (b % Lanes.Count * 2 * Tokens * TSimd.Width);
            var isFirst = b < Lanes.Count;
            Join(i00, i10, 0, scales, minima, activationScales, terms, lane, isFirst);
            Join(i01, i11, 1, scales, minima, activationScales, terms, lane, isFirst);
            Join(i02, i12, 2, scales, minima, activationScales, terms, lane, isFirst);
            Join(i03, i13, 3, scales, minima, activationScales, terms, lane, isFirst);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Join(V sum0, V sum1, int t, byte* scales, byte* minima, float* activationScales, int* terms, float* lane, bool isFirst)
    {
        if (Offset != 0)
        {
            var offset = TSimd.Broadcast(terms[t]);
            sum0 = TSimd.SubtractInts(sum0, offset);
            sum1 = TSimd.SubtractInts(sum1, offset);
        }
        float* at0 = lane + (2 * t * TSimd.Width), at1 = at0 + TSimd.Width;
        var d = TSimd.Broadcast(activationScales[t]);
        var lane0 = TSimd.FusedMultiplyAdd(TSimd.MultiplySingles(TSimd.Load(scales), d), TSimd.ToSingle(sum0), isFirst ? TSimd.Zero : TSimd.Load(at0));
        var lane1 = TSimd.FusedMultiplyAdd(TSimd.MultiplySingles(TSimd.Load(scales + Register), d), TSimd.ToSingle(sum1), isFirst ? TSimd.Zero : TSimd.Load(at1));
        if (TFormat.HasMinimum)
        {
            var s = TSimd.Broadcast(((float*)terms)[t]);
            lane0 = TSimd.FusedMultiplyAdd(TSimd.Load(minima), s, lane0);
            lane1 = TSimd.FusedMultiplyAdd(TSimd.Load(minima + Register), s, lane1);
        }
        TSimd.Store(lane0, at0);
        TSimd.Store(lane1, at1);
    }
}
