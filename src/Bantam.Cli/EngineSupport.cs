using Bantam.Checkpoints;
using Bantam.Formats.HuggingFace;
using Bantam.Kernels.Quant;
using Bantam.Models;

namespace Bantam.Cli;

/// <summary>Whether Bantam's own engine runs a model: more can be sized than run, and a fit must not promise what <c>run</c> refuses.</summary>
internal static class EngineSupport
{
    /// <summary>Whether <c>bantam run</c> takes it; null where the file does not tell its family.</summary>
    public static bool? Runs(ModelTarget target) => target.Footprint.Config is null ? null : Missing(target) is null;

    /// <summary>One line for people, or null where it runs or nothing is known.</summary>
    public static string? Line(ModelTarget target) => Missing(target) is { } missing
        ? $"Bantam's own engine does not run it yet: {missing} can be sized, but not run here."
        : null;

    // What config.json says of quantised weights, where that does not run: the types of the tensors alone may look well.
    private static string? Quantisation(string? path)
    {
        var folder = !Path.Exists(path) ? null : ModelContainers.Of(path) switch
        {
            ModelContainer.HuggingFaceDirectory or ModelContainer.Config => path,
            ModelContainer.Safetensors or ModelContainer.SafetensorsIndex => Path.GetDirectoryName(Path.GetFullPath(path)),
            _ => null,
        };
        if (folder is null) return null;
        try
        {
            using var directory = HuggingFaceDirectory.Open(folder, weights: false);
            _ = Float8Scheme.Read(directory);
            return null;
        }
        catch (ModelFileException e)
        {
            return $"{e.Field} {e.Value}";
        }
    }

    private static string? Missing(ModelTarget target)
    {
        if (target.Footprint.Config is not { } config) return null;
        var family = Architectures.Of(config);
        if (family.Create is null) return family.DisplayName;
        if (family.Lacks(config) is { } feature) return $"{family.DisplayName} with {feature}";
        return target.StoredTypes.FirstOrDefault(t => !BlockFormats.TryOf(t, out _)) is { } type ? $"tensors in {type}" : Quantisation(target.Path);
    }
}
