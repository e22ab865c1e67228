using Bantam.Sizing;
using Bantam.Tensors;

namespace Bantam.Cli;

/// <summary>What MODEL on the command line turned out to be, as far as sizes are concerned.</summary>
/// <param name="Name">As it was typed.</param>
/// <param name="DisplayName">What a person calls it.</param>
/// <param name="Source">Where the sizes come from: <c>catalogue</c>, <c>GGUF</c>, <c>config.json</c>.</param>
/// <param name="Footprint">Its sizes.</param>
/// <param name="Nominal">The size in its name, where it has one.</param>
/// <param name="Path">The file or folder, or null for a name from the catalogue.</param>
internal sealed record ModelTarget(string Name, string DisplayName, string Source, Footprint Footprint, NominalSize? Nominal = null, string? Path = null)
{
    /// <summary>What a model of its size is called: <c>large language model</c>; null where the size or the family is not known.</summary>
    public string? Kind => Footprint is { Config: { } config, Parameters: { } parameters }
        ? SizeClass.KindOf(config, parameters) switch
        {
            ModelKind.LargeLanguageModel => "large language model",
            ModelKind.SmallLanguageModel => "small language model",
            _ => "smaller NLP model",
        }
        : null;

    /// <summary>The types of the tensors in the file; empty where there is none.</summary>
    public IReadOnlyCollection<DType> StoredTypes { get; init; } = [];

    /// <summary>The longest context in tokens that the model was made for, or null where that is not known.</summary>
    public int? MaxContext => Footprint.Config?.MaxPositionEmbeddings;

    /// <summary>Finds the model: an existing file or folder first, else a name from the catalogue.</summary>
    /// <exception cref="BantamException">Neither (BT9001), a hub id (BT9003), no tensors (BT9004), undisclosed (BT2006), or a file that is refused.</exception>
    public static ModelTarget Resolve(string model)
    {
        if (File.Exists(model) || Directory.Exists(model))
        {
            var container = ModelContainers.Of(model);
            var file = FileFootprint.Of(model, container);
            return new(model, Title(model), container.Name(), file.Footprint, Path: model) { StoredTypes = file.Types };
        }
        // The catalogue overlooks what stands before a slash (google/gemma-2b), but a path with a slip in it is no name.
        if (!LooksLikePath(model))
        {
            if (ModelCatalog.TryFind(model, out var entry))
                return new(model, entry.DisplayName, "catalogue", Footprint.Of(entry.Config), entry.Nominal);
            if (ModelCatalog.TryFindUndisclosed(model, out _))
                _ = ModelCatalog.Find(model); // throws, and says who has not published what
            if (model.Contains('/')) throw HubId(model);
        }
        var near = LooksLikePath(model) ? [] : ModelCatalog.Suggest(model);
        var help = near.Count == 0 ? "" : $"; did you mean {string.Join(" or ", near)}?";
        throw new BantamException("BT9001", $"'{model}' is neither a file or directory nor a name in the catalogue{help}");
    }

    /// <summary>Refuses a path that leads nowhere, for verbs that read a file.</summary>
    /// <exception cref="BantamException">A name in the catalogue (BT9005), a hub id (BT9003), or nothing (BT9001).</exception>
    public static string ExistingPath(string path)
    {
        if (File.Exists(path) || Directory.Exists(path)) return path;
        if (!LooksLikePath(path) && ModelCatalog.TryFind(path, out _))
            throw new BantamException("BT9005", $"'{path}' is known, but not downloaded; give a file or directory ('bantam fit {path}' tells whether it would run here)");
        if (!LooksLikePath(path) && path.Contains('/')) throw HubId(path);
        throw new BantamException("BT9001", $"{path}: no such file or directory");
    }

    /// <summary>The path to open for verbs that need weights; the index of several files stands for its directory.</summary>
    /// <exception cref="BantamException">As for <see cref="ExistingPath"/>, or a configuration without weights (BT9005).</exception>
    public static string WithWeights(string path)
    {
        _ = ExistingPath(path);
        return ModelContainers.Of(path) switch
        {
            ModelContainer.Config => throw new BantamException("BT9005", $"{path}: a configuration is known, but its weights are not here; give a file with weights, or their directory"),
            ModelContainer.SafetensorsIndex => System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!,
            _ => path,
        };
    }

    private static BantamException HubId(string model) =>
        new("BT9003", $"'{model}' looks like a hub id; bantam does not download: fetch it and give its directory, or its config.json to size it");

    private static bool LooksLikePath(string model) =>
        System.IO.Path.IsPathRooted(model) || model[0] is '.' or '~' || model.Contains('\\') || model.Count(c => c == '/') > 1
        || System.IO.Path.GetExtension(model).ToLowerInvariant() is ".gguf" or ".safetensors" or ".json" or ".bin";

    // A config.json is called after its folder.
    private static string Title(string path)
    {
        var full = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        var name = System.IO.Path.GetFileName(full);
        var isConfig = name.EndsWith(".json", StringComparison.OrdinalIgnoreCase);
        return isConfig && System.IO.Path.GetFileName(System.IO.Path.GetDirectoryName(full)) is { Length: > 0 } folder ? folder : name;
    }
}
