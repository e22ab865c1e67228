using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Bantam.Formats;
using Bantam.Formats.HuggingFace;

namespace Bantam.Checkpoints;

/// <summary>The Jinja chat templates of a model.</summary>
/// <param name="Default">The one that is used unless another is named, or null.</param>
/// <param name="Others">Further ones by name, such as <c>tool_use</c> and <c>rag</c>.</param>
internal sealed record ChatTemplates(string? Default, IReadOnlyDictionary<string, string> Others)
{
    private const int MaxBytes = 4 << 20;
    private const int MaxTemplates = 256;
    private const int MaxNameLength = 256;

    private static readonly StrictJson.Codes Codes = new("BT1063", "BT1062", "BT1062");

    /// <summary>Takes a template of the name <c>default</c> for the default where there is no other.</summary>
    public static ChatTemplates Of(string? standard, Dictionary<string, string> others)
    {
        if (others.Remove("default", out var named)) standard ??= named;
        return new(standard, others);
    }

    /// <summary>
    /// The templates of a directory: <c>chat_template.jinja</c> and <c>additional_chat_templates/*.jinja</c>, then
    /// <c>chat_template</c> in <c>tokenizer_config.json</c>, then <c>chat_template.json</c>, as transformers takes them.
    /// </summary>
    /// <param name="directory">The directory.</param>
    /// <param name="settings">The content of its <c>tokenizer_config.json</c>.</param>
    /// <exception cref="ModelFileException">BT1062 a file is too large, or there are too many; BT1063 it is not text.</exception>
    public static ChatTemplates Read(HuggingFaceDirectory directory, JsonElement? settings)
    {
        string? standard = null;
        var others = new Dictionary<string, string>(StringComparer.Ordinal);
        if (settings is { } s && s.TryGetProperty("chat_template", out var field)) Read(field, ref standard, others, directory.Path);
        if (standard is null && directory.FindFile("chat_template.json") is { } json && StrictJson.Read(json, MaxBytes, Codes).TryGetProperty("chat_template", out var apart))
            Read(apart, ref standard, others, directory.Path);
        if (directory.FindFile("chat_template.jinja") is { } file) standard = Text(file);
        foreach (var more in Additional(directory))
            Add(others, Path.GetFileNameWithoutExtension(more), Text(more), directory.Path);
        return Of(standard, others);
    }

    /// <summary>The files of a directory's <c>additional_chat_templates</c>.</summary>
    public static IEnumerable<string> Additional(HuggingFaceDirectory directory) =>
        Path.Combine(directory.Path, "additional_chat_templates") is var folder && Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, "*.jinja").Order(StringComparer.Ordinal)
            : [];

    // A text, or a list of names and texts.
    private static void Read(JsonElement field, ref string? standard, Dictionary<string, string> others, string file)
    {
        if (field.ValueKind is JsonValueKind.String && field.GetString() is { Length: > 0 } text) standard = text;
        if (field.ValueKind is not JsonValueKind.Array) return;
        foreach (var item in field.EnumerateArray())
        {
            if (item.ValueKind is JsonValueKind.Object
                && item.TryGetProperty("name", out var name) && name.ValueKind is JsonValueKind.String
                && item.TryGetProperty("template", out var template) && template.ValueKind is JsonValueKind.String)
            {
                Add(others, name.GetString()!, template.GetString()!, file);
            }
        }
    }

    private static void Add(Dictionary<string, string> others, string name, string text, string file)
    {
        if (name.Length is 0 or > MaxNameLength || others.Count == MaxTemplates)
            throw new ModelFileException("BT1062", file, "chat templates", name, $"at most {MaxTemplates} are read, with names of 1 to {MaxNameLength} characters");
        others[name] = text;
    }

    private static string Text(string file)
    {
        var bytes = SmallFile.Read(file, MaxBytes, "BT1062");
        return Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : throw new ModelFileException("BT1063", file, "encoding", "not UTF-8", "a template is text in UTF-8");
    }
}
