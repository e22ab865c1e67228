namespace Bantam.Tokenizers.Pipeline;

/// <summary>What a <c>tokenizer.json</c> does around its model, in the order in which it does it.</summary>
internal sealed record TextPipeline
{
    /// <summary>What changes text before it is split.</summary>
    public IReadOnlyList<NormalizerStep> Normalizers { get; init; } = [];

    /// <summary>What splits text into the pieces that the model sees.</summary>
    public IReadOnlyList<PreTokenizerStep> PreTokenizers { get; init; } = [];

    /// <summary>What is done with the tokens of a text.</summary>
    public IReadOnlyList<PostProcessorStep> PostProcessors { get; init; } = [];

    /// <summary>What makes text of tokens; where a file names nothing, a space between tokens.</summary>
    public IReadOnlyList<DecoderStep> Decoders { get; init; } = [];
}
