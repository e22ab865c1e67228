namespace Bantam.Tokenizers.Pipeline;

/// <summary>Takes away the spaces that decoding leaves before English punctuation and contractions.</summary>
internal static class SpaceCleanup
{
    // One after the other over the whole: what one leaves may be what the next looks for.
    private static readonly (string From, string To)[] Steps =
    [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"), (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ];

    /// <summary>The cleaned text of one token, as the Hugging Face library does it.</summary>
    public static string OfToken(string text)
    {
        if (!text.Contains(' ')) return text;
        foreach (var (from, to) in Steps) text = text.Replace(from, to, StringComparison.Ordinal);
        return text;
    }
}
