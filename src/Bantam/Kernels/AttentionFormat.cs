using System.Runtime.Intrinsics.X86;
using Bantam.Kernels.Quant;
using Bantam.Tensors;

namespace Bantam.Kernels;

/// <summary>How attention reads pages of one type of cache: as floats, exactly, into a panel that stays in the first-level cache.</summary>
/// <param name="bytes">Bytes of one head at one position.</param>
/// <param name="keys">Reads keys, see <see cref="Keys"/>.</param>
/// <param name="values">Reads values, see <see cref="Values"/>.</param>
internal readonly unsafe struct AttentionFormat(long bytes, delegate*<byte*, long, int, int, float*, float*, void> keys, delegate*<byte*, long, int, int, float*, float*> values)
{
    /// <summary>Bytes of one head at one position.</summary>
    public long Bytes { get; } = bytes;

    /// <summary>The format of <paramref name="type"/> for heads of <paramref name="headDim"/>, the fastest that this machine has.</summary>
    public static AttentionFormat Of(DType type, int headDim)
    {
        var bytes = type.Bytes(headDim);
        if (Avx512BW.IsSupported && headDim % 32 == 0)
        {
            if (type == DType.F16) return new(bytes, &HalfPanels<F16, PlainHalves>.Keys, &HalfPanels<F16, PlainHalves>.Values);
            if (type == DType.BF16) return new(bytes, &HalfPanels<BF16, UpperHalves>.Keys, &HalfPanels<BF16, UpperHalves>.Values);
        }
        if (type == DType.F32) return headDim % Lanes.Count == 0 ? new(bytes, &FloatPanels.Keys, &FloatPanels.Values) : Plain<F32>(bytes);
        if (type == DType.F16) return Plain<F16>(bytes);
        if (type == DType.BF16) return Plain<BF16>(bytes);
        if (type == DType.Q8_0) return Plain<Q8_0>(bytes);
        if (type == DType.Q4_0) return Plain<Q4_0>(bytes);
        throw new ArgumentException($"attention does not read a cache of {type}", nameof(type));
    }

    /// <summary>A page's keys with dimensions first: <paramref name="panel"/>[d·64 + slot]. Slots behind <paramref name="count"/> hold anything.</summary>
    /// <param name="page">The keys.</param>
    /// <param name="count">How many positions of the page are wanted, from its first.</param>
    /// <param name="headDim">D.</param>
    /// <param name="rows">Scratch, sixteen keys.</param>
    /// <param name="panel">The result.</param>
    public void Keys(byte* page, int count, int headDim, float* rows, float* panel) => keys(page, Bytes, count, headDim, rows, panel);

    /// <summary>A page's values, [64, D rounded up to 16]; returns where they are, which is the page itself if it holds just that.</summary>
    /// <param name="page">The values.</param>
    /// <param name="count">How many positions of the page are wanted, from its first.</param>
    /// <param name="headDim">D.</param>
    /// <param name="panel">Room for the result.</param>
    public float* Values(byte* page, int count, int headDim, float* panel) => values(page, Bytes, count, headDim, panel);

    private static AttentionFormat Plain<TFormat>(long bytes)
        where TFormat : struct, IBlockFormat => new(bytes, &PlainPanels<TFormat>.Keys, &PlainPanels<TFormat>.Values);
}
