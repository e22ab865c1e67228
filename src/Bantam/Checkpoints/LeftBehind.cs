using Bantam.Formats.Gguf;

namespace Bantam.Checkpoints;

/// <summary>What of a checkpoint a container has no place for, one line each, for the person who converts it.</summary>
public static class LeftBehind
{
    // Keys that speak of the file, or that a directory says elsewhere.
    private static readonly string[] Said =
    [
        "general.architecture", "general.name", "general.type", "general.file_type", "general.quantization_version", GgufMetadata.AlignmentKey,
        "general.basename", "general.size_label", "general.finetune",
    ];

    /// <summary>What <see cref="GgufExport"/> leaves behind; its notices say so.</summary>
    /// <param name="checkpoint">What is written.</param>
    public static IReadOnlyList<string> InGguf(Checkpoint checkpoint)
    {
        // A GGUF file's own metadata is carried over as it is, understood or not.
        if (checkpoint.Metadata is not null) return [];
        List<string> notices = [.. checkpoint.TokenizerNotices];
        if (checkpoint.UnreadTokenizer is { } reason) notices.Add($"the tokenizer is left behind: {reason}");
        if (checkpoint.Vocabulary is { } tokenizer && !GgufTokenizer.CanWrite(tokenizer, out var kind)) notices.Add($"the tokenizer is left behind: {kind}");
        if (checkpoint.Vocabulary is { } vocabulary && GgufTokenizer.FurtherEnds(vocabulary).WithoutKey is { Length: > 0 } ends)
            notices.Add($"a GGUF file has keys for three ends of text; left behind: {string.Join(", ", ends)}");
        return [.. notices, .. Settings(checkpoint)];
    }

    /// <summary>What <see cref="HuggingFaceExport"/> leaves behind.</summary>
    /// <param name="checkpoint">What is written.</param>
    public static IReadOnlyList<string> InDirectory(Checkpoint checkpoint)
    {
        var notices = new List<string>();
        // The files of a directory are copied, whatever tokenizer they make.
        if (checkpoint.TokenizerFiles.Count == 0)
        {
            var written = HuggingFaceTokenizer.CanWrite(checkpoint.Vocabulary, out var reason);
            if ((reason ?? checkpoint.UnreadTokenizer) is { } why) notices.Add($"the tokenizer is left behind: {why}");
            if (!written && checkpoint.OtherChatTemplates.Count > 0)
                notices.Add($"without a tokenizer a directory has the default chat template only; left behind: {string.Join(", ", checkpoint.OtherChatTemplates.Keys.Order(StringComparer.Ordinal).Select(ModelFileException.Printable))}");
        }
        if (checkpoint.Metadata is { } metadata)
        {
            var keys = metadata.Pairs.Select(pair => pair.Key).Where(key => key.StartsWith("general.", StringComparison.Ordinal) && !Said.Contains(key))
                .Concat(GgufTokenizer.UnknownKeys(metadata)).ToList();
            if (keys.Count > 0) notices.Add($"a directory has no place for {List(keys)}");
        }
        return [.. notices, .. Settings(checkpoint)];
    }

    private static IEnumerable<string> Settings(Checkpoint checkpoint) => checkpoint.GenerationSettings.Count == 0
        ? []
        : [$"settings of generation_config.json are left behind: {List(checkpoint.GenerationSettings)}"];

    private static string List(IReadOnlyList<string> names)
    {
        const int Most = 12;
        var shown = string.Join(", ", names.Take(Most).Select(ModelFileException.Printable));
        return names.Count > Most ? $"{shown} and {names.Count - Most} more" : shown;
    }
}
