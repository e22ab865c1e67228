using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Bantam.Kernels.Quant;

/// <summary>
/// The activation partner of the 256-element formats: signed bytes to a single-precision scale, with the sums of sixteen
/// neighbours that the formats with minima need. Never in a file. Layout after ggml's <c>block_q8_K</c>.
/// </summary>
internal static unsafe class Q8_K
{
    /// <summary>Elements of a super-block.</summary>
    public const int Size = 256;

    private const int Group = 16;

    /// <summary>d maps the element of largest magnitude, sign kept, to −127; codes are the nearest, ties to even. NaN or infinity anywhere makes d such.</summary>
    public static void Round(float* x, byte* blocks, long n)
    {
        for (var block = (Block*)blocks; n > 0; n -= Size, x += Size, block++)
        {
            var extreme = Extreme(x);
            var inverse = extreme == 0 ? 0 : -127 / extreme;
            // No code says NaN, so the scale does: what is no number must not come out as one.
            block->D = extreme == 0 ? 0 : 1 / inverse;
            if (Avx512BW.IsSupported) Codes512(x, block, inverse);
            else if (Avx2.IsSupported) Codes256(x, block, inverse);
            else if (Vector128.IsHardwareAccelerated) Codes128(x, block, inverse);
            else Codes(x, block, inverse);
        }
    }

    /// <summary>The element of largest magnitude, the first of several; NaN where one is NaN.</summary>
    private static float Extreme(float* x)
    {
        // Bits of positive numbers, as integers, are in the order of the numbers, above those of all negative ones, and NaN
        // is above infinity. With the signs turned the same holds for the negative.
        var (up, down) = (new Vector<int>(int.MinValue), new Vector<int>(int.MinValue));
        for (var i = 0; i < Size; i += Vector<int>.Count)
        {
            var bits = Vector.Load((int*)x + i);
            up = Vector.Max(up, bits);
            down = Vector.Max(down, bits ^ new Vector<int>(int.MinValue));
        }
        var (most, least) = (int.MinValue, int.MinValue);
        for (var lane = 0; lane < Vector<int>.Count; lane++) (most, least) = (Math.Max(most, up[lane]), Math.Max(least, down[lane]));
        if (most != least) return most > least ? BitConverter.Int32BitsToSingle(most) : -BitConverter.Int32BitsToSingle(least);
        var first = x;
        while (MathF.Abs(*first) != BitConverter.Int32BitsToSingle(most) && !float.IsNaN(*first)) first++;
        return *first;
    }

    private static void Codes(float* x, Block* block, float inverse)
    {
        for (var group = 0; group < Size / Group; group++)
        {
            var sum = 0;
            for (var i = Group * group; i < Group * (group + 1); i++) sum += block->Q[i] = (sbyte)MathF.Round(x[i] * inverse);
            block->Sums[group] = (short)sum;
        }
    }

    private static void Codes128(float* x, Block* block, float inverse)
    {
        for (var group = 0; group < Size / Group; group++, x += Group)
        {
            var (q0, q1, q2, q3) = (Nearest(x, inverse), Nearest(x + 4, inverse), Nearest(x + 8, inverse), Nearest(x + 12, inverse));
            Vector128.Narrow(Vector128.Narrow(q0, q1), Vector128.Narrow(q2, q3)).Store(block->Q + (Group * group));
            block->Sums[group] = (short)Vector128.Sum((q0 + q1) + (q2 + q3));
        }

        static Vector128<int> Nearest(float* at, float inverse) => Vector128.ConvertToInt32Native(Vector128.Round(Vector128.Load(at) * inverse));
    }

    private static void Codes256(float* x, Block* block, float inverse)
    {
        var scale = Vector256.Create(inverse);
        for (var i = 0; i < Size; i += 32)
        {
            var codes = Int8Lanes.Narrow(Nearest(x + i), Nearest(x + i + 8), Nearest(x + i + 16), Nearest(x + i + 24));
            codes.Store(block->Q + i);
            // Eight bytes at a time are added up without a sign, 128 too much each.
            var sums = Avx2.SumAbsoluteDifferences(codes.AsByte() ^ Vector256.Create((byte)0x80), Vector256<byte>.Zero).AsInt64();
            block->Sums[i / Group] = (short)(sums[0] + sums[1] - (128 * Group));
            block->Sums[(i / Group) + 1] = (short)(sums[2] + sums[3] - (128 * Group));
        }

        // The conversion rounds to nearest, ties to even.
        Vector256<int> Nearest(float* at) => Avx.ConvertToVector256Int32(Vector256.Load(at) * scale);
    }

    private static void Codes512(float* x, Block* block, float inverse)
    {
        var scale = Vector512.Create(inverse);
        var sums = Vector512<int>.Zero;
        for (var i = 0; i < Size; i += 64)
        {
            var codes = Vector512.Create(
                Vector256.Create(Nearest(x + i), Nearest(x + i + 16)),
                Vector256.Create(Nearest(x + i + 32), Nearest(x + i + 48)));
            codes.Store(block->Q + i);
            // A quarter of the register is a group. Its four integers are added crosswise, so that all four are the sum; one
            // of them stays, another for each 64 codes.
            var fours = Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(Vector512<byte>.One, codes), Vector512<short>.One);
            fours += Avx512F.Shuffle(fours, 0b10_11_00_01);
            fours += Avx512F.Shuffle(fours, 0b01_00_11_10);
            sums |= fours & Vector512.Create(Vector128.Equals(Vector128.Create(i / 64), Vector128.Create(0, 1, 2, 3)).AsInt32());
        }
        var inOrder = Vector512.Shuffle(sums, Vector512.Create(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
        Avx512F.ConvertToVector256Int16(inOrder).Store(block->Sums);

        Vector128<sbyte> Nearest(float* at) => Avx512F.ConvertToVector128SByteWithSaturation(Avx512F.ConvertToVector512Int32(Vector512.Load(at) * scale));
    }

    /// <summary>One super-block.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    public struct Block
    {
        /// <summary>x = D·Q.</summary>
        public float D;

        /// <summary>Codes, −127…127.</summary>
        public fixed sbyte Q[Size];

        /// <summary>Sums of sixteen neighbouring codes.</summary>
        public fixed short Sums[Size / Group];
    }
}
