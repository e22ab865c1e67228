using Bantam.Tensors;

namespace Bantam.Models;

/// <summary>
/// The tensors of decoders that descend from Llama (Llama, Mistral, Mixtral, Gemma, Qwen, Phi-3, SmolLM3), under the paths
/// of their Hugging Face checkpoints. C is the width, D a head's, F the feed-forward network's, V the vocabulary.
/// </summary>
public static class DecoderLayout
{
    /// <summary>Every tensor of a model with this configuration, in the order of the computation. A tied head is not repeated.</summary>
    public static IEnumerable<TensorSpec> Tensors(ModelConfig config)
    {
        long c = config.HiddenSize;
        // A model that was saved without a head has no prefix either.
        var root = config.Head == ModelHead.None ? "" : "model.";
        yield return new($"{root}embed_tokens.weight", new Shape(config.VocabSize, c), TensorRole.Embedding);

        for (var layer = 0; layer < config.NumHiddenLayers; layer++)
        {
            var path = $"{root}layers.{layer}";
            yield return new($"{path}.input_layernorm.weight", new Shape(c), TensorRole.Norm);
            foreach (var tensor in Attention(config, $"{path}.self_attn")) yield return tensor;

            // Gemma 2 and 3 normalise behind attention under this name, and in front of the feed-forward network under another.
            yield return new($"{path}.post_attention_layernorm.weight", new Shape(c), TensorRole.Norm);
            if (config.PostNorms) yield return new($"{path}.pre_feedforward_layernorm.weight", new Shape(c), TensorRole.Norm);

            var feedForward = config.IsSparseLayer(layer) ? Experts(config, path) : Dense(config, $"{path}.mlp");
            foreach (var tensor in feedForward) yield return tensor;
            if (config.PostNorms) yield return new($"{path}.post_feedforward_layernorm.weight", new Shape(c), TensorRole.Norm);
        }
        yield return new($"{root}norm.weight", new Shape(c), TensorRole.Norm);

        if (config.Head == ModelHead.LanguageModel && !config.TieWordEmbeddings)
            yield return new("lm_head.weight", new Shape(config.VocabSize, c), TensorRole.Head);
        if (config.Head == ModelHead.SequenceClassification)
            yield return new("score.weight", new Shape(config.NumLabels, c), TensorRole.Head);
    }

    private static IEnumerable<TensorSpec> Attention(ModelConfig config, string path)
    {
        var queries = (long)config.NumAttentionHeads * config.HeadDim;
        var keys = (long)config.NumKeyValueHeads * config.HeadDim;
        (string Name, long Rows)[] projections = config.FusedQkv
            ? [("qkv_proj", queries + keys + keys)]
            : [("q_proj", queries), ("k_proj", keys), ("v_proj", keys)];

        foreach (var (name, rows) in projections)
            foreach (var tensor in Linear($"{path}.{name}", rows, config.HiddenSize, config.AttentionBias, TensorRole.Attention))
                yield return tensor;
        if (config.QkNorm)
        {
            yield return new($"{path}.q_norm.weight", new Shape(config.HeadDim), TensorRole.Norm);
            yield return new($"{path}.k_norm.weight", new Shape(config.HeadDim), TensorRole.Norm);
        }
        foreach (var tensor in Linear($"{path}.o_proj", config.HiddenSize, queries, config.AttentionOutputBias, TensorRole.Attention))
            yield return tensor;
    }

    private static IEnumerable<TensorSpec> Dense(ModelConfig config, string path)
    {
        long c = config.HiddenSize, f = config.IntermediateSize;
        (string Name, long Rows, long Columns)[] projections = config.FusedGateUp
            ? [("gate_up_proj", 2 * f, c), ("down_proj", c, f)]
            : [("gate_proj", f, c), ("up_proj", f, c), ("down_proj", c, f)];
        return projections.SelectMany(p => Linear($"{path}.{p.Name}", p.Rows, p.Columns, config.MlpBias, TensorRole.FeedForward));
    }

    private static IEnumerable<TensorSpec> Experts(ModelConfig config, string path)
    {
        long c = config.HiddenSize, f = config.MoeIntermediateSize;
        var (block, gate, up, down) = config.Architecture == "mixtral"
            ? ("block_sparse_moe", "w1", "w3", "w2")
            : ("mlp", "gate_proj", "up_proj", "down_proj");

        yield return new($"{path}.{block}.gate.weight", new Shape(config.NumExperts, c), TensorRole.Router);
        for (var expert = 0; expert < config.NumExperts; expert++)
        {
            yield return new($"{path}.{block}.experts.{expert}.{gate}.weight", new Shape(f, c), TensorRole.Expert);
            yield return new($"{path}.{block}.experts.{expert}.{up}.weight", new Shape(f, c), TensorRole.Expert);
            yield return new($"{path}.{block}.experts.{expert}.{down}.weight", new Shape(c, f), TensorRole.Expert);
        }
    }

    private static IEnumerable<TensorSpec> Linear(string path, long rows, long columns, bool bias, TensorRole role)
    {
        yield return new($"{path}.weight", new Shape(rows, columns), role);
        if (bias) yield return new($"{path}.bias", new Shape(rows), TensorRole.Bias);
    }
}
