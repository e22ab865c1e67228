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

    /// <summary>d maps the element of largest magnitude, sign kept, to −127; codes are the nearest, ties to even. NaN or infinity anywhere makes d such.</summary>
    public static void Round(float* x, byte* blocks, long n)
    {
        for (var block = (Block*)blocks; n > 0; n -= Size, x += Size, block++)
        {
            var extreme = 0f;
            var isNumber = true;
            for (var i = 0; i < Size; i++)
            {
                if (MathF.Abs(x[i]) > MathF.Abs(extreme)) extreme = x[i];
                isNumber &= !float.IsNaN(x[i]);
            }
            var inverse = extreme == 0 ? 0 : -127 / extreme;
            // No code says NaN, so the scale does: what is no number must not come out as one.
            block->D = !isNumber ? float.NaN : extreme == 0 ? 0 : 1 / inverse;
            if (Avx2.IsSupported) Codes256(x, block->Q, inverse);
            else Codes(x, block->Q, inverse);
            for (var group = 0; group < Size / 16; group++)
            {
                var sum = 0;
                for (var i = 0; i < 16; i++) sum += block->Q[(16 * group) + i];
                block->Sums[group] = (short)sum;
            }
        }
    }

    private static void Codes(float* x, sbyte* q, float inverse)
    {
        for (var i = 0; i < Size; i++) q[i] = (sbyte)MathF.Round(x[i] * inverse);
    }

    private static void Codes256(float* x, sbyte* q, float inverse)
    {
        var scale = Vector256.Create(inverse);
        for (var i = 0; i < Size; i += 32)
            Int8Lanes.Narrow(Nearest(x + i), Nearest(x + i + 8), Nearest(x + i + 16), Nearest(x + i + 24)).Store(q + i);

        // The conversion rounds to nearest, ties to even.
        Vector256<int> Nearest(float* at) => Avx.ConvertToVector256Int32(Vector256.Load(at) * scale);
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
        public fixed short Sums[Size / 16];
    }
}
