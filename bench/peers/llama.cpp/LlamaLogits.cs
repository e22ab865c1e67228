using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Bantam.Formats.Gguf;
using Bantam.Kernels.Quant;
using Bantam.Models;
using Bantam.Nn;
using Bantam.Tests.Models;

namespace Bantam.Peers.LlamaCpp;

/// <summary>
/// Writes <see cref="ExactLlama"/> checkpoints as GGUF files in every format, has llama.cpp compute their logits and keeps
/// what <see cref="LogitsDigest"/> keeps of them; says on the way how far Bantam's logits lie apart.
/// </summary>
internal static class LlamaLogits
{
    public static void Write(string folder, string output)
    {
        GgmlLibrary.LoadAll(folder);
        using var stream = File.Create(output);
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteString("made by", "bench/peers/llama.cpp logits");
        json.WriteString("llama.cpp", LlamaEngine.Version());
        json.WriteString("ggml", GgmlLibrary.Version());
        json.WriteString("setting", $"{GgmlLibrary.CpuModule()}, one thread, F32 cache, no flash attention, no repacking");
        json.WriteStartArray("models");
        foreach (var (shape, (config, _)) in ExactLlama.Shapes)
            foreach (var format in BlockFormats.All.Where(f => f.DType.GgmlType >= 0))
            {
                var weights = ExactLlama.Weights(config, format.DType, ExactLlama.Seed(shape, format.DType));
                var theirs = Theirs(config, weights);
                Report($"{shape}, {format.DType.Name}", theirs, ExactLlama.Logits(config, weights), config.VocabSize);
                if (format.DType.BlockBytes == 2)
                    Report("    with activations rounded to it", theirs, ExactLlama.Logits(config, weights, format.DType), config.VocabSize);
                Write(json, shape, format.DType.Name, LogitsDigest.Of(theirs, config.VocabSize));
            }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>
    /// The largest differences for other seeds, and how many positions come before the first above 1e-4; of all formats
    /// unless some are named.
    /// </summary>
    public static void Survey(string folder, int seeds, string[] formats)
    {
        GgmlLibrary.LoadAll(folder);
        foreach (var (shape, (config, _)) in ExactLlama.Shapes)
            for (var seed = 1; seed <= seeds; seed++)
            {
                var columns = new List<string>();
                foreach (var format in BlockFormats.All.Where(f => f.DType.GgmlType >= 0 && (formats.Length == 0 || formats.Contains(f.DType.Name))))
                {
                    var weights = ExactLlama.Weights(config, format.DType, (ulong)seed);
                    var theirs = Theirs(config, weights);
                    var ours = ExactLlama.Logits(config, weights);
                    var differences = theirs.Zip(ours, (a, b) => Math.Abs((double)a - b)).ToList();
                    var first = differences.FindIndex(d => d > 1e-4);
                    columns.Add($"{format.DType.Name} {differences.Max():g2}{(first < 0 ? "" : $" from {first / config.VocabSize}")}");
                }
                Console.WriteLine($"{shape}, seed {seed}: {string.Join("; ", columns)}");
            }
    }

    private static float[] Theirs(ModelConfig config, Weights weights)
    {
        var file = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():n}.gguf");
        try
        {
            GgufWriter.Write(file, Metadata(config), [.. weights.All.Select(t => GgufTensorSource.From(GgufNames.Llama.ToGguf(t.Key)!, t.Value))]);
            using var engine = new LlamaEngine(file);
            return engine.Logits(ExactLlama.Text(config));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static GgufMetadata Metadata(ModelConfig config) => new()
    {
        ["general.architecture"] = "llama",
        ["llama.vocab_size"] = (uint)config.VocabSize,
        ["llama.context_length"] = (uint)config.MaxPositionEmbeddings,
        ["llama.embedding_length"] = (uint)config.HiddenSize,
        ["llama.block_count"] = (uint)config.NumHiddenLayers,
        ["llama.feed_forward_length"] = (uint)config.IntermediateSize,
        ["llama.attention.head_count"] = (uint)config.NumAttentionHeads,
        ["llama.attention.head_count_kv"] = (uint)config.NumKeyValueHeads,
        ["llama.attention.key_length"] = (uint)config.HeadDim,
        ["llama.attention.value_length"] = (uint)config.HeadDim,
        ["llama.attention.layer_norm_rms_epsilon"] = config.NormEps,
        ["llama.rope.dimension_count"] = (uint)config.HeadDim,
        ["llama.rope.freq_base"] = config.RopeTheta,
        // The least vocabulary that is one: three control tokens, the line feed, and words.
        ["tokenizer.ggml.model"] = "llama",
        ["tokenizer.ggml.tokens"] = Enumerable.Range(0, config.VocabSize).Select(Piece).ToArray(),
        ["tokenizer.ggml.scores"] = Enumerable.Range(0, config.VocabSize).Select(i => (float)-i).ToArray(),
        ["tokenizer.ggml.token_type"] = Enumerable.Range(0, config.VocabSize).Select(i => i switch { 0 => 2, 1 or 2 => 3, 3 => 6, _ => 1 }).ToArray(),
        ["tokenizer.ggml.bos_token_id"] = 1u,
        ["tokenizer.ggml.eos_token_id"] = 2u,
        ["tokenizer.ggml.unknown_token_id"] = 0u,
    };

    private static string Piece(int id) => id switch { 0 => "<unk>", 1 => "<s>", 2 => "</s>", 3 => "<0x0A>", _ => $"word{id}" };

    private static void Write(Utf8JsonWriter json, string shape, string format, LogitsDigest digest)
    {
        json.WriteStartObject();
        json.WriteString("shape", shape);
        json.WriteString("format", format);
        // Numbers in one line each.
        json.WritePropertyName("top ids");
        json.WriteRawValue($"[{string.Join(", ", digest.TopIds)}]");
        Floats("top logits", digest.TopLogits);
        Floats("moments", digest.Moments);
        Floats("projections", digest.Projections);
        json.WriteEndObject();

        void Floats(string name, float[] values)
        {
            json.WritePropertyName(name);
            json.WriteRawValue($"[{string.Join(", ", values.Select(v => v.ToString("r", CultureInfo.InvariantCulture)))}]");
        }
    }

    private static void Report(string name, float[] theirs, float[] ours, int vocabulary)
    {
        var differences = theirs.Zip(ours, (a, b) => Math.Abs((double)a - b)).ToArray();
        var tops = Enumerable.Range(0, theirs.Length / vocabulary)
            .Count(t => Top(theirs, t) == Top(ours, t));
        var root = Math.Sqrt(differences.Average(d => d * d));
        Console.WriteLine($"{name}: logits {LogitsDigest.Of(theirs, vocabulary).Moments[1]:f2} around their mean; "
            + $"Bantam differs by at most {differences.Max():g2}, {root:g2} in the root of the mean square; same first token at {tops} of {theirs.Length / vocabulary} positions");

        int Top(float[] logits, int t)
        {
            var row = logits.AsSpan(t * vocabulary, vocabulary);
            var best = 0;
            for (var i = 1; i < vocabulary; i++)
                if (row[i] > row[best]) best = i;
            return best;
        }
    }
}
