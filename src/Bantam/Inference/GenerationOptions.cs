namespace Bantam.Inference;

/// <summary>How much is generated and when it ends.</summary>
public sealed record GenerationOptions
{
    /// <summary>Most new tokens; the context may end earlier.</summary>
    public int MaxTokens { get; init; } = 256;

    /// <summary>How tokens are chosen.</summary>
    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>How many of the logits stand for tokens of the tokenizer; all when null. Padding of the embedding is never chosen.</summary>
    public int? Vocabulary { get; init; }

    /// <summary>Tokens that end the text; they are not yielded.</summary>
    public IReadOnlyCollection<int> EosTokenIds { get; init; } = [];
}
