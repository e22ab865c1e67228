using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Bantam.Tensors;

namespace Bantam.Kernels.Quant;

/// <summary>
/// Super-blocks of 256 six-bit codes in sixteen sub-blocks of 16, each with an 8-bit scale: x = d·scale·(q − 32). Layout
/// after ggml's <c>block_q6_K</c>: 128 bytes of low nibbles, 64 bytes of upper bit pairs, 16 scales, d. Of each 128
/// elements, quarter 0 and 1 lie in the low halves of 64 nibble bytes, quarter 2 and 3 in the high ones, and the bit pairs
/// of all four in one of 32 bytes.
/// </summary>
/// <remarks>
/// Dot with <see cref="Q8_K"/>: of each 64 elements the four-neighbour sums times their scale go to lanes 0–15 as
/// integers; one multiply-add per lane and super-block brings them into the float sum.
/// </remarks>
public readonly unsafe struct Q6_K : IBlockFormat
{
    private const int Size = Q8_K.Size;
    private const int SubSize = 16;

    /// <inheritdoc/>
    public static DType DType => DType.Q6_K;

    /// <inheritdoc/>
    public static DType Activation => DType.Q8_K;

    /// <summary>
    /// A scale per sub-block by <see cref="ScaleSearch.Symmetric"/>, rounded to 8 bits against the extreme one; then the
    /// codes nearest to what the rounded scales can say.
    /// </summary>
    public static void Quantize(float* x, byte* blocks, long n)
    {
        var scales = stackalloc float[Size / SubSize];
        var codes = stackalloc sbyte[Size];
        for (var block = (Block*)blocks; n > 0; n -= Size, x += Size, block++)
        {
            var extreme = 0f;
            for (var s = 0; s < Size / SubSize; s++)
            {
                scales[s] = ScaleSearch.Symmetric(x + (s * SubSize), SubSize, 32, codes + (s * SubSize));
                if (MathF.Abs(scales[s]) > MathF.Abs(extreme)) extreme = scales[s];
            }
            *block = default;
            if (MathF.Abs(extreme) < 1e-15f) continue;

            var inverse = -128 / extreme;
            block->D = F16.Narrow(1 / inverse);
            for (var s = 0; s < Size / SubSize; s++)
            {
                block->Scales[s] = (sbyte)Math.Min(127, (int)MathF.Round(inverse * scales[s]));
                var d = F16.Widen(block->D) * block->Scales[s];
                if (d == 0) continue;
                for (var i = s * SubSize; i < (s + 1) * SubSize; i++)
                    codes[i] = (sbyte)(Math.Clamp((int)MathF.Round(x[i] / d), -32, 31) + 32);
            }
            for (var i = 0; i < Size; i++) Put(block, i, codes[i]);
        }
    }

    /// <inheritdoc/>
    public static void RoundActivation(float* x, byte* activation, long n) => Q8_K.Round(x, activation, n);

    /// <inheritdoc/>
    public static void Dequantize(byte* blocks, float* x, long n)
    {
        for (var block = (Block*)blocks; n > 0; n -= Size, x += Size, block++)
            for (var i = 0; i < Size; i++)
                x[i] = F16.Widen(block->D) * block->Scales[i / SubSize] * Code(block, i);
    }

    /// <inheritdoc/>
    public static void Unpack(byte* blocks, float* x, long n)
    {
        if (!Vector256.IsHardwareAccelerated)
        {
            Dequantize(blocks, x, n);
            return;
        }
        var codes = stackalloc sbyte[64];
        for (var block = (Block*)blocks; n > 0; n -= Size, block++)
        {
            for (var j = 0; j < 4; j++)
            {
                First(block, j).Store(codes);
                Second(block, j).Store(codes + 32);
                for (var i = 0; i < 64; i += 8, x += 8)
                    (Vector256.Create(F16.Widen(block->D) * block->Scales[(4 * j) + (i / SubSize)]) * Int8Lanes.Widen(codes + i)).Store(x);
            }
        }
    }

    /// <inheritdoc/>
    public static float DotReference(byte* row, byte* activation, long n)
    {
        var lanes = stackalloc float[Lanes.Count];
        new Span<float>(lanes, Lanes.Count).Clear();
        var sums = stackalloc int[Lanes.Count];
        var w = (Block*)row;
        var a = (Q8_K.Block*)activation;
        for (; n > 0; n -= Size, w++, a++)
        {
            new Span<int>(sums, Lanes.Count).Clear();
            for (var i = 0; i < Size; i++) sums[i % 64 / 4] += w->Scales[i / SubSize] * Code(w, i) * a->Q[i];
            var d = F16.Widen(w->D) * a->D;
            for (var lane = 0; lane < Lanes.Count; lane++) lanes[lane] = MathF.FusedMultiplyAdd(d, sums[lane], lanes[lane]);
        }
        return Lanes.Fold(lanes);
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
        var acc = Vector512<float>.Zero;
        for (; blocks > 0; blocks--, w++, a++)
        {
            var sums = Vector512<int>.Zero;
            for (var j = 0; j < 4; j++)
            {
                var codes = Vector512.Create(First(w, j), Second(w, j));
                var scale = Vector512.Create(Scales(w->Scales + (4 * j)), Scales(w->Scales + (4 * j) + 2));
                sums += Avx512BW.MultiplyAddAdjacent(Int8Lanes.Pairs(codes, Vector512.Load(a->Q + (64 * j))), scale);
            }
            acc = Vector512.FusedMultiplyAdd(Vector512.Create(F16.Widen(w->D) * a->D), Vector512.ConvertToSingle(sums), acc);
        }
        return Lanes.Fold(acc);
    }

    private static float Dot256(Block* w, Q8_K.Block* a, long blocks)
    {
        var low = Vector256<float>.Zero;
        var high = Vector256<float>.Zero;
        for (; blocks > 0; blocks--, w++, a++)
        {
            var first = Vector256<int>.Zero;   // lanes 0–7
            var second = Vector256<int>.Zero;  // lanes 8–15
            for (var j = 0; j < 4; j++)
            {
                var x = a->Q + (64 * j);
                var sc = w->Scales + (4 * j);
                first += Avx2.MultiplyAddAdjacent(Int8Lanes.Pairs(First(w, j), Vector256.Load(x)), Scales(sc));
                second += Avx2.MultiplyAddAdjacent(Int8Lanes.Pairs(Second(w, j), Vector256.Load(x + 32)), Scales(sc + 2));
            }
            var d = Vector256.Create(F16.Widen(w->D) * a->D);
            low = Vector256.FusedMultiplyAdd(d, Vector256.ConvertToSingle(first), low);
            high = Vector256.FusedMultiplyAdd(d, Vector256.ConvertToSingle(second), high);
        }
        return Lanes.Fold(low, high);
    }

    // Codes less 32 of elements 64j … 64j + 31: quarter 0 (j even) or 2 (j odd) of a half super-block.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<sbyte> First(Block* block, int j) => Quarter(block, j, 0);

    // Codes less 32 of elements 64j + 32 … 64j + 63: quarter 1 or 3.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<sbyte> Second(Block* block, int j) => Quarter(block, j, 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<sbyte> Quarter(Block* block, int j, int second)
    {
        var half = j / 2;
        var quarter = (2 * (j % 2)) + second;
        // Shifts are of 16-bit lanes: what crosses from the neighbouring byte is masked away.
        var low = (Vector256.Load(block->Low + (64 * half) + (32 * second)).AsUInt16() >> (4 * (j % 2))).AsByte() & Vector256.Create((byte)0x0f);
        var high = (Vector256.Load(block->High + (32 * half)).AsUInt16() >> (2 * quarter)).AsByte() & Vector256.Create((byte)0x03);
        return (low | (high.AsUInt16() << 4).AsByte()).AsSByte() - Vector256.Create((sbyte)32);
    }

    // Two scales, each over the eight 16-bit sums of its sixteen elements.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Scales(sbyte* scales) =>
        Vector256.Create(Vector128.Create((short)scales[0]), Vector128.Create((short)scales[1]));

    private static int Code(Block* block, int i)
    {
        var (half, quarter, l) = (i / 128, i % 128 / 32, i % 32);
        var low = (block->Low[(64 * half) + (32 * (quarter % 2)) + l] >> (4 * (quarter / 2))) & 15;
        var high = (block->High[(32 * half) + l] >> (2 * quarter)) & 3;
        return (low | (high << 4)) - 32;
    }

    private static void Put(Block* block, int i, int code)
    {
        var (half, quarter, l) = (i / 128, i % 128 / 32, i % 32);
        block->Low[(64 * half) + (32 * (quarter % 2)) + l] |= (byte)((code & 15) << (4 * (quarter / 2)));
        block->High[(32 * half) + l] |= (byte)((code >> 4) << (2 * quarter));
    }

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private struct Block
    {
        public fixed byte Low[Size / 2];
        public fixed byte High[Size / 4];
        public fixed sbyte Scales[Size / SubSize];
        public ushort D;
    }
}
