using Bantam.Models;

namespace Bantam.Sizing;

/// <summary>
/// The classes in which the field speaks of model sizes. They work like weight classes in boxing: models of one class are
/// comparable, and over a class boundary more parameters usually win, though a smaller model that was tuned for a task
/// can equal a larger one on it.
/// </summary>
/// <param name="Name">What the field says: <c>7–9B</c>.</param>
/// <param name="From">Fewest parameters, inclusive.</param>
/// <param name="To">Parameters that are too many, exclusive; <see cref="long.MaxValue"/> for the last class.</param>
public sealed record SizeClass(string Name, long From, long To)
{
    private const long M = 1_000_000;
    private const long B = 1_000_000_000;

    /// <summary>Fewest parameters of a decoder that is called a large language model here; see <see cref="KindOf"/>.</summary>
    public const long LargeFrom = 800 * M;

    /// <summary>What a class means, in one sentence for a report.</summary>
    public const string Note = "like a weight class in boxing: comparable within, approximate at the edges";

    /// <summary>All classes, smallest first. The bounds lie in the gaps between the sizes that are published.</summary>
    public static IReadOnlyList<SizeClass> All { get; } =
    [
        new("tiny", 0, 50 * M),
        new("135M", 50 * M, 250 * M),
        new("360M", 250 * M, 450 * M),
        new("0.5B", 450 * M, 800 * M),
        new("1B", 800 * M, 2 * B),
        new("2–4B", 2 * B, 5 * B),
        new("7–9B", 5 * B, 11 * B),
        new("13–14B", 11 * B, 20 * B),
        new("30B", 20 * B, 50 * B),
        new("70B", 50 * B, 100 * B),
        new("100B+", 100 * B, 300 * B),
        new("400B", 300 * B, 800 * B),
        new("1T", 800 * B, long.MaxValue),
    ];

    /// <summary>The class of a model with so many parameters; a mixture of experts counts all of them.</summary>
    public static SizeClass Of(long parameters)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(parameters);
        return All.Last(c => parameters >= c.From);
    }

    /// <summary>What to call a model of this size: large language model, small language model, or a smaller NLP model.</summary>
    public static ModelKind KindOf(ModelConfig config, long parameters) =>
        !Architectures.Of(config).IsDecoder ? ModelKind.SmallerNlpModel
        : parameters >= LargeFrom ? ModelKind.LargeLanguageModel
        : parameters >= 50 * M ? ModelKind.SmallLanguageModel
        : ModelKind.SmallerNlpModel;
}

/// <summary>What a model of some size is called.</summary>
public enum ModelKind
{
    /// <summary>An encoder such as DistilBERT, or a decoder below 50 million parameters: made for one task.</summary>
    SmallerNlpModel,

    /// <summary>A decoder from 50 million up to 800 million parameters.</summary>
    SmallLanguageModel,

    /// <summary>A decoder from 800 million parameters.</summary>
    LargeLanguageModel,
}
