using System.Text.Json.Nodes;
using Bantam.Formats.Safetensors;
using Bantam.Kernels.Quant;
using Bantam.Models;
using Bantam.Ops;
using Bantam.Tensors;
using Bantam.Tests.Formats;
using Bantam.Tests.Models;

namespace Bantam.Tests.Checkpoints;

/// <summary>
/// Random Llamas as Hugging Face directories, each with its matrices in 8-bit floats as one kind of checkpoint keeps
/// them, and beside it the same model with every value multiplied out in F32.
/// </summary>
internal static unsafe class Float8Llama
{
    /// <summary>Rows and columns that blocks of 128 do not divide, and blocks of 32 do.</summary>
    public static ModelConfig Config { get; } = new()
    {
        Architecture = "llama",
        HiddenSize = 160,
        NumHiddenLayers = 2,
        NumAttentionHeads = 4,
        NumKeyValueHeads = 2,
        HeadDim = 48,
        IntermediateSize = 320,
        VocabSize = 97,
        MaxPositionEmbeddings = 128,
        RopePairing = RopePairing.Halves,
    };

    private const string OfGroups = """{"quant_method": "compressed-tensors", "format": "FORMAT", "quantization_status": "compressed", "ignore": ["lm_head"], "kv_cache_scheme": null, "config_groups": {"group_0": {"targets": ["Linear"], "weights": {"num_bits": 8, "type": "float", "symmetric": true, "dynamic": false, "strategy": STRATEGY}, "input_activations": {"num_bits": 8, "type": "float", "strategy": "token", "dynamic": true}, "output_activations": null}}}""";

    /// <summary>The kinds of checkpoints.</summary>
    public static IReadOnlyDictionary<string, Kind> Kinds { get; } = new Dictionary<string, Kind>
    {
        ["fbgemm_fp8"] = new("""{"quant_method": "fbgemm_fp8", "activation_scale_ub": 1200.0, "modules_to_not_convert": ["lm_head"]}""", 1, 0)
        { Holds = name => name.Contains(".mlp.", StringComparison.Ordinal) },
        ["fbgemm_fp8, BF16 scales"] = new("""{"quant_method": "fbgemm_fp8", "activation_scale_ub": 1200.0}""", 1, 0) { ScaleType = DType.BF16 },
        ["compressed-tensors, tensor"] = new(Groups("naive-quantized", "\"tensor\""), 0, 0) { ScaleShape = "[1]", Companions = ["input_scale", "k_scale of self_attn", "v_scale of self_attn"] },
        ["compressed-tensors, channel"] = new(Groups("float-quantized", "\"channel\""), 1, 0) { ScaleType = DType.BF16 },
        ["compressed-tensors, block"] = new(Groups("float-quantized", "\"block\", \"block_structure\": [128, 128]"), 128, 128) { ScaleType = DType.BF16 },
        ["fp8, blocks"] = new("""{"quant_method": "fp8", "fmt": "e4m3", "activation_scheme": "dynamic", "weight_block_size": [128, 128]}""", 128, 128) { Suffix = "_scale_inv" },
        ["fp8, small blocks"] = new("""{"quant_method": "fp8", "weight_block_size": [24, 48]}""", 24, 48) { Suffix = "_scale_inv", Holds = _ => true },
        ["fp8, static"] = new("""{"quant_method": "fp8", "activation_scheme": "static"}""", 0, 0) { ScaleShape = "[]", Companions = ["input_scale"] },
        ["modelopt"] = new("""{"quant_algo": "FP8", "kv_cache_scheme": "FP8", "ignore": ["lm_head"]}""", 0, 0) { ScaleShape = "[]", Companions = ["input_scale", "k_scale", "v_scale"] },
        ["modelopt, in a file of its own"] = new("""{"producer": {"name": "modelopt"}, "quantization": {"quant_algo": "FP8", "exclude_modules": ["lm_head"]}}""", 0, 0)
        { ScaleShape = "[]", Companions = ["input_scale"], File = "hf_quant_config.json" },
    };

    /// <summary>Writes both directories and returns their paths.</summary>
    public static (string Quantised, string Plain) Write(ScratchFolder folder, string kind)
    {
        var (quantised, plain) = (folder.File("fp8"), folder.File("plain"));
        var (q, p) = Tensors(Kinds[kind]);
        WriteDirectory(quantised, Kinds[kind].Quantization, q, Kinds[kind].File);
        WriteDirectory(plain, null, p);
        return (quantised, plain);
    }

    /// <summary>Writes a directory of these tensors; <paramref name="quantization"/> is JSON.</summary>
    public static void WriteDirectory(string path, string? quantization, IEnumerable<KeyValuePair<string, Tensor>> tensors, string file = "config.json")
    {
        Directory.CreateDirectory(path);
        var c = Config;
        var config = new JsonObject
        {
            ["model_type"] = "llama",
            ["hidden_size"] = c.HiddenSize,
            ["num_hidden_layers"] = c.NumHiddenLayers,
            ["num_attention_heads"] = c.NumAttentionHeads,
            ["num_key_value_heads"] = c.NumKeyValueHeads,
            ["head_dim"] = c.HeadDim,
            ["intermediate_size"] = c.IntermediateSize,
            ["vocab_size"] = c.VocabSize,
            ["max_position_embeddings"] = c.MaxPositionEmbeddings,
            // The same in both directories, so that files made of them can be equal.
            ["_name_or_path"] = "tiny",
        };
        if (quantization is not null && file == "config.json") config["quantization_config"] = JsonNode.Parse(quantization);
        File.WriteAllText(System.IO.Path.Combine(path, "config.json"), config.ToJsonString());
        if (quantization is not null && file != "config.json") File.WriteAllText(System.IO.Path.Combine(path, file), quantization);
        SafetensorsWriter.Write(System.IO.Path.Combine(path, "model.safetensors"), [.. tensors.Select(t => SafetensorsEntry.Of(t.Key, t.Value))]);
    }

    /// <summary>The tensors of a kind with their companions, and the same weights multiplied out.</summary>
    public static (Dictionary<string, Tensor> Quantised, Dictionary<string, Tensor> Plain) Tensors(Kind kind)
    {
        var (quantised, plain) = (new Dictionary<string, Tensor>(), new Dictionary<string, Tensor>());
        foreach (var (name, tensor) in TinyLlama.Weights(Config, DType.F32, seed: 5).All)
        {
            plain[name] = quantised[name] = tensor;
            if (tensor.Shape.Rank != 2 || !kind.Holds(name)) continue;
            var (weight, scales, values) = Quantise(tensor, kind);
            (quantised[name], quantised[name + kind.Suffix], plain[name]) = (weight, scales, values);
            var module = name[..^".weight".Length];
            foreach (var companion in kind.Companions)
                if (companion == "input_scale" || module.EndsWith($"{companion[0]}_proj", StringComparison.Ordinal))
                    quantised[Path(module, companion)] = TinyLlama.Store([0.02f], DType.F32, new Shape());
        }
        return (quantised, plain);
    }

    // ModelOpt gives the scale of keys to the linear that makes them, compressed-tensors to the attention that stores them.
    private static string Path(string module, string companion) => companion.EndsWith(" of self_attn", StringComparison.Ordinal)
        ? $"{module[..module.LastIndexOf('.')]}.{companion[.."k_scale".Length]}"
        : $"{module}.{companion}";

    private static string Groups(string format, string strategy) => OfGroups.Replace("FORMAT", format, StringComparison.Ordinal).Replace("STRATEGY", strategy, StringComparison.Ordinal);

    // Each rectangle's largest magnitude becomes 448; what comes back is multiplied out one by one.
    private static (Tensor Weight, Tensor Scales, Tensor Values) Quantise(Tensor tensor, Kind kind)
    {
        var (rows, columns) = (tensor.Shape[0], tensor.Shape[1]);
        var (rowBlock, columnBlock) = (kind.RowBlock == 0 ? rows : kind.RowBlock, kind.ColumnBlock == 0 ? columns : kind.ColumnBlock);
        var (down, across) = ((rows + rowBlock - 1) / rowBlock, (columns + columnBlock - 1) / columnBlock);
        var scales = new float[down * across];
        var source = tensor.AsSpan<float>();
        for (var i = 0; i < source.Length; i++)
        {
            ref var scale = ref scales[(i / columns / rowBlock * across) + (i % columns / columnBlock)];
            scale = Math.Max(scale, Math.Abs(source[i]) / 448);
        }
        var shape = kind.ScaleShape switch { "[]" => new Shape(), "[1]" => new Shape(1), _ => new Shape(down, across) };
        var stored = TinyLlama.Store(scales, kind.ScaleType, shape);
        fixed (float* s = scales) BlockFormats.Of(kind.ScaleType).Dequantize(stored.Data, s, scales.Length);

        var codes = new float[source.Length];
        for (var i = 0; i < codes.Length; i++) codes[i] = source[i] / scales[(i / columns / rowBlock * across) + (i % columns / columnBlock)];
        var weight = TinyLlama.Store(codes, DType.F8_E4M3, tensor.Shape);
        fixed (float* c = codes) F8_E4M3.Dequantize(weight.Data, c, codes.Length);
        for (var i = 0; i < codes.Length; i++) codes[i] *= scales[(i / columns / rowBlock * across) + (i % columns / columnBlock)];
        return (weight, stored, TinyLlama.Store(codes, DType.F32, tensor.Shape));
    }

    /// <summary>How a kind of checkpoint keeps 8-bit floats.</summary>
    /// <param name="Quantization">The JSON of its quantization_config.</param>
    /// <param name="RowBlock">Rows that share a scale, 0 for all.</param>
    /// <param name="ColumnBlock">Columns that share a scale, 0 for all.</param>
    internal sealed record Kind(string Quantization, long RowBlock, long ColumnBlock)
    {
        public DType ScaleType { get; init; } = DType.F32;

        public string ScaleShape { get; init; } = "[rows, columns]";

        public string Suffix { get; init; } = "_scale";

        public string[] Companions { get; init; } = [];

        public string File { get; init; } = "config.json";

        public Func<string, bool> Holds { get; init; } = name => name.Contains("_proj.", StringComparison.Ordinal);
    }
}
