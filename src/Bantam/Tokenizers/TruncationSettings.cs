namespace Bantam.Tokenizers;

/// <summary>Which of two texts is cut where both together are too long.</summary>
public enum TruncationStrategy
{
    /// <summary>The longer one, until both are of one length; then each by half.</summary>
    LongestFirst,

    /// <summary>The first.</summary>
    OnlyFirst,

    /// <summary>The second.</summary>
    OnlySecond,
}

/// <summary>How texts are cut that are too long: the <c>truncation</c> of a <c>tokenizer.json</c>.</summary>
/// <param name="MaxLength">Most tokens, those that are put around text included.</param>
/// <param name="FromLeft">Whether the beginning is cut off instead of the end.</param>
/// <param name="Strategy">Which of two texts.</param>
/// <param name="Stride">How many tokens the pieces share that are cut off; Bantam keeps none of those.</param>
public sealed record TruncationSettings(int MaxLength, bool FromLeft = false, TruncationStrategy Strategy = TruncationStrategy.LongestFirst, int Stride = 0);
