using Bantam.Tensors;

namespace Bantam.Sizing;

/// <summary>What a fit is asked for.</summary>
public sealed record FitOptions
{
    /// <summary>Share of the available memory up to which a model fits with room to spare; above it is tight.</summary>
    public const double ComfortableShare = 0.8;

    /// <summary>Context in tokens, or null for 4096 or the model's maximum where that is less.</summary>
    public int? Context { get; init; }

    /// <summary>Sequences held in the cache at once.</summary>
    public int Sequences { get; init; } = 1;

    /// <summary>Type of the key/value cache.</summary>
    public DType CacheType { get; init; } = DType.F16;

    /// <summary>Type of its values, where that is another.</summary>
    public DType? ValueCacheType { get; init; }

    /// <summary>Tokens of a prompt that are computed in one step.</summary>
    public int Chunk { get; init; } = 512;

    /// <summary>Bytes of the runtime beside weights, cache and activations: code, heap, tokenizer.</summary>
    public long RuntimeBytes { get; init; } = 96_000_000;

    /// <summary>Formats to report, in this order.</summary>
    public IReadOnlyList<DType> Formats { get; init; } = [DType.F16, DType.Q8_0, DType.Q6_K, DType.Q4_K, DType.Q4_0];
}
