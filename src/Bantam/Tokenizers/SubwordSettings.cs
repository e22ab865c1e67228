using System.Collections.ObjectModel;

namespace Bantam.Tokenizers;

/// <summary>What the <c>model</c> of a <c>tokenizer.json</c> says besides its entries; the defaults are those of the Hugging Face library.</summary>
public sealed record SubwordSettings
{
    /// <summary>What entries inside a word begin with: <c>##</c> in BERT; empty where they look like the first.</summary>
    public string ContinuingSubwordPrefix { get; init; } = "";

    /// <summary>What the last entry of a word ends with: <c>&lt;/w&gt;</c> in CLIP; empty where it looks like the others.</summary>
    public string EndOfWordSuffix { get; init; } = "";

    /// <summary>WordPiece: a word of more characters (code points) is unknown as a whole.</summary>
    public int MaxInputCharsPerWord { get; init; } = 100;

    /// <summary>Whether neighbouring unknown characters are one unknown token.</summary>
    public bool FuseUnk { get; init; }

    /// <summary>Whether characters without an entry are spelled by <c>&lt;0xHH&gt;</c> entries.</summary>
    public bool ByteFallback { get; init; }

    /// <summary>Whether a piece of text that is an entry is taken without looking at merges.</summary>
    public bool IgnoreMerges { get; init; }

    /// <summary>BPE over characters: whether a piece of nothing but line feeds that is an entry is taken without looking at merges, as llama.cpp does for Gemma 4.</summary>
    public bool KeepsLines { get; init; }

    /// <summary>BPE over characters: whether characters without an entry become what bytes of them there are and else nothing, as in llama.cpp, and no unknown token.</summary>
    public bool DropsUnknown { get; init; }

    /// <summary>WordPiece without a pipeline: whether text is put into lower case.</summary>
    public bool DropsCase { get; init; } = true;

    /// <summary>WordPiece without a pipeline: whether characters lose their accents.</summary>
    public bool DropsAccents { get; init; } = true;

    /// <summary>
    /// Unigram without a pipeline: whether scores are summed in double precision, as llama.cpp does, and not in single as Google's
    /// library. Where splits are as good but for rounding, one in some ten thousand texts, they differ.
    /// </summary>
    public bool SumsInDouble { get; init; }

    /// <summary>Unigram: the scores in double precision [V], where a file has them so and single precision does not hold them; otherwise null.</summary>
    public double[]? ExactScores { get; init; }

    /// <summary>Entries that were added around the model: it does not know them, and makes none of them of text.</summary>
    public IReadOnlySet<int> Outside { get; init; } = ReadOnlySet<int>.Empty;
}
