using Bantam.Inference;
using Bantam.Kernels;
using Bantam.Models;

namespace Bantam.Compression;

/// <summary>
/// Whether a shrunken model still writes: greedy continuations of the same prompt by donor and result. A broken generator
/// repeats itself long before a loss on given text shows it.
/// </summary>
/// <param name="Tokens">How many tokens each wrote.</param>
/// <param name="Agreeing">How many of the first are the same.</param>
/// <param name="DonorDistinct">Distinct tokens that the donor wrote.</param>
/// <param name="ResultDistinct">Distinct tokens that the result wrote; far fewer than the donor's mean repetition.</param>
public sealed record GenerationCheck(int Tokens, int Agreeing, int DonorDistinct, int ResultDistinct)
{
    /// <summary>Writes <paramref name="tokens"/> tokens with both.</summary>
    /// <param name="donor">The model before.</param>
    /// <param name="result">The model after.</param>
    /// <param name="workers">Who computes.</param>
    /// <param name="prompt">Token ids to begin with, BOS for instance.</param>
    /// <param name="tokens">How many; the context may hold fewer.</param>
    /// <param name="cancellation">Honoured between tokens.</param>
    public static GenerationCheck Run(CausalLm donor, CausalLm result, Workers workers, IReadOnlyList<int> prompt, int tokens = 128, CancellationToken cancellation = default)
    {
        var (a, b) = (Write(donor), Write(result));
        return new(Math.Max(a.Length, b.Length), a.AsSpan().CommonPrefixLength(b), a.Distinct().Count(), b.Distinct().Count());

        int[] Write(CausalLm model)
        {
            using var generator = new Generator(model, workers, Math.Min(model.Config.MaxPositionEmbeddings, prompt.Count + tokens));
            return [.. generator.Generate(prompt, new GenerationOptions { MaxTokens = tokens, Sampling = SamplingOptions.Greedy }, cancellation)];
        }
    }
}
