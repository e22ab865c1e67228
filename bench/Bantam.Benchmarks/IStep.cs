using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Bantam.Benchmarks;

/// <summary>
/// One step of a chain of dependent instructions, whose speed is a limit of the processor: a ← a ∘ y. The running value is
/// an operand of every instruction, so that none can be taken out of the loop.
/// </summary>
/// <typeparam name="TVector">A register; its bytes are read as the step needs them.</typeparam>
internal interface IStep<TVector>
    where TVector : unmanaged
{
    /// <summary>The instructions.</summary>
    static abstract string Name { get; }

    /// <summary>Whether this processor has them.</summary>
    static abstract bool IsSupported { get; }

    /// <summary>Multiplications and additions of products in one step: two for each element of a dot product.</summary>
    static abstract int Operations { get; }

    /// <summary>What y is: a value that keeps a from overflowing for ever.</summary>
    static abstract TVector Operand { get; }

    /// <summary>Does it.</summary>
    static abstract TVector Step(TVector a, TVector y);
}

/// <summary>Single precision, 512 bits.</summary>
internal readonly struct Fma512 : IStep<Vector512<byte>>
{
    public static string Name => "fp32 FMA, 512 bits";

    public static bool IsSupported => Avx512F.IsSupported;

    public static int Operations => 2 * Vector512<float>.Count;

    public static Vector512<byte> Operand => Vector512.Create(0.75f).AsByte();

    public static Vector512<byte> Step(Vector512<byte> a, Vector512<byte> y) => Avx512F.FusedMultiplyAdd(a.AsSingle(), y.AsSingle(), y.AsSingle()).AsByte();
}

/// <summary>Single precision, 256 bits.</summary>
internal readonly struct Fma256 : IStep<Vector256<byte>>
{
    public static string Name => "fp32 FMA, 256 bits";

    public static bool IsSupported => Fma.IsSupported;

    public static int Operations => 2 * Vector256<float>.Count;

    public static Vector256<byte> Operand => Vector256.Create(0.75f).AsByte();

    public static Vector256<byte> Step(Vector256<byte> a, Vector256<byte> y) => Fma.MultiplyAdd(a.AsSingle(), y.AsSingle(), y.AsSingle()).AsByte();
}

/// <summary>Single precision, 128 bits, on any processor: fused where it can be.</summary>
internal readonly struct Float128 : IStep<Vector128<byte>>
{
    public static string Name => "fp32 multiply and add, 128 bits";

    public static bool IsSupported => Vector128.IsHardwareAccelerated;

    public static int Operations => 2 * Vector128<float>.Count;

    public static Vector128<byte> Operand => Vector128.Create(0.75f).AsByte();

    public static Vector128<byte> Step(Vector128<byte> a, Vector128<byte> y) => Vector128.MultiplyAddEstimate(a.AsSingle(), y.AsSingle(), y.AsSingle()).AsByte();
}

/// <summary>Products of bytes, added in 16 bits, 512 bits.</summary>
internal readonly struct Bytes512 : IStep<Vector512<byte>>
{
    public static string Name => "VPMADDUBSW + VPADDW, 512 bits";

    public static bool IsSupported => Avx512BW.IsSupported;

    public static int Operations => 2 * Vector512<byte>.Count;

    public static Vector512<byte> Operand => Vector512<byte>.One;

    public static Vector512<byte> Step(Vector512<byte> a, Vector512<byte> y) =>
        Avx512BW.Add(a.AsInt16(), Avx512BW.MultiplyAddAdjacent(a, y.AsSByte())).AsByte();
}

/// <summary>Products of bytes, added in 16 bits, 256 bits.</summary>
internal readonly struct Bytes256 : IStep<Vector256<byte>>
{
    public static string Name => "VPMADDUBSW + VPADDW, 256 bits";

    public static bool IsSupported => Avx2.IsSupported;

    public static int Operations => 2 * Vector256<byte>.Count;

    public static Vector256<byte> Operand => Vector256<byte>.One;

    public static Vector256<byte> Step(Vector256<byte> a, Vector256<byte> y) =>
        Avx2.Add(a.AsInt16(), Avx2.MultiplyAddAdjacent(a, y.AsSByte())).AsByte();
}

/// <summary>Products of 16-bit integers, added in 32 bits, 512 bits.</summary>
internal readonly struct Words512 : IStep<Vector512<byte>>
{
    public static string Name => "VPMADDWD + VPADDD, 512 bits";

    public static bool IsSupported => Avx512BW.IsSupported;

    public static int Operations => 2 * Vector512<short>.Count;

    public static Vector512<byte> Operand => Vector512<short>.One.AsByte();

    public static Vector512<byte> Step(Vector512<byte> a, Vector512<byte> y) =>
        Avx512F.Add(a.AsInt32(), Avx512BW.MultiplyAddAdjacent(a.AsInt16(), y.AsInt16())).AsByte();
}

/// <summary>Products of 16-bit integers, added in 32 bits, 256 bits.</summary>
internal readonly struct Words256 : IStep<Vector256<byte>>
{
    public static string Name => "VPMADDWD + VPADDD, 256 bits";

    public static bool IsSupported => Avx2.IsSupported;

    public static int Operations => 2 * Vector256<short>.Count;

    public static Vector256<byte> Operand => Vector256<short>.One.AsByte();

    public static Vector256<byte> Step(Vector256<byte> a, Vector256<byte> y) =>
        Avx2.Add(a.AsInt32(), Avx2.MultiplyAddAdjacent(a.AsInt16(), y.AsInt16())).AsByte();
}

/// <summary>Products of bytes, widened and added in 32 bits, 512 bits: what a dot product of bytes takes without VNNI.</summary>
internal readonly struct ByteDots512 : IStep<Vector512<byte>>
{
    public static string Name => "VPMADDUBSW + VPMADDWD + VPADDD, 512 bits";

    public static bool IsSupported => Avx512BW.IsSupported;

    public static int Operations => 2 * Vector512<byte>.Count;

    public static Vector512<byte> Operand => Vector512<short>.One.AsByte();

    public static Vector512<byte> Step(Vector512<byte> a, Vector512<byte> y) =>
        Avx512F.Add(a.AsInt32(), Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(a, y.AsSByte()), y.AsInt16())).AsByte();
}

/// <summary>Products of bytes, widened and added in 32 bits, 256 bits.</summary>
internal readonly struct ByteDots256 : IStep<Vector256<byte>>
{
    public static string Name => "VPMADDUBSW + VPMADDWD + VPADDD, 256 bits";

    public static bool IsSupported => Avx2.IsSupported;

    public static int Operations => 2 * Vector256<byte>.Count;

    public static Vector256<byte> Operand => Vector256<short>.One.AsByte();

    public static Vector256<byte> Step(Vector256<byte> a, Vector256<byte> y) =>
        Avx2.Add(a.AsInt32(), Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(a, y.AsSByte()), y.AsInt16())).AsByte();
}

/// <summary>AVX-VNNI, 256 bits: four products of bytes added to 32 bits in one instruction. The runtime offers no wider one.</summary>
internal readonly struct Vnni256 : IStep<Vector256<byte>>
{
    public static string Name => "VPDPBUSD, 256 bits";

    public static bool IsSupported => AvxVnni.IsSupported;

    public static int Operations => 2 * Vector256<byte>.Count;

    public static Vector256<byte> Operand => Vector256<byte>.One;

    public static Vector256<byte> Step(Vector256<byte> a, Vector256<byte> y) =>
        AvxVnni.MultiplyWideningAndAdd(a.AsInt32(), y, y.AsSByte()).AsByte();
}
