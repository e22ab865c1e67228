using Bantam.Formats.HuggingFace;
using Bantam.Models;
using Bantam.Tensors;

namespace Bantam.Checkpoints;

/// <summary>
/// What a Hugging Face configuration says of weights in 8-bit floats: which rectangles of a matrix share a scale. Only the
/// weights are meant; how a checkpoint's own kernels round activations, keys and values does not concern the engine
/// (docs/numerics.md).
/// </summary>
/// <remarks>
/// Spellings: <c>quantization_config</c> of transformers (fbgemm_fp8, fp8), of compressed-tensors
/// (github.com/vllm-project/compressed-tensors) and of ModelOpt, which may keep it in <c>hf_quant_config.json</c>.
/// </remarks>
/// <param name="PerTensor">A scale for the whole matrix is allowed.</param>
/// <param name="PerOutput">A scale for every row is allowed.</param>
/// <param name="Blocks">The sizes of rectangles, [rows, columns], that are allowed.</param>
internal sealed record Float8Scheme(bool PerTensor, bool PerOutput, IReadOnlyList<(long Rows, long Columns)> Blocks)
{
    private const string Field = "quantization_config";
    private const string Methods = "what runs are 8-bit floats (fbgemm_fp8, fp8, compressed-tensors of 8-bit floats, modelopt FP8); such a checkpoint can be sized, or converted from its original";

    // Far more than any kernel's tile.
    private const int LargestBlock = 1 << 20;

    /// <summary>Reads the scheme; null where nothing is said of quantisation.</summary>
    /// <exception cref="ModelFileException">Another method, another width, or one that changes more than the storage of weights (BT2120); a field that makes no sense (BT1063).</exception>
    public static Float8Scheme? Read(HuggingFaceDirectory directory)
    {
        var file = Path.Combine(directory.Path, "config.json");
        var config = new ConfigFields(directory.Config, file);
        // Old compressed-tensors and MLX have names of their own for it.
        if ((config.Object(Field) ?? config.Object("compression_config") ?? config.Object("quantization")) is { } said) return Read(said);
        if (directory.FindFile("hf_quant_config.json") is not { } apart) return null;
        using var settings = HuggingFaceDirectory.Open(apart, weights: false);
        return new ConfigFields(settings.Config, apart).Object("quantization") is { } quantization ? ModelOpt(quantization) : null;
    }

    /// <summary>The scheme of the object itself.</summary>
    public static Float8Scheme Read(ConfigFields fields) => fields.Text("quant_method") switch
    {
        "fbgemm_fp8" => new(PerTensor: false, PerOutput: true, []),
        "fp8" => Fp8(fields),
        "compressed-tensors" => CompressedTensors(fields),
        "modelopt" => ModelOpt(fields),
        null when fields.Has("quant_algo") => ModelOpt(fields),
        var method => throw Refuse(fields, "quant_method", method ?? "absent", Methods),
    };

    /// <summary>Which scales of shape <paramref name="scale"/> a matrix [out, in] may have beside it, as row and column blocks; null where they do not fit.</summary>
    public (long Rows, long Columns)? Match(Shape matrix, Shape scale)
    {
        if (PerTensor && scale.Count == 1) return (matrix[0], matrix[1]);
        if (PerOutput && (scale == new Shape(matrix[0], 1) || scale == new Shape(matrix[0]))) return (1, matrix[1]);
        foreach (var (rows, columns) in Blocks)
            if (scale == new Shape(TensorScales.Blocks(matrix[0], rows), TensorScales.Blocks(matrix[1], columns))) return (rows, columns);
        return null;
    }

    /// <summary>The shapes that <see cref="Match"/> takes for a matrix, for messages.</summary>
    public string Expected(Shape matrix) => string.Join(" or ", Shapes(matrix).Distinct());

    private IEnumerable<string> Shapes(Shape matrix)
    {
        if (PerTensor) yield return "a single number";
        if (PerOutput) yield return $"{new Shape(matrix[0], 1)}";
        foreach (var (rows, columns) in Blocks) yield return $"{new Shape(TensorScales.Blocks(matrix[0], rows), TensorScales.Blocks(matrix[1], columns))}";
    }

    // DeepSeek's and Qwen's: rectangles, or one scale per tensor where no size is given.
    private static Float8Scheme Fp8(ConfigFields fields)
    {
        if (fields.Text("fmt") is { } format && format != "e4m3")
            throw Refuse(fields, "fmt", format, "weights in e4m3 run");
        return fields.Ints("weight_block_size", 1, LargestBlock, 2) switch
        {
            null => new(PerTensor: true, PerOutput: true, []),
            [var rows, var columns] => new(PerTensor: false, PerOutput: false, [(rows, columns)]),
            { Count: var count } => throw fields.Refuse("weight_block_size", $"a list of {count}", "must be the rows and columns of a block"),
        };
    }

    private static Float8Scheme ModelOpt(ConfigFields fields) => fields.Text("quant_algo") is "FP8"
        ? new(PerTensor: true, PerOutput: false, [])
        : throw Refuse(fields, "quant_algo", fields.Text("quant_algo") ?? "absent", Methods);

    private static Float8Scheme CompressedTensors(ConfigFields fields)
    {
        RefuseFormat(fields);
        // Both change what the stored weights mean.
        if (fields.Object("transform_config") is { } transform && transform.Count() > 0)
            throw Refuse(fields, "transform_config", "not empty", "rotated weights are not run yet");
        if (fields.Object("sparsity_config")?.Text("format") is { } sparse && sparse != "dense")
            throw Refuse(fields, "sparsity_config format", sparse, "dense weights run");

        var scheme = new Float8Scheme(false, false, []);
        foreach (var group in fields.Objects("config_groups"))
        {
            RefuseFormat(group);
            if (group.Object("weights") is { } weights) scheme = scheme.With(weights);
        }
        return scheme is { PerTensor: false, PerOutput: false, Blocks: [] }
            ? throw Refuse(fields, "config_groups", "without weights", Methods)
            : scheme;
    }

    private Float8Scheme With(ConfigFields weights)
    {
        var (bits, type) = (weights.Int("num_bits", 1, 64, absent: 8), weights.Text("type") ?? "int");
        if (bits != 8 || type != "float" || !weights.Bool("symmetric", absent: true) || weights.Bool("dynamic", absent: false))
            throw Refuse(weights, "weights", $"{bits}-bit {type}", Methods);
        return weights.Text("strategy") switch
        {
            null or "tensor" => this with { PerTensor = true },
            "channel" => this with { PerOutput = true },
            "block" when weights.Ints("block_structure", 1, LargestBlock, 2) is [var rows, var columns] => this with { Blocks = [.. Blocks, (rows, columns)] },
            var other => throw Refuse(weights, "weights strategy", other, "scales per tensor, channel or block run"),
        };
    }

    private static void RefuseFormat(ConfigFields fields)
    {
        if (fields.Text("format") is { } format and not ("float-quantized" or "naive-quantized"))
            throw Refuse(fields, "format", format, Methods);
    }

    private static ModelFileException Refuse(ConfigFields fields, string field, string value, string limit) =>
        new("BT2120", fields.File, $"{Field} {field}", value, limit);
}
