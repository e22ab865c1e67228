using Bantam.Tensors;

namespace Bantam.Checkpoints;

/// <summary>A tensor on its way into a container: its name, type and shape there, and what it is made of here.</summary>
/// <param name="Name">Its name in the container.</param>
/// <param name="Type">How its values are stored there.</param>
/// <param name="Shape">Dimensions there, outermost first.</param>
/// <param name="Parts">One tensor, or the experts that are stacked in this order.</param>
internal sealed record ExportedTensor(string Name, DType Type, Shape Shape, IReadOnlyList<Tensor> Parts)
{
    /// <summary>Which row of a part (of a vector: which element) becomes row r; null where all stay.</summary>
    public Func<long, long>? Rows { get; init; }

    /// <summary>Whether the columns of a part become the rows.</summary>
    public bool Transposed { get; init; }

    /// <summary>What is added to every value: gains are stored less one in some containers.</summary>
    public float Added { get; init; }
}
