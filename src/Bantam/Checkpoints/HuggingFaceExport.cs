using System.Text.Json;
using Bantam.Formats;
using Bantam.Formats.Safetensors;
using Bantam.Kernels;
using Bantam.Ops;
using Bantam.Tensors;
using Bantam.Tokenizers;

namespace Bantam.Checkpoints;

/// <summary>
/// Writes a checkpoint as a Hugging Face directory: <c>config.json</c>, <c>generation_config.json</c>, safetensors, and
/// the tokenizer files, as transformers expects them.
/// </summary>
public static class HuggingFaceExport
{
    /// <summary>Whether a tensor is written as <paramref name="type"/>: F32, F16 or BF16. 8-bit floats need scales of their own, which are not written.</summary>
    public static bool Holds(DType type) => type == DType.F32 || type == DType.F16 || type == DType.BF16;

    /// <inheritdoc cref="Write(string, Checkpoint, Func{string, Tensor, DType}, IProgress{long}?, CancellationToken)"/>
    /// <param name="directory">An empty or new directory; files of the same names are replaced.</param>
    /// <param name="checkpoint">The model; a Llama.</param>
    /// <param name="type">F32, F16 or BF16, for all tensors.</param>
    /// <param name="progress">Receives bytes as they are written.</param>
    /// <param name="cancellation">Stops between pieces of a tensor.</param>
    public static void Write(string directory, Checkpoint checkpoint, DType type, IProgress<long>? progress = null, CancellationToken cancellation = default) =>
        Write(directory, checkpoint, (_, _) => type, progress, cancellation);

    /// <summary>Writes into <paramref name="directory"/>, which is created.</summary>
    /// <param name="directory">An empty or new directory; files of the same names are replaced.</param>
    /// <param name="checkpoint">The model; a Llama.</param>
    /// <param name="typeOf">The type of each tensor by Hugging Face path; one that <see cref="Holds"/> allows: safetensors has no block formats.</param>
    /// <param name="progress">Receives bytes as they are written.</param>
    /// <param name="cancellation">Stops between pieces of a tensor.</param>
    /// <exception cref="BantamException">The type has no place in safetensors (BT1068), the family cannot be written yet (BT2001), or the model does not run and would become another (BT2101 to BT2106).</exception>
    public static void Write(string directory, Checkpoint checkpoint, Func<string, Tensor, DType> typeOf, IProgress<long>? progress = null, CancellationToken cancellation = default)
    {
        var types = checkpoint.Weights.All.Select(t => (Type: typeOf(t.Key, t.Value), t.Value.Shape.Count)).ToList();
        if (types.Select(t => t.Type).FirstOrDefault(t => !Holds(t)) is { } type)
            throw new BantamException("BT1068", $"{directory}: {type} is not written to safetensors files; use F32, F16 or BF16, or write GGUF");
        if (checkpoint.Config.Architecture != "llama")
            throw new Models.UnsupportedModelException(checkpoint.Path, checkpoint.Config.Architecture, "cannot be written as a Hugging Face directory yet; families that can: llama");
        // The configuration that is written says what a model that runs needs and no more.
        _ = checkpoint.CreateModel();

        using var workers = new Workers(Environment.ProcessorCount);
        Directory.CreateDirectory(directory);
        var entries = checkpoint.Weights.All.Select(pair =>
        {
            var type = typeOf(pair.Key, pair.Value);
            var rows = RopeRows.Map(pair.Key, checkpoint.Config, checkpoint.Config.RopePairing, RopePairing.Halves);
            return new SafetensorsEntry(pair.Key, type, pair.Value.Shape, stream => TensorStream.Write(stream, pair.Value, type, rows, workers, progress, cancellation));
        }).ToList();
        ShardedSafetensorsWriter.Write(directory, entries);
        // Readers convert all tensors to the one type that the configuration names: that of most parameters.
        var usual = types.GroupBy(t => t.Type).MaxBy(g => g.Sum(t => t.Count))?.Key ?? DType.F32;
        AtomicFile.Write(Path.Combine(directory, "config.json"), stream => WriteConfig(stream, checkpoint, usual));
        AtomicFile.Write(Path.Combine(directory, "generation_config.json"), stream => WriteGeneration(stream, checkpoint));
        if (checkpoint.Vocabulary is { } vocabulary) WriteTokenizer(directory, vocabulary, checkpoint);
    }

    private static void WriteTokenizer(string directory, Vocabulary vocabulary, Checkpoint checkpoint)
    {
        AtomicFile.Write(Path.Combine(directory, "tokenizer.model"), stream => stream.Write(SentencePieceModel.Write(vocabulary, "tokenizer.model")));
        AtomicFile.Write(Path.Combine(directory, "tokenizer_config.json"), stream => HuggingFaceTokenizerFiles.WriteConfig(stream, vocabulary, checkpoint.Config.MaxPositionEmbeddings, checkpoint.ChatTemplate));
        AtomicFile.Write(Path.Combine(directory, "special_tokens_map.json"), stream => HuggingFaceTokenizerFiles.WriteSpecialTokensMap(stream, vocabulary));
    }

    private static void WriteConfig(Stream stream, Checkpoint checkpoint, DType type)
    {
        var c = checkpoint.Config;
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteStartArray("architectures");
        json.WriteStringValue("LlamaForCausalLM");
        json.WriteEndArray();
        json.WriteBoolean("attention_bias", false);
        WriteIds(json, checkpoint);
        json.WriteNumber("head_dim", c.HeadDim);
        json.WriteString("hidden_act", "silu");
        json.WriteNumber("hidden_size", c.HiddenSize);
        json.WriteNumber("intermediate_size", c.IntermediateSize);
        json.WriteNumber("max_position_embeddings", c.MaxPositionEmbeddings);
        json.WriteBoolean("mlp_bias", false);
        json.WriteString("model_type", "llama");
        json.WriteNumber("num_attention_heads", c.NumAttentionHeads);
        json.WriteNumber("num_hidden_layers", c.NumHiddenLayers);
        json.WriteNumber("num_key_value_heads", c.NumKeyValueHeads);
        json.WriteNumber("rms_norm_eps", c.NormEps);
        json.WriteNull("rope_scaling");
        json.WriteNumber("rope_theta", c.RopeTheta);
        json.WriteBoolean("tie_word_embeddings", c.TieWordEmbeddings);
        json.WriteString("torch_dtype", type == DType.F16 ? "float16" : type == DType.BF16 ? "bfloat16" : "float32");
        json.WriteNumber("vocab_size", c.VocabSize);
        json.WriteEndObject();
    }

    private static void WriteGeneration(Stream stream, Checkpoint checkpoint)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        WriteIds(json, checkpoint);
        json.WriteEndObject();
    }

    private static void WriteIds(Utf8JsonWriter json, Checkpoint checkpoint)
    {
        if (checkpoint.Config.BosTokenId is { } bos) json.WriteNumber("bos_token_id", bos);
        if (checkpoint.Config.EosTokenIds is [var single]) json.WriteNumber("eos_token_id", single);
        else if (checkpoint.Config.EosTokenIds.Count > 1)
        {
            json.WriteStartArray("eos_token_id");
            foreach (var id in checkpoint.Config.EosTokenIds) json.WriteNumberValue(id);
            json.WriteEndArray();
        }
    }
}
