using Bantam.Inference;
using Bantam.Kernels;
using Bantam.Models;
using Bantam.Tensors;
using Bantam.Tokenizers;

namespace Bantam.Evaluation;

/// <summary>
/// Text that a model wrote itself, sampled at temperature 1 from its full distribution: the one text that every model is
/// good at, and on which a change of its weights shows. The honest default where no text is given.
/// </summary>
public static class DonorText
{
    /// <summary>Samples documents until they hold <paramref name="tokens"/> tokens.</summary>
    /// <param name="model">The donor.</param>
    /// <param name="tokenizer">Its tokenizer; documents begin with BOS, or with token 0 where there is none.</param>
    /// <param name="workers">Who computes.</param>
    /// <param name="tokens">How many tokens in all.</param>
    /// <param name="length">Most tokens of a document; an end-of-text token ends it earlier.</param>
    /// <param name="seed">The same seed gives the same text.</param>
    /// <param name="progress">Told the tokens so far.</param>
    /// <param name="cancellation">Honoured between tokens.</param>
    public static IReadOnlyList<int[]> Sample(
        CausalLm model,
        Tokenizer tokenizer,
        Workers workers,
        int tokens,
        int length,
        int seed,
        IProgress<long>? progress = null,
        CancellationToken cancellation = default)
    {
        using var generator = new Generator(model, workers, length, DType.F32);
        var options = new GenerationOptions
        {
            MaxTokens = length - 1,
            Vocabulary = Math.Min(tokenizer.VocabularySize, model.Config.VocabSize),
            EosTokenIds = [.. tokenizer.EosIds],
        };
        var documents = new List<int[]>();
        for (var total = 0; total < tokens;)
        {
            var sampling = new SamplingOptions { Temperature = 1, TopK = 0, TopP = 1, MinP = 0, Seed = unchecked((seed * 1_000_003) + documents.Count) };
            int[] prompt = [tokenizer.StartId];
            var document = prompt.Concat(generator.Generate(prompt, options with { Sampling = sampling }, cancellation)).Take(tokens - total + 1).ToArray();
            // A model that ends at once has said one token; without counting it the loop would not end.
            total += Math.Max(1, document.Length - 1);
            documents.Add(document);
            progress?.Report(total);
        }
        return documents;
    }
}
