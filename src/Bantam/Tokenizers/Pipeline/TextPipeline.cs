namespace Bantam.Tokenizers.Pipeline;

/// <summary>What a <c>tokenizer.json</c> does around its model, in the order in which it does it.</summary>
internal sealed record TextPipeline
{
    /// <summary>What changes text before it is split.</summary>
    public IReadOnlyList<NormalizerStep> Normalizers { get; init; } = [];

    /// <summary>What splits text into the pieces that the model sees.</summary>
    public IReadOnlyList<PreTokenizerStep> PreTokenizers { get; init; } = [];

    /// <summary>What makes text of tokens; where there is none, tokens stand with a space between them.</summary>
    public IReadOnlyList<DecoderStep> Decoders { get; init; } = [];
}
