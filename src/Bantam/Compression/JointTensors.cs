using Bantam.Models;
using Bantam.Nn;
using Bantam.Tensors;

namespace Bantam.Compression;

/// <summary>
/// What gets one format: a tensor, or the experts of one projection of a layer, which a GGUF file has in one tensor. They are
/// judged together too, which takes as many measurements as there are formats, and not as there are experts.
/// </summary>
/// <param name="Name">The path; of experts with <c>*</c> for their number.</param>
/// <param name="Parts">The tensors by path, experts in their order.</param>
internal sealed record JointTensors(string Name, IReadOnlyList<KeyValuePair<string, Tensor>> Parts)
{
    /// <summary>Dimensions of all together: <c>[experts, out, in]</c>.</summary>
    public Shape Shape => Parts is [var (_, only)] ? only.Shape : new Shape(Parts.Count, Parts[0].Value.Shape[0], Parts[0].Value.Shape[1]);

    /// <summary>The format, or the widest of several: none of the parts has more to lose than that.</summary>
    public DType StoredAs => Parts.MaxBy(p => p.Value.DType.BitsPerWeight).Value.DType;

    /// <summary>All tensors of a checkpoint, layers in the order of their numbers.</summary>
    public static IEnumerable<JointTensors> Of(Weights weights) => weights.All
        .GroupBy(t => NameOf(t.Key))
        .Select(g => new JointTensors(g.Key, [.. g.OrderBy(t => t.Key, PathOrder.Instance)]))
        .OrderBy(t => t.Name, PathOrder.Instance);

    /// <summary>The formats worth a thought. All parts have the shape and the role of the first.</summary>
    /// <param name="spec">What a configuration says of a path.</param>
    public IReadOnlyList<DType> Candidates(Func<string, Tensor, TensorSpec> spec) =>
        TensorOptions.CandidatesFor(spec(Parts[0].Key, Parts[0].Value), StoredAs);

    // model.layers.0.mlp.experts.5.up_proj.weight → model.layers.0.mlp.experts.*.up_proj.weight
    private static string NameOf(string path)
    {
        if (TensorRoles.Of(path) != TensorRole.Expert) return path;
        var segments = path.Split('.');
        var expert = Array.IndexOf(segments, "experts") + 1;
        if (expert > 0 && expert < segments.Length) segments[expert] = "*";
        return string.Join('.', segments);
    }
}
