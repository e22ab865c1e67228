using System.Buffers;

namespace Bantam.Tokenizers.Pipeline;

/// <summary>Takes away the spaces that decoding leaves before English punctuation and contractions.</summary>
internal static class SpaceCleanup
{
    // One after the other over the whole: what one leaves may be what the next looks for.
    private static readonly (string From, string To)[] Steps =
    [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"), (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ];

    // What stands before the last character of what is looked for.
    private static readonly SearchValues<char> Open = SearchValues.Create(" 'nvr");

    /// <summary>The cleaned text of one token, as the Hugging Face library does it.</summary>
    public static string OfToken(string text) => Clean(text, Steps);

    /// <summary>The cleaned text of all tokens together, as transformers does it (<c>clean_up_tokenization_spaces</c>).</summary>
    public static string OfText(string text) => Clean(text, Steps.Where(step => step.From != " do not"));

    /// <summary>How much of a text is cleaned in the same way whatever follows.</summary>
    public static int Settled(ReadOnlySpan<char> text) => text.LastIndexOfAnyExcept(Open) + 1;

    private static string Clean(string text, IEnumerable<(string From, string To)> steps)
    {
        if (!text.Contains(' ')) return text;
        foreach (var (from, to) in steps) text = text.Replace(from, to, StringComparison.Ordinal);
        return text;
    }
}
