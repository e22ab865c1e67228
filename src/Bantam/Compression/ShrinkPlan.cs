using Bantam.Tensors;

namespace Bantam.Compression;

/// <summary>What becomes of a tensor, or of the experts that a file has in one.</summary>
/// <param name="Tensor">The tensor, its present format, and everything that was considered.</param>
/// <param name="Choice">The option that was taken.</param>
public sealed record PlannedTensor(TensorOptions Tensor, TensorOption Choice)
{
    /// <summary>Its path in the checkpoint; <see cref="TensorOptions.Paths"/> has those of experts.</summary>
    public string Name => Tensor.Name;

    /// <summary>The format it gets.</summary>
    public DType Type => Choice.Type;

    /// <summary>Bytes it saves.</summary>
    public long SavedBytes => Tensor.StoredAs.Bytes(Tensor.Shape.Count) - Choice.Bytes;
}

/// <summary>
/// A format for every tensor so that all of them fit a budget and the model loses least. The prediction comes with it:
/// what is written is held against it.
/// </summary>
/// <param name="Tensors">By path, layers in the order of their numbers.</param>
/// <param name="Budget">Most bytes that the tensors, padding included, were allowed.</param>
/// <param name="Bytes">Bytes of all tensors without padding.</param>
/// <param name="PaddedBytes">Bytes of all tensors, each filled up to the alignment; at most <paramref name="Budget"/>.</param>
/// <param name="Distortion">Sum of the predicted distortions, in the unit of the measure.</param>
/// <param name="IsOptimal">Whether the search was exact.</param>
public sealed record ShrinkPlan(IReadOnlyList<PlannedTensor> Tensors, long Budget, long Bytes, long PaddedBytes, double Distortion, bool IsOptimal)
{
    /// <summary>Chooses.</summary>
    /// <param name="tensors">The tensors with their options, from <see cref="Sensitivity"/>.</param>
    /// <param name="budget">Most bytes for the tensors' data; the caller takes off what else is in the file.</param>
    /// <param name="alignment">Bytes that every tensor is filled up to a multiple of: 32 in GGUF, 1 in safetensors.</param>
    /// <exception cref="BantamException">Even the smallest formats exceed the budget (BT4001).</exception>
    public static ShrinkPlan For(IReadOnlyList<TensorOptions> tensors, long budget, int alignment = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(alignment, 1);
        var choice = BudgetSearch.Choose([.. tensors.Select(t => (IReadOnlyList<BudgetOption>)[.. t.Options.Select(o => new BudgetOption(Padded(o.Bytes), o.Distortion))])], budget);
        var planned = tensors.Select((t, i) => new PlannedTensor(t, t.Options[choice.Chosen[i]])).OrderBy(t => t.Name, PathOrder.Instance).ToArray();
        return new ShrinkPlan(planned, budget, planned.Sum(t => t.Choice.Bytes), choice.Bytes, choice.Distortion, choice.IsOptimal);

        long Padded(long bytes) => (bytes + alignment - 1) / alignment * alignment;
    }

    /// <summary>How many bytes go into each format, most first.</summary>
    public IReadOnlyList<(DType Type, int Tensors, long Bytes)> ByFormat =>
        [.. Tensors.GroupBy(t => t.Type).Select(g => (g.Key, g.Count(), g.Sum(t => t.Choice.Bytes))).OrderByDescending(g => g.Item3)];
}
