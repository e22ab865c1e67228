namespace Bantam.Evaluation;

/// <summary>How well a model predicts a text.</summary>
/// <param name="Nll">Mean −ln p of a scored token, in nats.</param>
/// <param name="ScoredTokens">How many tokens were scored.</param>
/// <param name="ScoredBytes">How many bytes of UTF-8 they stand for.</param>
/// <param name="Protocol">How the text was cut; perplexities of other protocols cannot be compared with this one.</param>
public sealed record PerplexityResult(Estimate Nll, long ScoredTokens, long ScoredBytes, string Protocol)
{
    /// <summary>e to the mean loss. Depends on the tokenizer; its error by the delta method.</summary>
    public Estimate Perplexity => Nll.Exp();

    /// <summary>Loss in bits per byte of text, which models with different tokenizers can be compared by; null where the tokens have no text.</summary>
    public Estimate? BitsPerByte => ScoredBytes > 0 ? Nll.Scaled(ScoredTokens / (ScoredBytes * Math.Log(2))) : null;
}
