using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Bantam.Tensors;

namespace Bantam.Kernels.Quant;

/// <summary>
/// Super-blocks of 256 nibbles in eight sub-blocks of 32, each with a 6-bit scale and minimum:
/// x = d·scale·q − dmin·minimum. Layout after ggml's <c>block_q4_K</c>: d, dmin (halves), 12 bytes of packed scales, 128
/// bytes of codes of which each 32 hold 64 elements: the first 32 in the low halves, the next 32 in the high ones.
/// </summary>
/// <remarks>
/// Dot with <see cref="Q8_K"/>: inside a super-block everything is integer. Of each 64 elements the four-neighbour sums
/// times their scale go to lanes 0–7 (first sub-block) and 8–15 (second); one multiply-add per lane brings them into the
/// float sum. Minima meet the sums of sixteen and are added up apart, super-block by super-block.
/// </remarks>
public readonly unsafe struct Q4_K : IBlockFormat
{
    private const int Size = Q8_K.Size;
    private const int SubBlocks = 8;
    private const int SubSize = Size / SubBlocks;

    /// <inheritdoc/>
    public static DType DType => DType.Q4_K;

    /// <inheritdoc/>
    public static DType Activation => DType.Q8_K;

    /// <summary>
    /// Scale and minimum of every sub-block by <see cref="ScaleSearch.WithMinimum"/> with weights rms(x) + |x|, both rounded
    /// to 6 bits against the largest; then the codes nearest to what the rounded scales can say.
    /// </summary>
    public static void Quantize(float* x, byte* blocks, long n)
    {
        float* weights = stackalloc float[SubSize], scales = stackalloc float[SubBlocks], minima = stackalloc float[SubBlocks];
        byte* sc = stackalloc byte[SubBlocks], mn = stackalloc byte[SubBlocks], codes = stackalloc byte[Size];
        for (var block = (Block*)blocks; n > 0; n -= Size, x += Size, block++)
        {
            float maxScale = 0, maxMinimum = 0;
            for (var s = 0; s < SubBlocks; s++)
            {
                var sub = x + (s * SubSize);
                var squares = 0f;
                for (var i = 0; i < SubSize; i++) squares += sub[i] * sub[i];
                var rms = MathF.Sqrt(squares / SubSize);
                for (var i = 0; i < SubSize; i++) weights[i] = rms + MathF.Abs(sub[i]);
                (scales[s], minima[s]) = ScaleSearch.WithMinimum(sub, weights, SubSize, 15, -1f, 0.1f, 20, codes + (s * SubSize));
                maxScale = MathF.Max(maxScale, scales[s]);
                maxMinimum = MathF.Max(maxMinimum, minima[s]);
            }

            var toScale = maxScale > 0 ? 63 / maxScale : 0;
            var toMinimum = maxMinimum > 0 ? 63 / maxMinimum : 0;
            block->D = F16.Narrow(maxScale / 63);
            block->DMin = F16.Narrow(maxMinimum / 63);
            for (var s = 0; s < SubBlocks; s++)
            {
                sc[s] = (byte)Math.Min(63, (int)MathF.Round(toScale * scales[s]));
                mn[s] = (byte)Math.Min(63, (int)MathF.Round(toMinimum * minima[s]));
                var d = F16.Widen(block->D) * sc[s];
                var m = F16.Widen(block->DMin) * mn[s];
                // A scale that rounds to zero says nothing: the codes of the search stay, as in ggml.
                if (d == 0) continue;
                for (var i = s * SubSize; i < (s + 1) * SubSize; i++)
                    codes[i] = (byte)Math.Clamp((int)MathF.Round((x[i] + m) / d), 0, 15);
            }
            PackScales(sc, mn, block->Scales);
            for (var i = 0; i < Size / 2; i++)
            {
                var first = (i / 32 * 64) + (i % 32);
                block->Q[i] = (byte)(codes[first] | (codes[first + 32] << 4));
            }
        }
    }

    /// <inheritdoc/>
    public static void RoundActivation(float* x, byte* activation, long n) => Q8_K.Round(x, activation, n);

    /// <inheritdoc/>
    public static void Dequantize(byte* blocks, float* x, long n)
    {
        byte* sc = stackalloc byte[SubBlocks], mn = stackalloc byte[SubBlocks];
        for (var block = (Block*)blocks; n > 0; n -= Size, x += Size, block++)
        {
            UnpackScales(block->Scales, sc, mn);
            for (var i = 0; i < Size; i++)
            {
                var s = i / SubSize;
                var d = F16.Widen(block->D) * sc[s];
                var m = F16.Widen(block->DMin) * mn[s];
                x[i] = (d * Code(block, i)) - m;
            }
        }
    }

    /// <inheritdoc/>
    public static void Unpack(byte* blocks, float* x, long n)
    {
        if (!Vector256.IsHardwareAccelerated)
        {
            Dequantize(blocks, x, n);
            return;
        }
        byte* sc = stackalloc byte[SubBlocks], mn = stackalloc byte[SubBlocks];
        var codes = stackalloc byte[64];
        for (var block = (Block*)blocks; n > 0; n -= Size, block++)
        {
            UnpackScales(block->Scales, sc, mn);
            for (var s = 0; s < SubBlocks; s++, x += SubSize)
            {
                if (s % 2 == 0)
                {
                    var packed = Vector256.Load(block->Q + (s * 16));
                    (packed & Vector256.Create((byte)15)).Store(codes);
                    ((packed.AsUInt16() >> 4).AsByte() & Vector256.Create((byte)15)).Store(codes + 32);
                }
                var d = Vector256.Create(F16.Widen(block->D) * sc[s]);
                var m = Vector256.Create(F16.Widen(block->DMin) * mn[s]);
                for (var i = 0; i < SubSize; i += 8)
                    ((d * Int8Lanes.Widen((sbyte*)codes + (s % 2 * 32) + i)) - m).Store(x + i);
            }
        }
    }

    /// <inheritdoc/>
    public static float DotReference(byte* row, byte* activation, long n)
    {
        var lanes = stackalloc float[Lanes.Count];
        new Span<float>(lanes, Lanes.Count).Clear();
        var sums = stackalloc int[Lanes.Count];
        byte* sc = stackalloc byte[SubBlocks], mn = stackalloc byte[SubBlocks];
        var minima = 0f;
        var w = (Block*)row;
        var a = (Q8_K.Block*)activation;
        for (; n > 0; n -= Size, w++, a++)
        {
            UnpackScales(w->Scales, sc, mn);
            new Span<int>(sums, Lanes.Count).Clear();
            for (var i = 0; i < Size; i++) sums[i % 64 / 4] += sc[i / SubSize] * Code(w, i) * a->Q[i];
            var d = F16.Widen(w->D) * a->D;
            for (var lane = 0; lane < Lanes.Count; lane++) lanes[lane] = MathF.FusedMultiplyAdd(d, sums[lane], lanes[lane]);
            minima = MathF.FusedMultiplyAdd(F16.Widen(w->DMin) * a->D, MinimaSum(mn, a), minima);
        }
        return Lanes.Fold(lanes) - minima;
    }

    /// <inheritdoc/>
    public static float Dot(byte* row, byte* activation, long n)
    {
        if (Avx512BW.IsSupported) return Dot512((Block*)row, (Q8_K.Block*)activation, n / Size);
        return Avx2.IsSupported && Fma.IsSupported
            ? Dot256((Block*)row, (Q8_K.Block*)activation, n / Size)
            : DotReference(row, activation, n);
    }

    private static float Dot512(Block* w, Q8_K.Block* a, long blocks)
    {
        byte* sc = stackalloc byte[SubBlocks], mn = stackalloc byte[SubBlocks];
        var acc = Vector512<float>.Zero;
        var minima = 0f;
        for (; blocks > 0; blocks--, w++, a++)
        {
            UnpackScales(w->Scales, sc, mn);
            var sums = Vector512<int>.Zero;
            for (var j = 0; j < 4; j++)
            {
                // 32 bytes become 64 unsigned codes in element order; codes ≤ 15 cannot overflow the 16-bit sums of two.
                var packed = Vector256.Load(w->Q + (32 * j));
                var codes = Vector512.Create(packed, (packed.AsUInt16() >> 4).AsByte()) & Vector512.Create((byte)15);
                var pairs = Avx512BW.MultiplyAddAdjacent(codes, Vector512.Load(a->Q + (64 * j)));
                var scale = Vector512.Create(Vector256.Create((short)sc[2 * j]), Vector256.Create((short)sc[(2 * j) + 1]));
                sums += Avx512BW.MultiplyAddAdjacent(pairs, scale);
            }
            acc = Vector512.FusedMultiplyAdd(Vector512.Create(F16.Widen(w->D) * a->D), Vector512.ConvertToSingle(sums), acc);
            minima = MathF.FusedMultiplyAdd(F16.Widen(w->DMin) * a->D, MinimaSum(mn, a), minima);
        }
        return Lanes.Fold(acc) - minima;
    }

    private static float Dot256(Block* w, Q8_K.Block* a, long blocks)
    {
        byte* sc = stackalloc byte[SubBlocks], mn = stackalloc byte[SubBlocks];
        var low = Vector256<float>.Zero;
        var high = Vector256<float>.Zero;
        var minima = 0f;
        for (; blocks > 0; blocks--, w++, a++)
        {
            UnpackScales(w->Scales, sc, mn);
            var first = Vector256<int>.Zero;   // lanes 0–7: even sub-blocks
            var second = Vector256<int>.Zero;  // lanes 8–15: odd sub-blocks
            for (var j = 0; j < 4; j++)
            {
                var packed = Vector256.Load(w->Q + (32 * j));
                var even = packed & Vector256.Create((byte)15);
                var odd = (packed.AsUInt16() >> 4).AsByte() & Vector256.Create((byte)15);
                first += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(even, Vector256.Load(a->Q + (64 * j))), Vector256.Create((short)sc[2 * j]));
                second += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(odd, Vector256.Load(a->Q + (64 * j) + 32)), Vector256.Create((short)sc[(2 * j) + 1]));
            }
            var d = Vector256.Create(F16.Widen(w->D) * a->D);
            low = Vector256.FusedMultiplyAdd(d, Vector256.ConvertToSingle(first), low);
            high = Vector256.FusedMultiplyAdd(d, Vector256.ConvertToSingle(second), high);
            minima = MathF.FusedMultiplyAdd(F16.Widen(w->DMin) * a->D, MinimaSum(mn, a), minima);
        }
        return Lanes.Fold(low, high) - minima;
    }

    private static int MinimaSum(byte* mn, Q8_K.Block* a)
    {
        var sum = 0;
        for (var s = 0; s < SubBlocks; s++) sum += mn[s] * (a->Sums[2 * s] + a->Sums[(2 * s) + 1]);
        return sum;
    }

    private static int Code(Block* block, int i) => (block->Q[(i / 64 * 32) + (i % 32)] >> (i % 64 < 32 ? 0 : 4)) & 15;

    // Twelve bytes: 0–3 hold scales 0–3 in six bits, 4–7 minima 0–3; the low halves of 8–11 hold the low four bits of
    // scales 4–7 and the high halves those of minima 4–7, whose upper two bits sit on top of bytes 0–3 and 4–7.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void UnpackScales(byte* packed, byte* sc, byte* mn)
    {
        var a = *(uint*)packed;
        var b = *(uint*)(packed + 4);
        var c = *(uint*)(packed + 8);
        *(uint*)sc = a & 0x3f3f3f3f;
        *(uint*)mn = b & 0x3f3f3f3f;
        *(uint*)(sc + 4) = (c & 0x0f0f0f0f) | ((a >> 2) & 0x30303030);
        *(uint*)(mn + 4) = ((c >> 4) & 0x0f0f0f0f) | ((b >> 2) & 0x30303030);
    }

    private static void PackScales(byte* sc, byte* mn, byte* packed)
    {
        for (var s = 0; s < 4; s++)
        {
            packed[s] = (byte)(sc[s] | (sc[s + 4] >> 4 << 6));
            packed[s + 4] = (byte)(mn[s] | (mn[s + 4] >> 4 << 6));
            packed[s + 8] = (byte)((sc[s + 4] & 15) | (mn[s + 4] << 4));
        }
    }

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private struct Block
    {
        public ushort D;
        public ushort DMin;
        public fixed byte Scales[12];
        public fixed byte Q[Size / 2];
    }
}
