using Bantam.Tensors;

namespace Bantam.Models;

/// <summary>
/// The tensors of GPT-2 under the paths of its Hugging Face checkpoint. Its linears are Conv1D modules there, which lie
/// <c>[in, out]</c>; in GGUF files they lie <c>[out, in]</c>, as <see cref="ModelConfig.InputFirstLinears"/> says. C is the
/// width, F the feed-forward network's.
/// </summary>
public static class Gpt2Layout
{
    /// <summary>Every tensor of a model with this configuration, in the order of the computation. A tied head is not repeated.</summary>
    public static IEnumerable<TensorSpec> Tensors(ModelConfig config)
    {
        long c = config.HiddenSize, f = config.IntermediateSize;
        var root = config.Head == ModelHead.None ? "" : "transformer.";
        yield return new($"{root}wte.weight", new Shape(config.VocabSize, c), TensorRole.Embedding);
        yield return new($"{root}wpe.weight", new Shape(config.MaxPositionEmbeddings, c), TensorRole.Position);

        for (var layer = 0; layer < config.NumHiddenLayers; layer++)
        {
            var path = $"{root}h.{layer}";
            IEnumerable<TensorSpec> tensors =
            [
                .. LayerNorm($"{path}.ln_1", c),
                .. Linear(config, $"{path}.attn.c_attn", c, 3 * c, TensorRole.Attention),
                .. Linear(config, $"{path}.attn.c_proj", c, c, TensorRole.Attention),
                .. LayerNorm($"{path}.ln_2", c),
                .. Linear(config, $"{path}.mlp.c_fc", c, f, TensorRole.FeedForward),
                .. Linear(config, $"{path}.mlp.c_proj", f, c, TensorRole.FeedForward),
            ];
            foreach (var tensor in tensors) yield return tensor;
        }
        foreach (var tensor in LayerNorm($"{root}ln_f", c)) yield return tensor;

        if (config.Head == ModelHead.LanguageModel && !config.TieWordEmbeddings)
            yield return new("lm_head.weight", new Shape(config.VocabSize, c), TensorRole.Head);
        if (config.Head == ModelHead.SequenceClassification)
            yield return new("score.weight", new Shape(config.NumLabels, c), TensorRole.Head);
    }

    private static TensorSpec[] Linear(ModelConfig config, string path, long inputs, long outputs, TensorRole role) =>
    [
        config.InputFirstLinears
            ? new($"{path}.weight", new Shape(inputs, outputs), role) { InputFirst = true }
            : new($"{path}.weight", new Shape(outputs, inputs), role),
        new($"{path}.bias", new Shape(outputs), TensorRole.Bias),
    ];

    private static TensorSpec[] LayerNorm(string path, long width) =>
    [
        new($"{path}.weight", new Shape(width), TensorRole.Norm),
        new($"{path}.bias", new Shape(width), TensorRole.Norm),
    ];
}
