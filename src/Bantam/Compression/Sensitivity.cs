using Bantam.Evaluation;
using Bantam.Kernels;
using Bantam.Kernels.Quant;
using Bantam.Models;
using Bantam.Nn;
using Bantam.Tensors;

namespace Bantam.Compression;

/// <summary>How far a search for sensitivities has come.</summary>
/// <param name="Done">Candidates judged, this one included.</param>
/// <param name="Total">Candidates in all.</param>
/// <param name="Tensor">The tensor of this one.</param>
/// <param name="Format">The format of this one.</param>
public readonly record struct SensitivityProgress(int Done, int Total, string Tensor, DType Format);

/// <summary>
/// What it costs a model to store one of its tensors in fewer bits: a distortion for every tensor and format, to be added up
/// over tensors. That distortions add is the usual assumption of mixed precision; it holds while each is small. The experts
/// of one projection of a layer are judged as one tensor, and matrices as they lie: a block runs along their last dimension.
/// </summary>
public static class Sensitivity
{
    /// <summary>
    /// Measured: the mean KL divergence (nats per token) of the model with only that tensor in that format from the model
    /// as it is. Reads the windows once per candidate (twice where the donor's logits exceed 256 MiB): minutes for a model of a few million parameters, too long for billions.
    /// </summary>
    /// <param name="weights">The checkpoint; nothing in it is changed.</param>
    /// <param name="build">Makes the model over a checkpoint: <c>w =&gt; new Llama(config, w)</c>.</param>
    /// <param name="workers">Who computes.</param>
    /// <param name="windows">Text that the model should be good at; a thousand tokens already tell tensors apart.</param>
    /// <param name="chunk">Tokens per pass.</param>
    /// <param name="progress">Told after every candidate.</param>
    /// <param name="cancellation">Honoured between passes.</param>
    /// <returns>All tensors by name. A format in which logits are no longer finite is left out.</returns>
    /// <exception cref="BantamException">The model as it is cannot be measured on the windows (BT4003, BT4004, BT4005).</exception>
    public static IReadOnlyList<TensorOptions> Measured(
        Weights weights,
        Func<Weights, CausalLm> build,
        Workers workers,
        TextWindows windows,
        int chunk = Perplexity.UsualChunk,
        IProgress<SensitivityProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        var donor = build(weights);
        // A donor without finite logits is refused here; below, only the candidate can be at fault.
        _ = Perplexity.Measure(donor, workers, windows, chunk, cancellation: cancellation);
        using var recorded = RecordedLogits.Of(donor, workers, windows, chunk, cancellation);
        return Judge(weights, Increase, progress, cancellation);

        double Increase(JointTensors tensors, DType format)
        {
            var encoded = tensors.Parts.ToDictionary(t => t.Key, t => TensorEncoder.Encode(t.Value, format, workers));
            try
            {
                var candidate = build(weights.With(encoded));
                using var run = new WindowRun(candidate, workers, windows, chunk, cacheType: null);
                return Divergence.Measure(recorded, run, donor.Config.VocabSize, workers, windows, chunk, progress: null, cancellation).Kl.Value;
            }
            catch (BantamException e) when (e.Code == "BT4005")
            {
                return double.PositiveInfinity;
            }
            finally
            {
                foreach (var tensor in encoded.Values) tensor.Owner.Dispose();
            }
        }
    }

    /// <summary>
    /// From the weights alone, in minutes per billion of them: n · ‖w − ŵ‖² / ‖w‖² for a tensor of n elements. The quotient is the
    /// relative error that the tensor makes of an input without preferred directions; n stands for how much of the model
    /// passes through it. It knows nothing of activations or of how much later layers care, so it ranks formats well and
    /// tensors roughly, and has no unit.
    /// </summary>
    /// <param name="weights">The checkpoint.</param>
    /// <param name="workers">Who computes; the result does not depend on their number.</param>
    /// <param name="progress">Told after every candidate.</param>
    /// <param name="cancellation">Honoured between candidates.</param>
    /// <returns>All tensors by name. A format that cannot hold the tensor's values is left out.</returns>
    public static IReadOnlyList<TensorOptions> FromWeights(
        Weights weights,
        Workers workers,
        IProgress<SensitivityProgress>? progress = null,
        CancellationToken cancellation = default) =>
        Judge(weights, (tensors, format) => tensors.Parts.Sum(t => t.Value.Shape.Count * EncodingError.Relative(t.Value, format, workers)), progress, cancellation);

    private static List<TensorOptions> Judge(
        Weights weights,
        Func<JointTensors, DType, double> distortion,
        IProgress<SensitivityProgress>? progress,
        CancellationToken cancellation)
    {
        var all = JointTensors.Of(weights).Select(t => (Tensors: t, Formats: t.Candidates((path, tensor) => new(path, tensor.Shape, TensorRoles.Of(path))))).ToList();
        var (done, total) = (0, all.Sum(t => t.Formats.Count));
        var judged = new List<TensorOptions>(all.Count);
        foreach (var (tensors, formats) in all)
        {
            var (shape, stored) = (tensors.Shape, tensors.StoredAs);
            var options = new List<TensorOption>();
            foreach (var format in formats)
            {
                cancellation.ThrowIfCancellationRequested();
                // F32 holds whatever the others hold.
                var loss = format == DType.F32 || tensors.Parts.All(t => t.Value.DType == format) ? 0 : distortion(tensors, format);
                if (double.IsFinite(loss)) options.Add(new TensorOption(format, format.Bytes(shape.Count), loss));
                progress?.Report(new SensitivityProgress(++done, total, tensors.Name, format));
            }
            // Values that no format holds stay as they are, or become F32 where a file has no place for what they are.
            var kept = stored.GgmlType < 0 ? DType.F32 : stored;
            if (options.Count == 0) options.Add(new TensorOption(kept, kept.Bytes(shape.Count), 0));
            judged.Add(new TensorOptions(tensors.Name, shape, stored, options) { Paths = [.. tensors.Parts.Select(t => t.Key)] });
        }
        return judged;
    }
}
