using Bantam.Kernels.Quant;
using Bantam.Models;
using Bantam.Sizing;
using Bantam.Tensors;

namespace Bantam.Compression;

/// <summary>A way to store a tensor, and what it costs.</summary>
/// <param name="Type">The format.</param>
/// <param name="Bytes">Bytes of the tensor in it, without padding.</param>
/// <param name="Distortion">Expected loss of quality, in the unit of the measure that found it (<see cref="Sensitivity"/>).</param>
public readonly record struct TensorOption(DType Type, long Bytes, double Distortion);

/// <summary>A tensor and the ways to store it; or the experts of one projection, which a GGUF file has in one tensor of one type.</summary>
/// <param name="Name">Its path in the checkpoint; of experts with <c>*</c> for their number.</param>
/// <param name="Shape">Its dimensions; of experts <c>[experts, out, in]</c>.</param>
/// <param name="StoredAs">Its format now; of experts in several formats the widest.</param>
/// <param name="Options">At least one.</param>
public sealed record TensorOptions(string Name, Shape Shape, DType StoredAs, IReadOnlyList<TensorOption> Options)
{
    // What a shrunken file is made of. F32 and BF16 are not among them: F16 is as small or smaller and as good.
    private static readonly DType[] Targets = [DType.F16, DType.Q8_0, DType.Q6_K, DType.Q4_K, DType.Q4_0];

    /// <summary>The paths that get the format: its own, or those of all experts.</summary>
    public IReadOnlyList<string> Paths { get; init; } = [Name];

    /// <summary>
    /// The formats that are worth a thought for a tensor. What <see cref="StorageRule"/> keeps in F32 (vectors, learned
    /// positions, routers) has that one. Any other has those of F16, Q8_0, Q6_K, Q4_K and Q4_0 that make it smaller and whose
    /// blocks divide its rows, and the format it has already unless that is wider than 16 bits per weight. One in a format
    /// that a GGUF file cannot hold (8-bit floats with scales) must change, and has all that fit.
    /// </summary>
    /// <param name="tensor">What it is for, its shape, and how it lies.</param>
    /// <param name="stored">Its format now.</param>
    /// <exception cref="BantamException">The tensor's own format does not run (BT2101).</exception>
    public static IReadOnlyList<DType> CandidatesFor(TensorSpec tensor, DType stored)
    {
        _ = BlockFormats.Of(stored);
        // F16 fits any row: where the rule says F32 instead, it means it.
        if (StorageRule.TypeOf(tensor, DType.F16) == DType.F32) return [DType.F32];

        var fitting = Targets.Where(t => tensor.RowLength % t.BlockSize == 0).ToList();
        if (stored.GgmlType < 0) return fitting;
        var candidates = fitting.Where(t => t.BitsPerWeight < stored.BitsPerWeight).ToList();
        if (candidates.Count == 0 || stored.BitsPerWeight <= 16) candidates.Insert(0, stored);
        return candidates;
    }
}
