using Bantam.Formats.Gguf;
using Bantam.Models;

namespace Bantam.Checkpoints;

/// <summary>Writes the hyperparameters of a model as the keys of a GGUF file; the inverse of <see cref="GgufConfig"/>.</summary>
/// <remarks>
/// What no key says, and would be lost, is refused by name (BT2109). What a key says and llama.cpp does not heed is written
/// all the same, and a notice tells of it.
/// </remarks>
internal static class GgufConfigWriter
{
    /// <summary>Writes the keys.</summary>
    /// <param name="m">Receives them.</param>
    /// <param name="config">The model, as any container holds it.</param>
    /// <param name="notices">Receives what llama.cpp will make otherwise of the file, one sentence each.</param>
    /// <exception cref="BantamException">No key says some of it (BT2109).</exception>
    public static void Write(GgufMetadata m, ModelConfig config, List<string> notices)
    {
        var arch = ArchitectureOf(config);
        if (config.Head != ModelHead.LanguageModel) throw Unsayable(config, $"with a head for {config.Head}");
        if (config.Activation != (config.Architecture is "gemma" or "gemma2" or "gemma3_text" or "gpt2" ? Activation.GeluTanh : Activation.Silu))
            throw Unsayable(config, $"with activation {config.Activation}");

        m["general.architecture"] = arch;
        Count("vocab_size", config.VocabSize);
        Count("context_length", config.MaxPositionEmbeddings);
        Count("embedding_length", config.HiddenSize);
        Count("block_count", config.NumHiddenLayers);
        Count("feed_forward_length", config.IntermediateSize);
        Count("attention.head_count", config.NumAttentionHeads);
        Count("attention.head_count_kv", config.NumKeyValueHeads);
        Count("attention.key_length", config.HeadDim);
        Count("attention.value_length", config.HeadDim);
        m[$"{arch}.attention.{(arch == "gpt2" ? "layer_norm_epsilon" : "layer_norm_rms_epsilon")}"] = config.NormEps;
        if (config.NumExperts > 0) Experts();
        if (config.Architecture is "gemma2" or "gemma3_text") Gemma();
        GgufWindowConfig.Write(m, arch, config, notices);
        if (arch != "gpt2") GgufRopeWriter.Write(m, arch, config, notices);
        Biases();
        if (arch.StartsWith("gemma", StringComparison.Ordinal) && !config.TieWordEmbeddings)
            notices.Add($"llama.cpp takes the embedding for the head of every {arch} and will not load a file with a head of its own");

        void Count(string key, int value) => m[$"{arch}.{key}"] = (uint)value;

        void Experts()
        {
            Count("expert_count", config.NumExperts);
            Count("expert_used_count", config.NumExpertsPerToken);
            Count("expert_feed_forward_length", config.MoeIntermediateSize);
            if (!config.NormTopKProb)
            {
                m[$"{arch}.expert_weights_norm"] = false;
                notices.Add($"llama.cpp scales the weights of the chosen experts of {arch} to a sum of one, which this model does not");
            }
            if (Enumerable.Range(0, config.NumHiddenLayers).Any(i => !config.IsSparseLayer(i)))
                notices.Add($"llama.cpp wants experts in every layer of {arch} and will not load the file: some layers of this model are dense");
        }

        void Gemma()
        {
            if (config.QueryPreAttnScalar is { } scalar && scalar != GgufConfig.ImpliedQueryScalar(config))
            {
                m[$"{arch}.attention.scale"] = 1 / MathF.Sqrt(scalar);
                notices.Add($"llama.cpp scales the queries of {arch} as the released models of this depth do, by {GgufConfig.ImpliedQueryScalar(config)}; this model says {scalar}");
            }
            if (config.AttnLogitSoftcapping is { } attention)
            {
                m[$"{arch}.attn_logit_softcapping"] = attention;
                if (arch == "gemma3") notices.Add("llama.cpp caps no attention scores of gemma3, which this model does");
            }
            if (config.FinalLogitSoftcapping is { } final) m[$"{arch}.final_logit_softcapping"] = final;
            if (arch == "gemma2" && (config.AttnLogitSoftcapping is null || config.FinalLogitSoftcapping is null)) throw Unsayable(config, "without caps on scores and logits");
        }

        void Biases()
        {
            var (attention, feedForward) = (config.AttentionOutputBias && arch is not ("llama" or "gpt2"), config.MlpBias && arch is not ("llama" or "gpt2"));
            if (attention || feedForward)
                notices.Add($"llama.cpp has no place for the biases of {(attention ? "attention's output" : "the feed-forward network")} in {arch} and will not load the file");
        }
    }

    /// <summary>The value of <c>general.architecture</c>: Mistral and Mixtral call themselves llama.</summary>
    public static string ArchitectureOf(ModelConfig config) => Architectures.Of(config).GgufNames is [var name, ..]
        ? name
        : config.Architecture is "mistral" or "mixtral" ? "llama" : throw Unsayable(config, "");

    /// <summary>The refusal of what no key of a GGUF file says.</summary>
    public static BantamException Unsayable(ModelConfig config, string feature) =>
        new("BT2109", $"a {Architectures.Of(config).DisplayName} {feature}{(feature.Length > 0 ? " " : "")}cannot be written as GGUF: no key says it, and the file would be another model; a Hugging Face directory can hold it");
}
