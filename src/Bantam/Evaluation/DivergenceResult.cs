namespace Bantam.Evaluation;

/// <summary>How far a model has moved from the one it was made from, on one text that both read.</summary>
/// <param name="Kl">Mean Kullback–Leibler divergence of the candidate from the reference per token, Σ p·ln(p/q) with p of the reference, in nats.</param>
/// <param name="MedianKl">Divergence that half of the tokens stay below.</param>
/// <param name="Kl99">Divergence that 99 % of the tokens stay below.</param>
/// <param name="MaxKl">The largest divergence of a token.</param>
/// <param name="SameTop">Share of tokens where both find the same next token most likely, 0 to 1.</param>
/// <param name="Reference">The reference on the text.</param>
/// <param name="Candidate">The candidate on the text.</param>
/// <param name="LogPerplexityRatio">
/// ln(perplexity of the candidate / of the reference). Its error is that of the token-wise difference, that is, with the
/// covariance of the two: both stumble over the same tokens, and it is far smaller than the errors of the perplexities suggest.
/// </param>
public sealed record DivergenceResult(
    Estimate Kl,
    double MedianKl,
    double Kl99,
    double MaxKl,
    Estimate SameTop,
    PerplexityResult Reference,
    PerplexityResult Candidate,
    Estimate LogPerplexityRatio)
{
    /// <summary>How many tokens were compared.</summary>
    public long ScoredTokens => Reference.ScoredTokens;

    /// <summary>How the text was cut.</summary>
    public string Protocol => Reference.Protocol;
}
