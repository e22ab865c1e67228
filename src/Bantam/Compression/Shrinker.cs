using Bantam.Checkpoints;
using Bantam.Evaluation;
using Bantam.Kernels;
using Bantam.Models;
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

    /// <summary>
    /// Refuses a budget that no choice of formats meets, and a model of which no GGUF file can be written, before minutes of
    /// judging: no weight is read.
    /// </summary>
    /// <exception cref="BantamException">The smallest formats that <see cref="TensorOptions"/> knows exceed the budget (BT4001), the model cannot be written as GGUF (BT2103 to BT2105, BT2108, BT2109), or a tensor's format does not run (BT2101).</exception>
    public static void Require(Checkpoint donor, long budget)
    {
        var specs = Architectures.Of(donor.Config).Layout(donor.Config).ToDictionary(t => t.Name);
        var types = JointTensors.Of(donor.Weights)
            .Select(t => (t.Parts, Type: t.Candidates((path, tensor) => specs.GetValueOrDefault(path, new(path, tensor.Shape, TensorRoles.Of(path)))).MinBy(f => f.BitsPerWeight)))
            .SelectMany(t => t.Parts, (t, part) => (part.Key, t.Type))
            .ToDictionary(t => t.Key, t => t.Type!);
        _ = Overhead(donor, types, budget);
    }

    /// <summary>Chooses a format for every tensor so that the whole file fits <paramref name="budget"/>.</summary>
    /// <param name="donor">The model.</param>
    /// <param name="sensitivities">From <see cref="Sensitivity"/>.</param>
    /// <param name="budget">Most bytes of the file, header, tokenizer and padding included.</param>
    /// <exception cref="BantamException">Even the smallest formats exceed it (BT4001); the line says what is possible.</exception>
    public static ShrinkPlan Plan(Checkpoint donor, IReadOnlyList<TensorOptions> sensitivities, long budget)
    {
        // What is in the file besides tensors does not depend on the choice, but for one key that only quantised files
        // have: the smallest options have it whenever any choice can.
        var smallest = sensitivities.SelectMany(t => t.Paths, (t, path) => (path, t.Options.MinBy(o => o.Bytes).Type)).ToDictionary();
        return ShrinkPlan.For(sensitivities, budget - Overhead(donor, smallest, budget), Alignment);
    }

    /// <summary>Bytes of the file that <see cref="Write"/> makes of a plan, exactly.</summary>
    public static long PredictBytes(Checkpoint donor, ShrinkPlan plan) => GgufExport.PredictBytes(donor, TypesOf(plan));

    /// <summary>Writes the planned file.</summary>
    /// <param name="donor">The model.</param>
    /// <param name="plan">The formats.</param>
    /// <param name="path">Written beside and renamed when complete.</param>
    /// <param name="progress">Told the bytes of each piece.</param>
    /// <param name="cancellation">Stops between pieces; the target stays as it was.</param>
    /// <returns>What the file does not hold of the model, as <see cref="GgufExport.Write"/> says it.</returns>
    public static IReadOnlyList<string> Write(Checkpoint donor, ShrinkPlan plan, string path, IProgress<long>? progress = null, CancellationToken cancellation = default)
    {
        var notices = GgufExport.Write(path, donor, TypesOf(plan), progress, cancellation);
        var (written, predicted) = (new FileInfo(path).Length, PredictBytes(donor, plan));
        if (written != predicted)
            throw new InvalidOperationException($"{path} has {written} bytes and {predicted} were predicted");
        return notices;
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
        CancellationToken cancellation = default)
    {
        using var turned = new OutputFirst(donor);
        return measured ?? IsMeasured(donor)
            ? Sensitivity.Measured(turned.Weights, turned.CreateModel, workers, windows, progress: progress, cancellation: cancellation)
            : Sensitivity.FromWeights(turned.Weights, workers, progress, cancellation);
    }

    /// <summary>Whether <see cref="Judge"/> measures a model of this size by default.</summary>
    public static bool IsMeasured(Checkpoint donor) => donor.Weights.All.Values.Sum(t => t.Shape.Count) <= MostMeasuredParameters;

    private static Func<string, Tensor, DType> TypesOf(ShrinkPlan plan)
    {
        var types = plan.Tensors.SelectMany(t => t.Tensor.Paths, (t, path) => (path, t.Type)).ToDictionary();
        return (path, _) => types[path];
    }

    // Bytes besides tensors of a file of the smallest types, which must fit.
    private static long Overhead(Checkpoint donor, Dictionary<string, DType> smallest, long budget)
    {
        var least = GgufExport.PredictBytes(donor, (path, _) => smallest[path]);
        var overhead = GgufExport.HeaderBytes(donor, (path, _) => smallest[path]);
        return least <= budget
            ? overhead
            : throw new BantamException("BT4001", $"{donor.Path}: {budget} bytes are too few; the smallest file of this model has {least}, {overhead} of them header and tokenizer");
    }
}
