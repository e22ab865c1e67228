using Bantam.Checkpoints;
using Bantam.Evaluation;
using Bantam.Kernels;
using Bantam.Tensors;

namespace Bantam.Compression;

/// <summary>
/// Makes a GGUF file of a model that is no larger than a budget: judges every tensor in every format, chooses, writes, and
/// holds the written file against the prediction.
/// </summary>
public static class Shrinker
{
    // What a GGUF file fills every tensor up to.
    private const int Alignment = Formats.Gguf.GgufMetadata.DefaultAlignment;

    /// <summary>Models of up to so many parameters are judged by measuring every candidate; larger ones by their weights.</summary>
    public const long MostMeasuredParameters = 20_000_000;

    /// <summary>Chooses a format for every tensor so that the whole file fits <paramref name="budget"/>.</summary>
    /// <param name="donor">The model.</param>
    /// <param name="sensitivities">From <see cref="Sensitivity"/>.</param>
    /// <param name="budget">Most bytes of the file, header, tokenizer and padding included.</param>
    /// <exception cref="BantamException">Even the smallest formats exceed it (BT4001); the line says what is possible.</exception>
    public static ShrinkPlan Plan(Checkpoint donor, IReadOnlyList<TensorOptions> sensitivities, long budget)
    {
        // What is in the file besides tensors does not depend on the choice, but for one key that only quantised files
        // have: the smallest options have it whenever any choice can.
        var smallest = sensitivities.ToDictionary(t => t.Name, t => t.Options.MinBy(o => o.Bytes).Type);
        var least = GgufExport.PredictBytes(donor, (path, _) => smallest[path]);
        var overhead = GgufExport.HeaderBytes(donor, (path, _) => smallest[path]);
        if (least > budget)
            throw new BantamException("BT4001", $"{donor.Path}: {budget} bytes are too few; the smallest file of this model has {least}, {overhead} of them header and tokenizer");
        return ShrinkPlan.For(sensitivities, budget - overhead, Alignment);
    }

    /// <summary>Bytes of the file that <see cref="Write"/> makes of a plan, exactly.</summary>
    public static long PredictBytes(Checkpoint donor, ShrinkPlan plan) => GgufExport.PredictBytes(donor, TypesOf(plan));

    /// <summary>Writes the planned file.</summary>
    /// <param name="donor">The model.</param>
    /// <param name="plan">The formats.</param>
    /// <param name="path">Written beside and renamed when complete.</param>
    /// <param name="progress">Told the bytes of each piece.</param>
    /// <param name="cancellation">Stops between pieces; the target stays as it was.</param>
    public static void Write(Checkpoint donor, ShrinkPlan plan, string path, IProgress<long>? progress = null, CancellationToken cancellation = default)
    {
        GgufExport.Write(path, donor, TypesOf(plan), progress, cancellation);
        var (written, predicted) = (new FileInfo(path).Length, PredictBytes(donor, plan));
        if (written != predicted)
            throw new InvalidOperationException($"{path} has {written} bytes and {predicted} were predicted");
    }

    /// <summary>Judges the tensors of <paramref name="donor"/>: measured on <paramref name="windows"/>, or from the weights where the model is too large for that.</summary>
    /// <param name="donor">The model.</param>
    /// <param name="workers">Who computes.</param>
    /// <param name="windows">Text for measuring.</param>
    /// <param name="measured">Whether to measure; by size when null.</param>
    /// <param name="progress">Told after every candidate.</param>
    /// <param name="cancellation">Honoured between passes.</param>
    public static IReadOnlyList<TensorOptions> Judge(
        Checkpoint donor,
        Workers workers,
        TextWindows windows,
        bool? measured = null,
        IProgress<SensitivityProgress>? progress = null,
        CancellationToken cancellation = default) =>
        measured ?? IsMeasured(donor)
            ? Sensitivity.Measured(donor.Weights, donor.CreateModel, workers, windows, progress: progress, cancellation: cancellation)
            : Sensitivity.FromWeights(donor.Weights, workers, progress, cancellation);

    /// <summary>Whether <see cref="Judge"/> measures a model of this size by default.</summary>
    public static bool IsMeasured(Checkpoint donor) => donor.Weights.All.Values.Sum(t => t.Shape.Count) <= MostMeasuredParameters;

    private static Func<string, Tensor, DType> TypesOf(ShrinkPlan plan)
    {
        var types = plan.Tensors.ToDictionary(t => t.Name, t => t.Type);
        return (path, _) => types[path];
    }
}
