using System.Globalization;
using System.Runtime.InteropServices;
using Bantam.Checkpoints;
using Bantam.Formats.Gguf;
using Bantam.Kernels.Quant;
using Bantam.Models;
using Bantam.Sizing;
using Bantam.Tensors;

namespace Bantam.Benchmarks.Models;

/// <summary>
/// GGUF files with random weights in the shapes of published models: as fast as the originals, and to be had without a
/// download. <c>dotnet run -c Release --project bench/Bantam.Benchmarks -- generate tinyllama Q4_K_M FILE</c>
/// </summary>
internal static class RandomModel
{
    // Tensors of a vocabulary's size are wider than what is behind a normalisation may be: logits spread by about three.
    private const double SpreadOfLogits = 2.7;

    /// <summary>Writes a file.</summary>
    /// <param name="shape">A name of the catalogue, of a dense decoder: <c>tinyllama</c>, <c>llama-3.2-1b</c>, <c>gemma-2b</c>, <c>llama-3.1-8b</c>.</param>
    /// <param name="format">A format, or <c>Q4_K_M</c> or <c>Q5_K_M</c>, which keep some tensors in Q6_K.</param>
    /// <param name="path">The file.</param>
    public static int Write(string shape, string format, string path)
    {
        var config = ExportPlan.InGguf(ModelCatalog.Find(shape).Config);
        var mixed = format.EndsWith("_K_M", StringComparison.OrdinalIgnoreCase);
        if (!DType.TryParse(mixed ? format[..^2] : format, out var type) || !BlockFormats.TryOf(type, out _) || type.GgmlType < 0 || (mixed && type.Name is not ("Q4_K" or "Q5_K")))
            throw new BantamException("BT2101", $"{format} is no format of the generator: {BlockFormats.Names}, Q4_K_M, Q5_K_M; in GGUF files only");
        if (config.NumExperts > 0 || !Architectures.Of(config).IsDecoder) throw new BantamException("BT2101", $"{shape} is no dense decoder, and the generator makes no other");

        var metadata = new GgufMetadata { ["general.architecture"] = GgufConfigWriter.ArchitectureOf(config), ["general.name"] = $"random {shape}" };
        GgufConfigWriter.Write(metadata, config, []);
        GgufTokenizer.Write(metadata, RandomWords.Of(config), config.VocabSize);
        metadata["general.quantization_version"] = 2u;

        var names = GgufNames.For(config.Architecture);
        var random = new Random(1);
        var blocks = new Dictionary<(DType, double), RandomBlocks>();
        var sources = Architectures.Of(config).Layout(config).Select(Source)
            .Concat(RopeTables.Of(config).Select(t => new GgufTensorSource(t.Name, DType.F32, new Shape(t.Factors.Length), stream => stream.Write(MemoryMarshal.AsBytes(t.Factors.AsSpan())))))
            .ToList();
        GgufWriter.Write(path, metadata, sources);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{path}: {new FileInfo(path).Length:N0} bytes"));
        return 0;

        GgufTensorSource Source(TensorSpec spec)
        {
            var stored = TypeOf(config, spec, type, mixed);
            return new(names.ToGguf(spec.Name)!, stored, spec.Shape, spec.Shape.Rank == 1
                ? stream => RandomBlocks.WriteVector(stream, spec.Shape.Count, spec.Role == TensorRole.Bias ? 0 : 1, random)
                : stream => Blocks(stored, Sigma(spec)).Write(stream, stored.Bytes(spec.Shape.Count)));
        }

        RandomBlocks Blocks(DType stored, double sigma) =>
            blocks.TryGetValue((stored, sigma), out var known) ? known : blocks[(stored, sigma)] = new RandomBlocks(stored, sigma, blocks.Count);

        // What is added to the residual stream is kept small.
        static double Sigma(TensorSpec spec) => spec.Role is TensorRole.Embedding or TensorRole.Head
            ? SpreadOfLogits / Math.Sqrt(spec.RowLength)
            : (spec.Name.Contains("o_proj", StringComparison.Ordinal) || spec.Name.Contains("down_proj", StringComparison.Ordinal) ? 0.5 : 1) / Math.Sqrt(spec.RowLength);
    }

    // As llama.cpp's quantiser stores them: the head in Q6_K, beside blocks that are smaller; in mixtures the values and the
    // way down too, in the first and last eighth of the layers and in every third between.
    private static DType TypeOf(ModelConfig config, TensorSpec spec, DType type, bool mixed)
    {
        var stored = StorageRule.TypeOf(spec, type);
        if (!stored.IsBlocked || spec.RowLength % DType.Q6_K.BlockSize != 0) return stored;
        var isHead = spec.Role == TensorRole.Head || (spec.Role == TensorRole.Embedding && config.TieWordEmbeddings);
        if (isHead && type != DType.Q8_0) return DType.Q6_K;
        var isWider = spec.Name.Contains("v_proj", StringComparison.Ordinal) || spec.Name.Contains("down_proj", StringComparison.Ordinal);
        if (!mixed || !isWider) return stored;
        var (layer, eighth) = (int.Parse(spec.Name.Split('.')[2], CultureInfo.InvariantCulture), config.NumHiddenLayers / 8);
        return layer < eighth || layer >= 7 * config.NumHiddenLayers / 8 || (layer - eighth) % 3 == 2 ? DType.Q6_K : stored;
    }
}
