using System.Runtime.Intrinsics;
using Bantam.Tensors;

namespace Bantam.Kernels.Quant;

/// <summary>
/// 32 floats of four bits (E2M1: ±0, ½, 1, 1½, 2, 3, 4, 6) to a power of two, after the OCP microscaling specification:
/// x = 2^(e − 127)·v. Layout after ggml's <c>block_mxfp4</c>: e (1 byte), then 16 bytes of <see cref="Nibbles"/>.
/// </summary>
/// <remarks>
/// The code book holds integers, 2·v, and the scale is half as large. e = 255 is no number in the specification; here as in
/// ggml it is the next power of two, with which a value of ½ is 2^127 and those from 2 on are infinite.
/// </remarks>
public readonly unsafe struct MXFP4 : IBlockFormat, IBlock32
{
    private const int Size = 32;
    private const int Bytes = 1 + (Size / 2);
    private const int MaxExponent = 254;

    /// <inheritdoc/>
    public static DType DType => DType.MXFP4;

    /// <inheritdoc/>
    public static DType Activation => Block32Kernels.Activation<MXFP4>();

    static int IBlock32.Bytes => Bytes;

    private static ReadOnlySpan<sbyte> Doubled => [0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12];

    /// <summary>
    /// The specification's power of two brings the largest magnitude to 4…8 and cuts off what lies above 6; twice that
    /// power cuts off nothing. The one with the smaller square error is taken; codes are the nearest, ties to the smaller
    /// magnitude.
    /// </summary>
    public static void Quantize(float* x, byte* blocks, long n)
    {
        byte* codes = stackalloc byte[Size], coarser = stackalloc byte[Size];
        for (; n > 0; n -= Size, x += Size, blocks += Bytes)
        {
            var max = 0f;
            for (var i = 0; i < Size; i++) max = MathF.Max(max, MathF.Abs(x[i]));
            // Zero and infinity have extreme exponents.
            var e = Math.Clamp((long)MathF.ILogB(max) - 2 + 127, 0, MaxExponent);
            var next = Math.Min(e + 1, MaxExponent);
            var better = Encode(x, HalfPower((byte)next), coarser) < Encode(x, HalfPower((byte)e), codes);
            blocks[0] = (byte)(better ? next : e);
            _ = Nibbles.Pack(better ? coarser : codes, blocks + 1);
        }
    }

    /// <inheritdoc/>
    public static void RoundActivation(float* x, byte* activation, long n) => Block32Kernels.RoundActivation<MXFP4>(x, activation, n);

    /// <inheritdoc/>
    public static void Dequantize(byte* blocks, float* x, long n) => Block32Kernels.Dequantize<MXFP4>(blocks, x, n);

    /// <inheritdoc/>
    public static void Unpack(byte* blocks, float* x, long n) => Block32Kernels.Unpack<MXFP4>(blocks, x, n);

    /// <inheritdoc/>
    public static float DotReference(byte* row, byte* activation, long n) => Block32Kernels.DotReference<MXFP4>(row, activation, n);

    /// <inheritdoc/>
    public static float Dot(byte* row, byte* activation, long n) => Block32Kernels.Dot<MXFP4>(row, activation, n);

    static float IBlock32.Scale(byte* block) => HalfPower(block[0]);

    static int IBlock32.Code(byte* block, int i) => Doubled[Nibbles.Code(block + 1, i)];

    // Shifted, so that none is negative.
    static Vector256<sbyte> IBlock32.Codes(byte* block) => Nibbles.Codes(block + 1, Doubled) + Vector256.Create((sbyte)12);

    static int IBlock32.Offset => 12;

    static int IBlock32.Highest => 24;

    static Vector512<sbyte> IBlock32.Pair(byte* first, byte* second) => Nibbles.Pair(first + 1, second + 1, Doubled) + Vector512.Create((sbyte)12);

    static Vector512<float> IBlock32.Scales(Vector512<uint> heads)
    {
        // 2^(e − 128) as below: 1 << 21 and 2 << 21 are the two subnormals.
        var e = heads & Vector512.Create(0xffu);
        return Vector512.ConditionalSelect(Vector512.LessThan(e, Vector512.Create(2u)), (e + Vector512<uint>.One) << 21, (e - Vector512<uint>.One) << 23).AsSingle();
    }

    static Vector256<float> IBlock32.Scales(Vector256<uint> heads)
    {
        var e = heads & Vector256.Create(0xffu);
        return Vector256.ConditionalSelect(Vector256.LessThan(e, Vector256.Create(2u)), (e + Vector256<uint>.One) << 21, (e - Vector256<uint>.One) << 23).AsSingle();
    }

    // 2^(e − 128): the exponent of a float is e − 1, and where that would be less than one, a subnormal's bit.
    private static float HalfPower(byte e) => BitConverter.UInt32BitsToSingle(e < 2 ? 0x00200000u << e : (e - 1u) << 23);

    // Nearest codes to a scale; returns the square error.
    private static double Encode(float* x, float scale, byte* codes)
    {
        var error = 0.0;
        for (var i = 0; i < Size; i++)
        {
            var magnitude = MathF.Abs(x[i]);
            var best = 0;
            for (var code = 1; code < 8; code++)
                if (MathF.Abs((Doubled[code] * scale) - magnitude) < MathF.Abs((Doubled[best] * scale) - magnitude)) best = code;
            codes[i] = (byte)(best > 0 && x[i] < 0 ? best | 8 : best);
            var difference = (double)(Doubled[best] * scale) - magnitude;
            error += difference * difference;
        }
        return error;
    }
}
