namespace Bantam.Models;

/// <summary>Reads the config.json of DistilBERT, which has names of its own for everything.</summary>
internal static class DistilBertConfig
{
    public static ModelConfig Read(ConfigFields fields, ModelHead head)
    {
        var (width, heads) = (fields.Int("dim", 1, ConfigLimits.Width), fields.Int("n_heads", 1, ConfigLimits.Heads));
        if (width % heads != 0) throw fields.Refuse("dim", width, $"must be a multiple of n_heads ({heads})");
        return new ModelConfig
        {
            Architecture = "distilbert",
            Head = head,
            NumLabels = HeadConfig.Labels(fields),
            HiddenSize = width,
            NumHiddenLayers = fields.Int("n_layers", 1, ConfigLimits.Layers),
            NumAttentionHeads = heads,
            NumKeyValueHeads = heads,
            HeadDim = width / heads,
            IntermediateSize = fields.Int("hidden_dim", 1, ConfigLimits.FeedForward),
            VocabSize = fields.Int("vocab_size", 1, ConfigLimits.Vocabulary),
            MaxPositionEmbeddings = fields.Int("max_position_embeddings", 1, ConfigLimits.Context, 512),
            NormEps = 1e-12f, // fixed in the model's code
            TieWordEmbeddings = fields.Bool("tie_word_embeddings", absent: true),
            Activation = ActivationConfig.Read(fields, "activation", Activation.Gelu),
            AttentionBias = true,
            AttentionOutputBias = true,
            MlpBias = true,
        };
    }
}
