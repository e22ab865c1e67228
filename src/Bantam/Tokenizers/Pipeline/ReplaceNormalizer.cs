using System.Text.Json;

namespace Bantam.Tokenizers.Pipeline;

/// <summary><c>Replace</c>: puts a text in the place of every match.</summary>
internal sealed class ReplaceNormalizer(TextPattern pattern, string content) : NormalizerStep
{
    /// <summary>Reads the settings.</summary>
    public static ReplaceNormalizer Read(JsonElement element, string file) => new(TextPattern.Read(element, file), element.Needed("content", file));

    /// <summary>What is replaced, where it is a text.</summary>
    public string? Text => pattern.Text;

    /// <summary>What takes its place.</summary>
    public string Content => content;

    /// <inheritdoc/>
    public override void Apply(AlignedText text)
    {
        var steps = CodePointRegex.Budget(text.Length);
        var (start, end) = pattern.Find(text.Chars, 0, ref steps);
        if (start == end) return;
        text.Begin();
        var from = 0;
        while (end > start)
        {
            text.Keep(from, start);
            text.Put(content, start, end);
            from = end;
            (start, end) = pattern.Find(text.Chars, from, ref steps);
        }
        text.Keep(from, text.Length);
        text.Commit();
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter json)
    {
        json.Begin("Replace");
        pattern.Write(json);
        json.WriteString("content", content);
        json.WriteEndObject();
    }
}
