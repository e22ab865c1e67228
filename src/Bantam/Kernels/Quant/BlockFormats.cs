using System.Diagnostics.CodeAnalysis;
using Bantam.Tensors;

namespace Bantam.Kernels.Quant;

/// <summary>
/// The table of formats that the engine computes with, and the only switch on format: whoever holds a
/// <see cref="DType"/> asks here. A new format is one file and one row.
/// </summary>
public static class BlockFormats
{
    /// <summary>All formats.</summary>
    public static IReadOnlyList<BlockFormat> All { get; } =
    [
        new FloatFormat<F32>(),
        new FloatFormat<F16>(),
        new FloatFormat<BF16>(),
        new FloatFormat<F8_E4M3>(),
        new IntegerFormat<Q8_0, Block32Family<Q8_0>>(),
        new IntegerFormat<Q5_1, Block32Family<Q5_1>>(),
        new IntegerFormat<Q5_0, Block32Family<Q5_0>>(),
        new IntegerFormat<Q4_1, Block32Family<Q4_1>>(),
        new IntegerFormat<Q4_0, Block32Family<Q4_0>>(),
        new IntegerFormat<IQ4_NL, Block32Family<IQ4_NL>>(),
        new IntegerFormat<MXFP4, Block32Family<MXFP4>>(),
        new IntegerFormat<Q6_K, SuperBlockFamily<Q6_K>>(),
        new IntegerFormat<Q5_K, SuperBlockFamily<Q5_K>>(),
        new IntegerFormat<Q4_K, SuperBlockFamily<Q4_K>>(),
        new IntegerFormat<IQ4_XS, SuperBlockFamily<IQ4_XS>>(),
        new IntegerFormat<Q3_K, SuperBlockFamily<Q3_K>>(),
        new IntegerFormat<Q2_K, SuperBlockFamily<Q2_K>>(),
    ];

    // Looked up several times per layer and token: an array, not a search.
    private static readonly BlockFormat?[] ByType = [.. DType.All.Select(type => All.FirstOrDefault(f => f.DType == type))];

    /// <summary>Names of all formats, for messages.</summary>
    public static string Names => string.Join(", ", All.Select(f => f.DType.Name));

    /// <summary>The format of <paramref name="type"/>.</summary>
    /// <exception cref="BantamException">The engine does not compute with it yet (BT2101).</exception>
    public static BlockFormat Of(DType type) => ByType[type.Ordinal]
        ?? throw new BantamException("BT2101", $"{type} can be inspected and sized but not run yet; formats that run: {Names}");

    /// <summary>Whether the engine computes with <paramref name="type"/>.</summary>
    public static bool TryOf(DType type, [NotNullWhen(true)] out BlockFormat? format)
    {
        format = ByType[type.Ordinal];
        return format is not null;
    }
}
