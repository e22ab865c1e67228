namespace Bantam.Models;

/// <summary>
/// What the parts of a configuration must be to one another for a model to run in its bounds. Readers of files have
/// refused such files before, each by its own key; this is for configurations that were put together in code.
/// </summary>
internal static class Consistency
{
    private static readonly (Func<ModelConfig, bool> IsAmiss, Func<ModelConfig, string> Words)[] Rows =
    [
        (c => Sizes(c).Any(s => s < 1), c => $"sizes below 1 among {string.Join(", ", Sizes(c))}"),
        (c => c.NumAttentionHeads % c.NumKeyValueHeads != 0, c => $"{c.NumAttentionHeads} query heads, not a multiple of {c.NumKeyValueHeads} heads of keys and values"),
        (c => (long)c.NumAttentionHeads * c.HeadDim > int.MaxValue, c => $"{c.NumAttentionHeads} heads of {c.HeadDim}"),
        (c => !(c.PartialRotaryFactor > 0 && c.PartialRotaryFactor <= 1), c => $"a share of {c.PartialRotaryFactor} of a head that rotates"),
        (c => c.RotaryLayers is { } layers && layers.Count != c.NumHiddenLayers, c => $"{c.RotaryLayers!.Count} entries in the list of rotated layers and {c.NumHiddenLayers} layers"),
        (c => c.SlidingLayers is { } layers && layers.Count != c.NumHiddenLayers, c => $"{c.SlidingLayers!.Count} entries in the list of layers with a window and {c.NumHiddenLayers} layers"),
        (c => c.SlidingWindow < 1, c => $"a window of {c.SlidingWindow}"),
        (c => c.NumExperts < 0 || (c.NumExperts > 0 && (c.NumExpertsPerToken < 1 || c.NumExpertsPerToken > c.NumExperts)), c => $"{c.NumExpertsPerToken} of {c.NumExperts} experts for a token"),
        (c => c.DecoderSparseStep < 1, c => $"a sparse layer in every {c.DecoderSparseStep}"),
    ];

    /// <summary>Returns <paramref name="config"/>.</summary>
    /// <exception cref="ArgumentException">It contradicts itself.</exception>
    public static ModelConfig Check(ModelConfig config)
    {
        foreach (var (isAmiss, words) in Rows)
            if (isAmiss(config)) throw new ArgumentException($"a configuration with {words(config)} contradicts itself", nameof(config));
        return config;
    }

    private static int[] Sizes(ModelConfig c) =>
        [c.HiddenSize, c.NumHiddenLayers, c.NumAttentionHeads, c.NumKeyValueHeads, c.HeadDim, c.IntermediateSize, c.VocabSize, c.MaxPositionEmbeddings];
}
