using System.Text.Json;
using Bantam.Models;
using Bantam.Tensors;

namespace Bantam.Checkpoints;

/// <summary>Writes a <c>config.json</c> with the names that transformers gives the fields of each family; the inverse of <see cref="HuggingFaceConfig"/>.</summary>
internal static class HuggingFaceConfigWriter
{
    /// <summary>Writes the object.</summary>
    /// <param name="json">Receives it.</param>
    /// <param name="c">The model, as any container holds it.</param>
    /// <param name="type">The type to which readers convert all tensors.</param>
    /// <param name="pad">The token that fills up texts, or null.</param>
    public static void Write(Utf8JsonWriter json, ModelConfig c, DType type, int? pad)
    {
        json.WriteStartObject();
        json.WriteStartArray("architectures");
        json.WriteStringValue($"{Architectures.Of(c).HuggingFaceClass}{(c.Architecture == "gpt2" ? "LMHeadModel" : "ForCausalLM")}");
        json.WriteEndArray();
        json.WriteString("model_type", c.Architecture);
        json.WriteString("torch_dtype", type == DType.F16 ? "float16" : type == DType.BF16 ? "bfloat16" : "float32");
        json.WriteBoolean("tie_word_embeddings", c.TieWordEmbeddings);
        json.WriteNumber("vocab_size", c.VocabSize);
        WriteIds(json, c);
        // Some families have a default beyond small vocabularies.
        WriteNumber(json, "pad_token_id", pad);
        if (c.Architecture == "gpt2") Gpt2(json, c);
        else Decoder(json, c);
        json.WriteEndObject();
    }

    /// <summary>Writes the tokens that begin and end a text; none is null, for an absent field means the family's default.</summary>
    public static void WriteIds(Utf8JsonWriter json, ModelConfig c)
    {
        WriteNumber(json, "bos_token_id", c.BosTokenId);
        if (c.EosTokenIds.Count <= 1)
        {
            WriteNumber(json, "eos_token_id", c.EosTokenIds.Count == 0 ? null : c.EosTokenIds[0]);
            return;
        }
        json.WriteStartArray("eos_token_id");
        foreach (var id in c.EosTokenIds) json.WriteNumberValue(id);
        json.WriteEndArray();
    }

    private static void Gpt2(Utf8JsonWriter json, ModelConfig c)
    {
        json.WriteString("activation_function", NameOf(c.Activation));
        json.WriteNumber("layer_norm_epsilon", c.NormEps);
        json.WriteNumber("n_embd", c.HiddenSize);
        json.WriteNumber("n_head", c.NumAttentionHeads);
        json.WriteNumber("n_inner", c.IntermediateSize);
        json.WriteNumber("n_layer", c.NumHiddenLayers);
        json.WriteNumber("n_positions", c.MaxPositionEmbeddings);
    }

    private static void Decoder(Utf8JsonWriter json, ModelConfig c)
    {
        json.WriteNumber("head_dim", c.HeadDim);
        json.WriteString("hidden_act", NameOf(c.Activation));
        json.WriteNumber("hidden_size", c.HiddenSize);
        json.WriteNumber("intermediate_size", c.IntermediateSize);
        json.WriteNumber("max_position_embeddings", c.MaxPositionEmbeddings);
        json.WriteNumber("num_attention_heads", c.NumAttentionHeads);
        json.WriteNumber("num_hidden_layers", c.NumHiddenLayers);
        json.WriteNumber("num_key_value_heads", c.NumKeyValueHeads);
        json.WriteNumber("rms_norm_eps", c.NormEps);
        if (c.Architecture is "llama" or "gemma" or "gemma2" or "gemma3_text" or "qwen3" or "qwen3_moe" or "smollm3") json.WriteBoolean("attention_bias", c.AttentionOutputBias);
        if (c.Architecture is "llama" or "smollm3") json.WriteBoolean("mlp_bias", c.MlpBias);
        if (c.UnitOffsetNorms || c.Architecture.StartsWith("gemma", StringComparison.Ordinal)) json.WriteString("hidden_activation", NameOf(c.Activation));
        if (c.QueryPreAttnScalar is { } scalar) json.WriteNumber("query_pre_attn_scalar", scalar);
        if (c.Architecture is "gemma2" or "gemma3_text")
        {
            WriteNumber(json, "attn_logit_softcapping", c.AttnLogitSoftcapping);
            WriteNumber(json, "final_logit_softcapping", c.FinalLogitSoftcapping);
        }
        if (c.NumExperts > 0) Experts(json, c);
        HuggingFaceRopeWriter.Write(json, c);
        Window(json, c);
    }

    private static void Experts(Utf8JsonWriter json, ModelConfig c)
    {
        json.WriteNumber("num_experts_per_tok", c.NumExpertsPerToken);
        json.WriteNumber(c.Architecture == "mixtral" ? "num_local_experts" : "num_experts", c.NumExperts);
        if (c.Architecture == "mixtral") return;
        json.WriteNumber("moe_intermediate_size", c.MoeIntermediateSize);
        json.WriteNumber("decoder_sparse_step", c.DecoderSparseStep);
        json.WriteStartArray("mlp_only_layers");
        foreach (var layer in c.MlpOnlyLayers) json.WriteNumberValue(layer);
        json.WriteEndArray();
        json.WriteBoolean("norm_topk_prob", c.NormTopKProb);
    }

    private static void Window(Utf8JsonWriter json, ModelConfig c)
    {
        if (c.Architecture is "llama" or "gemma") return;
        WriteNumber(json, "sliding_window", c.SlidingWindow);
        if (c.Architecture is "qwen2" or "qwen3" or "qwen3_moe" or "smollm3") json.WriteBoolean("use_sliding_window", c.SlidingWindow is not null);
        if (c.Architecture is "mistral" or "mixtral" or "phi3" or "qwen3_moe") return;
        json.WriteStartArray("layer_types");
        for (var layer = 0; layer < c.NumHiddenLayers; layer++) json.WriteStringValue(c.WindowOfLayer(layer) is null ? "full_attention" : "sliding_attention");
        json.WriteEndArray();
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, int? value)
    {
        if (value is { } number) json.WriteNumber(name, number);
        else json.WriteNull(name);
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, float? value)
    {
        if (value is { } number) json.WriteNumber(name, number);
        else json.WriteNull(name);
    }

    private static string NameOf(Activation activation) => activation switch
    {
        Activation.Silu => "silu",
        Activation.Gelu => "gelu",
        Activation.GeluTanh => "gelu_pytorch_tanh",
        _ => "relu",
    };
}
