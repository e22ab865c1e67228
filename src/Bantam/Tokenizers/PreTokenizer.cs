namespace Bantam.Tokenizers;

/// <summary>A rule by which byte-level BPE splits text before merging.</summary>
/// <param name="Name">Its name in <c>tokenizer.ggml.pre</c>.</param>
/// <param name="Steps">The same rule as the pre-tokenizer of a <c>tokenizer.json</c> says it.</param>
internal sealed record PreTokenizer(string Name, params SplitStep[] Steps)
{
    /// <summary>Whether a piece of text that is an entry is taken without looking at merges.</summary>
    public bool IgnoreMerges { get; init; }

    /// <summary>Whether the models of this rule normalise text to Unicode's form C before; GGUF files do not say so.</summary>
    public bool Nfc { get; init; }

    /// <summary>Whether BOS is put first where a GGUF file does not say.</summary>
    public bool AddBos { get; init; }
}
