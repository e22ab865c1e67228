using Bantam.Kernels.Quant;
using Bantam.Tensors;

namespace Bantam.Checkpoints;

/// <summary>
/// Puts the scales of weights in 8-bit floats beside them: <c>X.weight_scale</c> or <c>X.weight_scale_inv</c> (both are
/// multiplied, whatever the name) belongs to <c>X.weight</c>. Weights stay where they lie; scales are the only numbers that are
/// copied, and only where they are not F32.
/// </summary>
internal static class ScaledWeights
{
    private static readonly string[] Suffixes = ["_scale", "_scale_inv"];

    // Scales of activations, keys and values: the checkpoint's kernels round these to 8 bits, the engine does not.
    private static readonly string[] NotOfWeights = ["input_scale", "input_scale_ub", "activation_scale", "output_scale", "q_scale", "k_scale", "v_scale", "kv_scale"];

    /// <summary>The weights among <paramref name="tensors"/>, with their scales; other tensors as they are, so that a model still refuses what it does not know.</summary>
    /// <param name="path">The directory, for errors.</param>
    /// <param name="tensors">All tensors of the files.</param>
    /// <param name="scheme">What the configuration says of scales, or null where it says nothing.</param>
    /// <exception cref="ModelFileException">A scale is missing, doubled, of another shape or type, or belongs to a weight that is no 8-bit float (BT2121).</exception>
    public static IReadOnlyDictionary<string, Tensor> Attach(string path, IReadOnlyDictionary<string, Tensor> tensors, Float8Scheme? scheme)
    {
        if (scheme is null)
        {
            return tensors.FirstOrDefault(t => t.Value.DType == DType.F8_E4M3) is { Key: { } unsaid }
                ? throw Refuse(path, unsaid, "F8_E4M3", "config.json has no quantization_config that says how it is scaled")
                : tensors;
        }
        var modules = Modules(tensors.Keys);
        var weights = new OrderedDictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var (name, tensor) in tensors)
        {
            if (Owner(name, tensors) is { } owner)
            {
                if (tensors[owner].DType != DType.F8_E4M3)
                    throw Refuse(path, owner, $"{tensors[owner].DType}", $"it has a scale, '{ModelFileException.Printable(name)}', and only F8_E4M3 is scaled");
            }
            else if (!IsOfActivations(name, modules))
            {
                weights.Add(name, tensor.DType == DType.F8_E4M3 ? WithScale(path, name, tensor, tensors, scheme) : tensor);
            }
        }
        return weights;
    }

    private static Tensor WithScale(string path, string name, Tensor weight, IReadOnlyDictionary<string, Tensor> tensors, Float8Scheme scheme)
    {
        if (weight.Shape.Rank != 2 || weight.Shape.Count == 0) throw Refuse(path, name, $"{weight}", "only matrices, and not empty ones, are scaled");
        string[] found = [.. Suffixes.Select(s => name + s).Where(tensors.ContainsKey)];
        if (found is not [var scaleName])
            throw Refuse(path, name, found.Length == 0 ? "without a scale" : "with two scales", $"expected {ModelFileException.Printable(name[(name.LastIndexOf('.') + 1)..])}_scale or _scale_inv beside it");
        var scale = tensors[scaleName];
        if (scheme.Match(weight.Shape, scale.Shape) is not var (rows, columns))
            throw Refuse(path, scaleName, $"{scale}", $"the weight is {weight.Shape}, so that the configuration asks for {scheme.Expected(weight.Shape)}");
        if (scale.DType != DType.F32 && scale.DType != DType.F16 && scale.DType != DType.BF16)
            throw Refuse(path, scaleName, $"{scale.DType}", "scales are F32, F16 or BF16");
        var values = Floats(scale).Reshape(TensorScales.Blocks(weight.Shape[0], rows), TensorScales.Blocks(weight.Shape[1], columns));
        return weight.WithScales(new TensorScales(values, rows, columns));
    }

    private static unsafe Tensor Floats(Tensor scale)
    {
        if (scale.DType == DType.F32) return scale;
        var copy = new NativeStorage(scale.Shape.Count * 4, clear: false).View(DType.F32, scale.Shape);
        BlockFormats.Of(scale.DType).Unpack(scale.Data, (float*)copy.Data, scale.Shape.Count);
        return copy;
    }

    // The weight that a tensor's name makes it the scale of.
    private static string? Owner(string name, IReadOnlyDictionary<string, Tensor> tensors) =>
        Suffixes.Where(s => name.EndsWith(s, StringComparison.Ordinal)).Select(s => name[..^s.Length]).FirstOrDefault(tensors.ContainsKey);

    private static bool IsOfActivations(string name, HashSet<string> modules) =>
        name.LastIndexOf('.') is > 0 and var dot && NotOfWeights.Contains(name[(dot + 1)..]) && modules.Contains(name[..dot]);

    // Linears and what holds them: self_attn.k_proj has an input_scale, self_attn a k_scale. Elsewhere such a name is unknown.
    private static HashSet<string> Modules(IEnumerable<string> names)
    {
        var modules = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            if (!name.EndsWith(".weight", StringComparison.Ordinal)) continue;
            var linear = name[..^".weight".Length];
            modules.Add(linear);
            if (linear.LastIndexOf('.') is > 0 and var dot) modules.Add(linear[..dot]);
        }
        return modules;
    }

    private static ModelFileException Refuse(string path, string tensor, string value, string limit) =>
        new("BT2121", Path.TrimEndingDirectorySeparator(path), $"tensor '{ModelFileException.Printable(tensor)}'", value, limit);
}
