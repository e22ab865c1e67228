using System.Text.Json;
using Bantam.Formats.HuggingFace;
using Bantam.Models;
using Bantam.Nn;
using Bantam.Tokenizers;

namespace Bantam.Checkpoints;

/// <summary>Opens Hugging Face directories.</summary>
internal static class HuggingFaceCheckpoint
{
    public static Checkpoint Open(string path, string? tokenizer)
    {
        var directory = HuggingFaceDirectory.Open(path);
        try
        {
            var config = HuggingFaceConfig.Read(directory.Config, Path.Combine(path, "config.json"));
            if (directory.Tensors.Count == 0)
                throw new ModelFileException("BT1060", path, "model.safetensors", "absent", "the directory has a configuration but no weights: it can be sized, not opened");
            var settings = TokenizerSettings(directory);
            return new Checkpoint(path, directory)
            {
                Container = directory.WeightFiles.Count > 1 ? $"safetensors directory, {directory.WeightFiles.Count} shards" : "safetensors directory",
                Config = config with { EosTokenIds = [.. config.EosTokenIds.Union(GenerationEos(directory))] },
                Weights = new Weights(path, HuggingFaceTensors.Of(ScaledWeights.Attach(path, directory.Tensors, Float8Scheme.Read(directory)), config)),
                Vocabulary = Vocabulary(directory, settings, tokenizer, config.VocabSize),
                FileBytes = directory.WeightFiles.Sum(f => f.Header.FileLength),
                Name = Text(directory.Config, "_name_or_path") ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path))),
                ChatTemplate = settings is { } s ? Text(s, "chat_template") : null,
            };
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    private static JsonElement? TokenizerSettings(HuggingFaceDirectory directory)
    {
        if (directory.TokenizerConfig is not { } path) return null;
        // The same strictness as for config.json: a settings file is as untrusted.
        using var settings = HuggingFaceDirectory.Open(path, weights: false);
        return settings.Config;
    }

    private static Vocabulary? Vocabulary(HuggingFaceDirectory directory, JsonElement? settings, string? tokenizer, int vocabSize)
    {
        var path = tokenizer ?? directory.TokenizerModel;
        if (path is null) return null;
        var vocabulary = Checkpoint.ReadTokenizer(path, vocabSize);
        if (settings is not { } s) return vocabulary;
        return vocabulary with
        {
            AddBos = Flag(s, "add_bos_token") ?? vocabulary.AddBos,
            AddEos = Flag(s, "add_eos_token") ?? vocabulary.AddEos,
        };
    }

    private static IEnumerable<int> GenerationEos(HuggingFaceDirectory directory)
    {
        if (directory.GenerationConfig is not { } g || !g.TryGetProperty("eos_token_id", out var eos)) return [];
        var items = eos.ValueKind == JsonValueKind.Array ? eos.EnumerateArray().ToList() : [eos];
        return items.Where(e => e.ValueKind == JsonValueKind.Number && e.TryGetInt32(out _)).Select(e => e.GetInt32());
    }

    private static string? Text(JsonElement settings, string name) =>
        settings.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;

    private static bool? Flag(JsonElement settings, string name) =>
        settings.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : null;
}
