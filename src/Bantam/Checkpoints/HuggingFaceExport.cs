using System.Text.Json;
using Bantam.Formats;
using Bantam.Formats.Safetensors;
using Bantam.Kernels;
using Bantam.Tensors;

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
    /// <param name="checkpoint">The model.</param>
    /// <param name="type">F32, F16 or BF16, for all tensors.</param>
    /// <param name="progress">Receives bytes as they are written.</param>
    /// <param name="cancellation">Stops between pieces of a tensor.</param>
    public static IReadOnlyList<string> Write(string directory, Checkpoint checkpoint, DType type, IProgress<long>? progress = null, CancellationToken cancellation = default) =>
        Write(directory, checkpoint, (_, _) => type, progress, cancellation);

    /// <summary>Writes into <paramref name="directory"/>, which is created.</summary>
    /// <param name="directory">An empty or new directory; files of the same names are replaced.</param>
    /// <param name="checkpoint">The model.</param>
    /// <param name="typeOf">The type of each tensor by Hugging Face path; one that <see cref="Holds"/> allows: safetensors has no block formats.</param>
    /// <param name="progress">Receives bytes as they are written.</param>
    /// <param name="cancellation">Stops between pieces of a tensor.</param>
    /// <returns>What the directory does not hold of the model, one sentence each; usually none.</returns>
    /// <exception cref="BantamException">The type has no place in safetensors (BT1068), a tensor is missing, of another shape or left over (BT2103 to BT2105), or a <c>config.json</c> cannot say what the model is (BT2109).</exception>
    public static IReadOnlyList<string> Write(string directory, Checkpoint checkpoint, Func<string, Tensor, DType> typeOf, IProgress<long>? progress = null, CancellationToken cancellation = default)
    {
        var types = checkpoint.Weights.All.Select(t => (Type: typeOf(t.Key, t.Value), t.Value.Shape.Count)).ToList();
        if (types.Select(t => t.Type).FirstOrDefault(t => !Holds(t)) is { } type)
            throw new BantamException("BT1068", $"{directory}: {type} is not written to safetensors files; use F32, F16 or BF16, or write GGUF");
        var config = HuggingFaceRopeWriter.Sayable(checkpoint.Path, checkpoint.Config);
        if (config.Head != Models.ModelHead.LanguageModel)
            throw new BantamException("BT2109", $"{checkpoint.Path}: a model with a head for {config.Head} cannot be written yet; language models can");
        var plan = ExportPlan.ForDirectory(checkpoint, typeOf);

        using var workers = new Workers(Environment.ProcessorCount);
        Directory.CreateDirectory(directory);
        var entries = plan.ConvertAll(t => new SafetensorsEntry(t.Name, t.Type, t.Shape, stream => TensorStream.Write(stream, t, workers, progress, cancellation)));
        ShardedSafetensorsWriter.Write(directory, entries);
        // Readers convert all tensors to the one type that the configuration names: that of most parameters.
        var usual = types.GroupBy(t => t.Type).MaxBy(g => g.Sum(t => t.Count))?.Key ?? DType.F32;
        AtomicFile.Write(Path.Combine(directory, "config.json"), stream => WriteObject(stream, json => HuggingFaceConfigWriter.Write(json, config, usual, checkpoint.Vocabulary?.PadId)));
        AtomicFile.Write(Path.Combine(directory, "generation_config.json"), stream => WriteObject(stream, json =>
        {
            json.WriteStartObject();
            HuggingFaceConfigWriter.WriteIds(json, config);
            json.WriteEndObject();
        }));
        HuggingFaceTokenizer.Write(directory, checkpoint);
        return LeftBehind.InDirectory(checkpoint);
    }

    private static void WriteObject(Stream stream, Action<Utf8JsonWriter> write)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        write(json);
    }
}
