using System.Runtime.InteropServices;
using Bantam.Formats.Gguf;
using Bantam.Kernels;
using Bantam.Tensors;

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
    /// <param name="checkpoint">The model.</param>
    /// <param name="typeOf">The type of each matrix by Hugging Face path; vectors are F32 always.</param>
    /// <param name="progress">Receives the bytes of each tensor as it is written.</param>
    /// <param name="cancellation">Stops between pieces of a tensor; the target stays as it was.</param>
    /// <returns>What the file does not hold of the model, or llama.cpp will make otherwise of it than the model says, one sentence each; usually none.</returns>
    /// <exception cref="BantamException">A tensor is missing, of another shape or left over (BT2103 to BT2105), has no name in GGUF (BT2108), or no key says what the model is (BT2109).</exception>
    public static IReadOnlyList<string> Write(string path, Checkpoint checkpoint, Func<string, Tensor, DType> typeOf, IProgress<long>? progress = null, CancellationToken cancellation = default)
    {
        using var workers = new Workers(Environment.ProcessorCount);
        var notices = new List<string>();
        var plan = ExportPlan.ForGguf(checkpoint, typeOf);
        var sources = plan.Select(t => new GgufTensorSource(t.Name, t.Type, t.Shape, stream => TensorStream.Write(stream, t, workers, progress, cancellation)));
        GgufWriter.Write(path, Metadata(checkpoint, plan, notices), [.. sources, .. Tables(checkpoint)]);
        return [.. notices, .. LeftBehind.InGguf(checkpoint)];
    }

    private static GgufLayout Layout(Checkpoint checkpoint, Func<string, Tensor, DType> typeOf)
    {
        var plan = ExportPlan.ForGguf(checkpoint, typeOf);
        return new(Metadata(checkpoint, plan, []), [.. plan.Select(t => new GgufTensorSpec(t.Name, t.Type, t.Shape)), .. Tables(checkpoint)]);
    }

    private static IEnumerable<GgufTensorSource> Tables(Checkpoint checkpoint) => RopeTables.Of(checkpoint.Config)
        .Select(t => new GgufTensorSource(t.Name, DType.F32, new Shape(t.Factors.Length), stream => stream.Write(MemoryMarshal.AsBytes(t.Factors.AsSpan()))));

    private static GgufMetadata Metadata(Checkpoint checkpoint, List<ExportedTensor> plan, List<string> notices)
    {
        var m = new GgufMetadata { ["general.architecture"] = GgufConfigWriter.ArchitectureOf(checkpoint.Config) };
        if (checkpoint.Metadata is { } old)
        {
            foreach (var (key, value) in old.Pairs)
                if (!OfTheOldFile.Contains(key) && !key.StartsWith("split.", StringComparison.Ordinal)) m[key] = value;
        }
        else
        {
            if (checkpoint.Name is { } name) m["general.name"] = name;
            GgufConfigWriter.Write(m, checkpoint.Config, notices);
            GgufTokenizer.Write(m, checkpoint);
        }
        var types = plan.Where(t => t.Shape.Rank > 1).Select(t => t.Type).ToList();
        m["general.file_type"] = FileType(types);
        if (types.Any(t => t.IsBlocked)) m["general.quantization_version"] = 2u;
        return m;
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
}
