using System.Text.Json;
using Bantam.Formats.HuggingFace;
using Bantam.Models;
using Bantam.Nn;

namespace Bantam.Checkpoints;

/// <summary>Opens Hugging Face directories.</summary>
internal static class HuggingFaceCheckpoint
{
    // As many as a configuration may have.
    private const int MostEnds = 256;

    public static Checkpoint Open(string path, string? tokenizer)
    {
        var directory = HuggingFaceDirectory.Open(path);
        try
        {
            var config = HuggingFaceConfig.Read(directory.Config, Path.Combine(path, "config.json"));
            if (directory.Tensors.Count == 0)
                throw new ModelFileException("BT1060", path, "model.safetensors", "absent", "the directory has a configuration but no weights: it can be sized, not opened");
            var fileBytes = directory.WeightFiles.Sum(f => f.Header.FileLength);
            if (ClaimedParameters.Exceed(config, fileBytes))
                throw new ModelFileException("BT1063", Path.Combine(path, "config.json"), "configuration", $"over {ClaimedParameters.Most(fileBytes)} parameters", $"must be at most 8 for each of the {fileBytes} bytes of weights");
            config = config with { EosTokenIds = [.. config.EosTokenIds.Union(GenerationEos(directory, config.VocabSize))] };
            var settings = TokenizerSettings(directory);
            var own = HuggingFaceTokenizer.Read(directory, settings, tokenizer, config);
            var templates = ChatTemplates.Read(directory, settings);
            return new Checkpoint(path, directory)
            {
                Container = directory.WeightFiles.Count > 1 ? $"safetensors directory, {directory.WeightFiles.Count} shards" : "safetensors directory",
                Config = config,
                Weights = new Weights(path, HuggingFaceTensors.Of(ScaledWeights.Attach(path, directory.Tensors, Float8Scheme.Read(directory)), config)),
                Vocabulary = own.Vocabulary,
                UnreadTokenizer = own.Unread,
                TokenizerNotices = own.Notices,
                TokenizerFiles = own.Files,
                CodeNotice = CustomCode.Notice(directory.Config),
                GenerationSettings = [.. GenerationSettings(directory)],
                FileBytes = fileBytes,
                Name = Text(directory.Config, "_name_or_path") ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path))),
                ChatTemplate = templates.Default,
                OtherChatTemplates = templates.Others,
            };
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    /// <summary>The content of <c>tokenizer_config.json</c>, or null where there is none.</summary>
    public static JsonElement? TokenizerSettings(HuggingFaceDirectory directory)
    {
        if (directory.TokenizerConfig is not { } path) return null;
        // The same strictness as for config.json: a settings file is as untrusted.
        using var settings = HuggingFaceDirectory.Open(path, weights: false);
        return settings.Config;
    }

    /// <summary>The ends of a text that <c>generation_config.json</c> names.</summary>
    public static IReadOnlyList<int> GenerationEos(HuggingFaceDirectory directory, int vocabulary) => directory.GenerationConfig is { } settings
        ? new ConfigFields(settings, Path.Combine(directory.Path, "generation_config.json")).IntOrInts("eos_token_id", 0, vocabulary - 1, MostEnds) ?? []
        : [];

    // Besides the ids, which are carried, and what says where the file comes from.
    private static IEnumerable<string> GenerationSettings(HuggingFaceDirectory directory) => directory.GenerationConfig is { } settings
        ? settings.EnumerateObject().Select(setting => setting.Name).Where(name => name is not ("bos_token_id" or "eos_token_id" or "pad_token_id" or "transformers_version" or "_from_model_config"))
        : [];

    private static string? Text(JsonElement settings, string name) =>
        settings.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;
}
