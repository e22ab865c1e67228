using Bantam.Formats.Gguf;
using Bantam.Kernels;
using Bantam.Models;
using Bantam.Ops;
using Bantam.Tensors;
using Bantam.Tokenizers;

namespace Bantam.Checkpoints;

/// <summary>Writes a checkpoint as one GGUF file, each tensor in the type that is asked for.</summary>
public static class GgufExport
{
    // Keys that speak of the old file's data and not of the model.
    private static readonly string[] OfTheOldFile = ["general.file_type", "general.quantization_version", GgufMetadata.AlignmentKey];

    /// <summary>Bytes of the file that <see cref="Write"/> would write, exactly.</summary>
    /// <param name="checkpoint">The model.</param>
    /// <param name="typeOf">The type of each tensor by Hugging Face path; see <see cref="Write"/>.</param>
    public static long PredictBytes(Checkpoint checkpoint, Func<string, Tensor, DType> typeOf) =>
        Layout(checkpoint, typeOf).FileBytes;

    /// <summary>Bytes of that file before its tensors: header, metadata and padding.</summary>
    internal static long HeaderBytes(Checkpoint checkpoint, Func<string, Tensor, DType> typeOf) => Layout(checkpoint, typeOf).DataOffset;

    /// <summary>Writes the file.</summary>
    /// <param name="path">Written beside and renamed when complete.</param>
    /// <param name="checkpoint">The model; a Llama.</param>
    /// <param name="typeOf">The type of each tensor by Hugging Face path; vectors must stay F32.</param>
    /// <param name="progress">Receives the bytes of each tensor as it is written.</param>
    /// <param name="cancellation">Stops between pieces of a tensor; the target stays as it was.</param>
    /// <exception cref="UnsupportedModelException">The family cannot be written yet (BT2001).</exception>
    /// <exception cref="BantamException">It would become another model, for what it is made of does not run (BT2101 to BT2106).</exception>
    public static void Write(string path, Checkpoint checkpoint, Func<string, Tensor, DType> typeOf, IProgress<long>? progress = null, CancellationToken cancellation = default)
    {
        using var workers = new Workers(Environment.ProcessorCount);
        var sources = Plan(checkpoint, typeOf)
            .Select(t => new GgufTensorSource(t.Spec.Name, t.Spec.DType, t.Spec.Shape, stream => TensorStream.Write(stream, t.Tensor, t.Spec.DType, t.Rows, workers, progress, cancellation)))
            .ToList();
        GgufWriter.Write(path, Metadata(checkpoint, typeOf), sources);
    }

    private static GgufLayout Layout(Checkpoint checkpoint, Func<string, Tensor, DType> typeOf) =>
        new(Metadata(checkpoint, typeOf), Plan(checkpoint, typeOf).Select(t => t.Spec));

    private static List<(GgufTensorSpec Spec, Tensor Tensor, Func<long, long>? Rows)> Plan(Checkpoint checkpoint, Func<string, Tensor, DType> typeOf)
    {
        var names = GgufNames.For(Llama(checkpoint));
        // The keys that are written say what a model that runs needs and no more. A GGUF file's own keys are carried over.
        if (checkpoint.Metadata is null) _ = checkpoint.CreateModel();
        return [.. checkpoint.Weights.All.Select(pair => (
            new GgufTensorSpec(names.ToGguf(pair.Key) ?? throw NoName(checkpoint, pair.Key), typeOf(pair.Key, pair.Value), pair.Value.Shape),
            pair.Value,
            RopeRows.Map(pair.Key, checkpoint.Config, checkpoint.Config.RopePairing, RopePairing.Interleaved)))];
    }

    private static GgufMetadata Metadata(Checkpoint checkpoint, Func<string, Tensor, DType> typeOf)
    {
        _ = Llama(checkpoint);
        var m = new GgufMetadata { ["general.architecture"] = "llama" };
        if (checkpoint.Metadata is { } old)
        {
            foreach (var (key, value) in old.Pairs)
                if (!OfTheOldFile.Contains(key) && !key.StartsWith("split.", StringComparison.Ordinal)) m[key] = value;
        }
        else
        {
            if (checkpoint.Name is { } name) m["general.name"] = name;
            GgufConfig.Write(m, checkpoint.Config);
            if (checkpoint.ChatTemplate is { } template) m["tokenizer.chat_template"] = template;
        }
        var types = checkpoint.Weights.All.Where(t => t.Value.Shape.Rank > 1).Select(t => typeOf(t.Key, t.Value)).ToList();
        m["general.file_type"] = FileType(types);
        if (types.Any(t => t.IsBlocked)) m["general.quantization_version"] = 2u;
        if (checkpoint.Vocabulary is { } vocabulary && checkpoint.Metadata is null) WriteVocabulary(m, vocabulary);
        return m;
    }

    internal static void WriteVocabulary(GgufMetadata m, Vocabulary v)
    {
        const string Prefix = "tokenizer.ggml.";
        m[Prefix + "model"] = "llama";
        m[Prefix + "pre"] = v.PreTokenizer;
        m[Prefix + "tokens"] = v.Pieces;
        m[Prefix + "scores"] = v.Scores;
        m[Prefix + "token_type"] = Array.ConvertAll(v.Types, t => (int)t);
        if (v.BosId is { } bos) m[Prefix + "bos_token_id"] = (uint)bos;
        if (v.EosIds is [var eos, ..]) m[Prefix + "eos_token_id"] = (uint)eos;
        if (v.EosIds is [_, var eot, ..]) m[Prefix + "eot_token_id"] = (uint)eot;
        if (v.UnkId is { } unk) m[Prefix + "unknown_token_id"] = (uint)unk;
        if (v.PadId is { } pad) m[Prefix + "padding_token_id"] = (uint)pad;
        m[Prefix + "add_bos_token"] = v.AddBos;
        m[Prefix + "add_eos_token"] = v.AddEos;
        m[Prefix + "add_space_prefix"] = v.AddSpacePrefix;
    }

    // The enumeration of the specification names the type of most tensors; 1024 says "guessed".
    private static uint FileType(List<DType> types)
    {
        var most = types.GroupBy(t => t).MaxBy(g => g.Count())?.Key ?? DType.F32;
        return most.Name switch
        {
            "F32" => 0,
            "F16" => 1,
            "Q4_0" => 2,
            "Q4_1" => 3,
            "Q8_0" => 7,
            "Q5_0" => 8,
            "Q5_1" => 9,
            "Q2_K" => 10,
            "Q3_K" => 11,
            "Q4_K" => 14,
            "Q5_K" => 16,
            "Q6_K" => 18,
            "IQ4_NL" => 25,
            "IQ4_XS" => 30,
            "BF16" => 32,
            "MXFP4" => 38,
            _ => 1024,
        };
    }

    private static string Llama(Checkpoint checkpoint) => checkpoint.Config.Architecture == "llama"
        ? "llama"
        : throw new UnsupportedModelException(checkpoint.Path, checkpoint.Config.Architecture, "cannot be written as GGUF yet; families that can: llama");

    private static BantamException NoName(Checkpoint checkpoint, string path) =>
        new("BT2108", $"{checkpoint.Path}: tensor '{path}' has no name in GGUF files of this family");
}
