using Bantam.Models;
using Bantam.Tensors;

namespace Bantam.Sizing;

/// <summary>Sorts the tensors of a header into parameters and what only accompanies them.</summary>
internal static class HeaderTensors
{
    private static readonly string[] Companions =
        ["inv_freq", "masked_bias", "position_ids", "weight_scale", "weight_scale_inv", "input_scale", "SCB", "weight_format"];

    /// <summary>The parameters, or null where they are packed into integers so that shapes do not count them.</summary>
    /// <param name="tensors">All of the header.</param>
    /// <param name="tied">Whether the head is the embedding: a copy that is stored all the same is not counted again.</param>
    public static List<TensorSpec>? Parameters(IReadOnlyList<(string Name, DType Type, Shape Shape)> tensors, bool tied)
    {
        var parameters = new List<TensorSpec>(tensors.Count);
        foreach (var (name, type, shape) in tensors)
        {
            if (IsCompanion(name, shape)) continue;
            if (type.Name is "U8" or "U16" or "U32" or "U64" or "I16" or "I32" or "I64" or "BOOL") return null;
            if (tied && name is "lm_head.weight" or "output.weight") continue;
            parameters.Add(TensorRoles.Spec(name, shape));
        }
        return parameters;
    }

    private static bool IsCompanion(string name, Shape shape)
    {
        // rope_freqs, rope_factors_long: tables in GGUF files, at the root or in a block.
        if (name.StartsWith("rope_f", StringComparison.Ordinal) || name.Contains(".rope_f", StringComparison.Ordinal)) return true;
        if (name.EndsWith(".attn.bias", StringComparison.Ordinal) && shape.Rank > 1) return true; // GPT-2's causal mask
        return Companions.Contains(name[(name.LastIndexOf('.') + 1)..]);
    }
}
