using Bantam.Formats.Gguf;
using Bantam.Models;
using Bantam.Tensors;

namespace Bantam.Checkpoints;

/// <summary>
/// Tables of divisors for the frequencies of rotated pairs, which GGUF files carry as tensors: <c>rope_freqs</c>, and
/// <c>rope_factors_short</c> with <c>rope_factors_long</c>, at the root or in every block. They are no weights of a layer.
/// </summary>
internal static class RopeTables
{
    private const string Freqs = "rope_freqs.weight";
    private const string Short = "rope_factors_short.weight";
    private const string Long = "rope_factors_long.weight";

    public static bool IsTable(string name) => Of(name) is not null;

    /// <summary>The scaling that the tables mean (<c>rope_freqs</c>, <c>longrope</c>), or null where there are none.</summary>
    public static string? ScalingOf(IReadOnlyList<GgufTensorInfo> tensors) => tensors.Select(t => Of(t.Name)).FirstOrDefault(t => t is not null) switch
    {
        null => null,
        Freqs => "rope_freqs",
        _ => "longrope",
    };

    /// <summary>The configuration with the numbers of the file's tables.</summary>
    /// <exception cref="ModelFileException">A table is missing, has another length, or does not hold positive F32 numbers (BT1036).</exception>
    public static ModelConfig Read(GgufFile file, ModelConfig config) => config.RopeScaling switch
    {
        "rope_freqs" => config with { RopeFactors = Factors(file, Freqs, config) },
        "longrope" => config with { RopeFactors = Factors(file, Short, config), RopeLongFactors = Factors(file, Long, config) },
        _ => config,
    };

    /// <summary>The tables that a file of this configuration has, by name.</summary>
    public static IEnumerable<(string Name, float[] Factors)> Of(ModelConfig config)
    {
        if (config.RopeScaling == "llama3") yield return (Freqs, Llama3Factors.Of(config));
        else if (config.RopeScaling == "rope_freqs") yield return (Freqs, [.. config.RopeFactors!]);
        else if (config.RopeScaling == "longrope")
        {
            yield return (Long, [.. config.RopeLongFactors!]);
            yield return (Short, [.. config.RopeFactors!]);
        }
    }

    private static float[] Factors(GgufFile file, string table, ModelConfig config)
    {
        float[]? found = null;
        foreach (var info in file.Tensors.Where(t => Of(t.Name) == table))
        {
            var tensor = file.Tensor(info.Name);
            if (tensor.DType != DType.F32 || tensor.Shape != new Shape(config.RotaryDim / 2))
                throw Refuse(info.Name, $"{tensor.DType} {tensor.Shape}", $"must be F32 [{config.RotaryDim / 2}], one number for each pair that rotates");
            var factors = tensor.AsSpan<float>().ToArray();
            if (!Array.TrueForAll(factors, f => f > 0 && float.IsFinite(f))) throw Refuse(info.Name, "numbers", "must be finite and above 0");
            if (found is not null && !found.AsSpan().SequenceEqual(factors)) throw Refuse(info.Name, "numbers", "must be those of the other blocks");
            found = factors;
        }
        return found ?? throw Refuse(table, "missing", $"the file has the other table of {config.RopeScaling}");

        ModelFileException Refuse(string name, string value, string limit) => new("BT1036", file.Path, $"tensor '{ModelFileException.Printable(name)}'", value, limit);
    }

    private static string? Of(string name)
    {
        var last = name.StartsWith("blk.", StringComparison.Ordinal) && name.IndexOf('.', 4) is > 0 and var dot ? name[(dot + 1)..] : name;
        return last is Freqs or Short or Long ? last : null;
    }
}
