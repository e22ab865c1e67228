using Bantam.Tensors;

namespace Bantam.Models;

/// <summary>
/// The tensors of DistilBERT (arXiv 1910.01108) and its heads under the paths of its Hugging Face checkpoints. C is the
/// width, F the feed-forward network's.
/// </summary>
public static class DistilBertLayout
{
    /// <summary>Every tensor of a model with this configuration, in the order of the computation. A tied projector is not repeated.</summary>
    public static IEnumerable<TensorSpec> Tensors(ModelConfig config)
    {
        long c = config.HiddenSize, f = config.IntermediateSize;
        var root = config.Head == ModelHead.None ? "" : "distilbert.";
        yield return new($"{root}embeddings.word_embeddings.weight", new Shape(config.VocabSize, c), TensorRole.Embedding);
        yield return new($"{root}embeddings.position_embeddings.weight", new Shape(config.MaxPositionEmbeddings, c), TensorRole.Position);
        foreach (var tensor in LayerNorm($"{root}embeddings.LayerNorm", c)) yield return tensor;

        for (var layer = 0; layer < config.NumHiddenLayers; layer++)
        {
            var path = $"{root}transformer.layer.{layer}";
            IEnumerable<TensorSpec> tensors =
            [
                .. Linear($"{path}.attention.q_lin", c, c, TensorRole.Attention),
                .. Linear($"{path}.attention.k_lin", c, c, TensorRole.Attention),
                .. Linear($"{path}.attention.v_lin", c, c, TensorRole.Attention),
                .. Linear($"{path}.attention.out_lin", c, c, TensorRole.Attention),
                .. LayerNorm($"{path}.sa_layer_norm", c),
                .. Linear($"{path}.ffn.lin1", f, c, TensorRole.FeedForward),
                .. Linear($"{path}.ffn.lin2", c, f, TensorRole.FeedForward),
                .. LayerNorm($"{path}.output_layer_norm", c),
            ];
            foreach (var tensor in tensors) yield return tensor;
        }
        foreach (var tensor in Head(config)) yield return tensor;
    }

    private static TensorSpec[] Head(ModelConfig config)
    {
        long c = config.HiddenSize;
        return config.Head switch
        {
            ModelHead.SequenceClassification =>
                [.. Linear("pre_classifier", c, c, TensorRole.Head), .. Linear("classifier", config.NumLabels, c, TensorRole.Head)],
            ModelHead.TokenClassification => Linear("classifier", config.NumLabels, c, TensorRole.Head),
            ModelHead.QuestionAnswering => Linear("qa_outputs", 2, c, TensorRole.Head),
            ModelHead.MaskedLanguageModel =>
            [
                .. Linear("vocab_transform", c, c, TensorRole.Head),
                .. LayerNorm("vocab_layer_norm", c),
                .. Linear("vocab_projector", config.VocabSize, c, TensorRole.Head).Skip(config.TieWordEmbeddings ? 1 : 0),
            ],
            _ => [],
        };
    }

    private static TensorSpec[] Linear(string path, long rows, long columns, TensorRole role) =>
    [
        new($"{path}.weight", new Shape(rows, columns), role),
        new($"{path}.bias", new Shape(rows), TensorRole.Bias),
    ];

    private static TensorSpec[] LayerNorm(string path, long width) =>
    [
        new($"{path}.weight", new Shape(width), TensorRole.Norm),
        new($"{path}.bias", new Shape(width), TensorRole.Norm),
    ];
}
