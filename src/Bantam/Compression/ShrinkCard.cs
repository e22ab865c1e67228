using Bantam.Evaluation;
using Bantam.Inference;

namespace Bantam.Compression;

/// <summary>
/// What a shrink did, before and after: bytes, memory, speed and quality with their errors and the protocol by which they
/// were measured. Multiple choice alone would hide a broken generator; so there is a loss, agreement with the donor, and a
/// generation check.
/// </summary>
public sealed record ShrinkCard
{
    /// <summary>Files smaller than this are in the processor's caches: their speeds are shown and not ranked.</summary>
    public const long SmallestRankedBytes = 50_000_000;

    /// <summary>Bytes of the donor's files.</summary>
    public required long BytesBefore { get; init; }

    /// <summary>Bytes of the result.</summary>
    public required long BytesAfter { get; init; }

    /// <summary>Speed and memory of the donor, best taken in a process of its own; null where they were not measured.</summary>
    public SpeedResult? SpeedBefore { get; init; }

    /// <summary>Speed and memory of the result, likewise.</summary>
    public SpeedResult? SpeedAfter { get; init; }

    /// <summary>Divergence of the result from the donor, with the losses of both.</summary>
    public required DivergenceResult Quality { get; init; }

    /// <summary>Which text the quality was measured on.</summary>
    public required string Text { get; init; }

    /// <summary>The generation check.</summary>
    public required GenerationCheck Generation { get; init; }

    /// <summary>Whether the file became smaller at all.</summary>
    public bool IsSmaller => BytesAfter < BytesBefore;

    /// <summary>Whether both files are large enough for a difference in speed to mean something.</summary>
    public bool RanksSpeed => Math.Min(BytesBefore, BytesAfter) >= SmallestRankedBytes;
}
